using Tern.Train.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Objectives;

/// <summary>
/// Sum over targets of -log softmax(logits)[target], plus zLoss * logSumExp(logits)^2 (Chowdhery et al. 2022, arXiv 2204.02311, section 5), which keeps the softmax's
/// denominator near 1. In float32 whatever the type of the logits.
/// </summary>
static class CrossEntropy
{
    /// <param name="logits">[sequences, length, vocabulary].</param>
    /// <param name="targets">[sequences, length] int64; <see cref="TokenBatch.NoTarget"/> counts for nothing.</param>
    /// <param name="zLoss">Weight of the second term.</param>
    /// <returns>The sum that is minimised, and the sum of the cross-entropy alone: scalars, in nats. Divide by the number of targets.</returns>
    public static (Tensor Objective, Tensor Nats) Sum(Tensor logits, Tensor targets, double zLoss)
    {
        var rows = logits.flatten(0, 1).to(ScalarType.Float32);
        var labels = targets.flatten();
        var nats = nn.functional.cross_entropy(rows, labels, ignore_index: TokenBatch.NoTarget, reduction: nn.Reduction.Sum);
        if (zLoss == 0) return (nats, nats);
        var counted = labels.ne(TokenBatch.NoTarget).to(ScalarType.Float32);
        return (nats + zLoss * (rows.logsumexp(1).square() * counted).sum(), nats);
    }
}
