using static TorchSharp.torch;

namespace Tern.Train.Precision;

/// <summary>
/// Training as if matrix products had integer operands (Kumar et al. 2024, arXiv 2411.04330, "Scaling Laws for Precision"): the forward pass rounds to <see cref="SymmetricGrid"/>, the backward pass does
/// not see it, and gradients, optimiser and master weights keep their precision. It is about the matrices of attention and feed-forward; embeddings, norms and the output matrix stay as they are.
/// </summary>
public sealed record FakeQuantization
{
    /// <summary>Of the weights, one scale for each output channel; null: not rounded.</summary>
    public int? WeightBits { get; init; }

    /// <summary>Of the inputs of the matrices, one scale for each token; null: not rounded.</summary>
    public int? ActivationBits { get; init; }

    /// <summary>Of keys (after their rotation) and values before attention, one scale for each token and head; null: not rounded.</summary>
    public int? KvBits { get; init; }

    internal SymmetricGrid? WeightGrid => GridOf(WeightBits);

    /// <param name="input">[..., channels]: what matrices read.</param>
    internal Tensor Activations(Tensor input) => GridOf(ActivationBits) is { } grid ? grid.StraightThrough(input) : input;

    /// <param name="heads">[sequences, heads, length, headDim].</param>
    internal Tensor KeysOrValues(Tensor heads) => GridOf(KvBits) is { } grid ? grid.StraightThrough(heads.transpose(1, 2)).transpose(1, 2) : heads;   // rows lie in memory by token

    static SymmetricGrid? GridOf(int? bits) => bits is { } given ? new SymmetricGrid(given) : null;
}
