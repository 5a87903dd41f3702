namespace Tern.Numerics.Formats;

/// <summary>
/// A number format for weights. Implementations are stateless structs; kernels are generic over them,
/// so the JIT compiles one specialised loop per format.
/// </summary>
public interface IWeightFormat<TSelf> where TSelf : struct, IWeightFormat<TSelf>
{
    static abstract TensorType Type { get; }

    static abstract int WeightsPerBlock { get; }

    static abstract int BytesPerBlock { get; }

    /// <summary>Whether <see cref="Encode"/> is available; a format that only reads what others wrote says false.</summary>
    static virtual bool CanEncode => true;

    /// <summary>
    /// The definition of the format: <paramref name="block"/> [BytesPerBlock] to <paramref name="weights"/> [WeightsPerBlock].
    /// Every kernel is tested against it.
    /// </summary>
    static abstract void Decode(ReadOnlySpan<byte> block, Span<float> weights);

    /// <summary>Rounds <paramref name="weights"/> [WeightsPerBlock] to the nearest block that the format can hold.</summary>
    /// <exception cref="ArgumentException">A block format is given a weight that is not finite or beyond ±65504, the reach of its scale.</exception>
    /// <exception cref="NotSupportedException"><see cref="CanEncode"/> is false.</exception>
    static abstract void Encode(ReadOnlySpan<float> weights, Span<byte> block);

    /// <summary>
    /// Decodes consecutive blocks; formats override it with vector code that gives the bits of <see cref="Decode"/>.
    /// The caller has checked the lengths: <paramref name="blocks"/> and <paramref name="weights"/> hold the same number of whole blocks.
    /// </summary>
    static virtual void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= TSelf.WeightsPerBlock; blocks = blocks[TSelf.BytesPerBlock..], weights = weights[TSelf.WeightsPerBlock..])
            TSelf.Decode(blocks[..TSelf.BytesPerBlock], weights[..TSelf.WeightsPerBlock]);
    }

    /// <summary>Encodes consecutive blocks, with the bits of <see cref="Encode"/>. The caller has checked the lengths.</summary>
    static virtual void EncodeBlocks(ReadOnlySpan<float> weights, Span<byte> blocks)
    {
        for (; weights.Length >= TSelf.WeightsPerBlock; blocks = blocks[TSelf.BytesPerBlock..], weights = weights[TSelf.WeightsPerBlock..])
            TSelf.Encode(weights[..TSelf.WeightsPerBlock], blocks[..TSelf.BytesPerBlock]);
    }
}
