using Tern.Models.Configs;

namespace Tern.Plan.Laws;

/// <summary>
/// Floating-point operations of the forward pass of one sequence, part by part (Hoffmann et al. 2022, arXiv 2203.15556, appendix F); a multiply-add counts as two. The backward pass takes twice
/// as many. Attention counts all pairs of positions, future ones included, as the paper does. Differs: keys and values may have fewer heads, the feed-forward part three matrices, and layers a window, beyond which
/// nothing is read.
/// </summary>
/// <param name="SequenceLength">s, tokens.</param>
/// <param name="Embedding">2 s V d, as if the table were multiplied. Runtimes look it up, which is nothing: <see cref="Forward"/> leaves it out.</param>
/// <param name="QueriesKeysValues">2 s d k (h + 2 h_kv), of all layers, as the next five.</param>
/// <param name="Scores">2 s min(s, window) k h.</param>
/// <param name="Softmax">3 h s min(s, window): less the maximum, the exponential, the division.</param>
/// <param name="Reduction">2 s min(s, window) k h: softmax times values.</param>
/// <param name="Output">2 s k h d.</param>
/// <param name="FeedForward">2 s d f for each of its matrices.</param>
/// <param name="Logits">2 s d V.</param>
public sealed record TransformerFlops(int SequenceLength, double Embedding, double QueriesKeysValues, double Scores, double Softmax, double Reduction, double Output, double FeedForward, double Logits)
{
    /// <summary>Of the backward pass for each of the forward pass (Kaplan et al. 2020, arXiv 2001.08361, section 2.1).</summary>
    public const double BackwardPerForward = 2;

    /// <summary>The layers alone. The paper's table A4 compares three times this with 6 N D, although its text counts embedding and logits too.</summary>
    public double Layers => QueriesKeysValues + Scores + Softmax + Reduction + Output + FeedForward;

    /// <summary>Layers and logits: what is computed for a sequence.</summary>
    public double Forward => Layers + Logits;

    /// <summary>Forward and backward.</summary>
    public double Training => (1 + BackwardPerForward) * Forward;

    /// <summary>Operations of serving for each token of a prompt of this length.</summary>
    public double ForwardPerToken => Forward / SequenceLength;

    /// <summary>Operations of training for each token.</summary>
    public double TrainingPerToken => Training / SequenceLength;

    /// <summary>Of a configuration.</summary>
    /// <param name="config">Of any architecture that Tern knows.</param>
    /// <param name="sequenceLength">Tokens.</param>
    public static TransformerFlops Of(ModelConfig config, int sequenceLength) => Of(TransformerShape.Of(config), sequenceLength);

    /// <inheritdoc cref="Of(ModelConfig, int)"/>
    public static TransformerFlops Of(TransformerShape shape, int sequenceLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequenceLength);
        double s = sequenceLength, d = shape.HiddenSize, h = shape.Heads, k = shape.HeadDim, l = shape.Layers;
        var pairs = shape.Windows.Sum(window => s * (window > 0 ? Math.Min(s, window) : s));
        return new TransformerFlops(
            sequenceLength,
            Embedding: 2 * s * shape.VocabSize * d,
            QueriesKeysValues: l * 2 * s * d * k * (h + (2.0 * shape.KeyValueHeads)),
            Scores: 2 * pairs * k * h,
            Softmax: 3 * pairs * h,
            Reduction: 2 * pairs * k * h,
            Output: l * 2 * s * k * h * d,
            FeedForward: l * 2 * s * d * shape.IntermediateSize * shape.FeedForwardMatrices,
            Logits: 2 * s * d * shape.VocabSize);
    }
}
