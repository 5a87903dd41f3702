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

    /// <summary>
    /// The definition of the format: <paramref name="block"/> [BytesPerBlock] to <paramref name="weights"/> [WeightsPerBlock].
    /// Every kernel is tested against it.
    /// </summary>
    static abstract void Decode(ReadOnlySpan<byte> block, Span<float> weights);

    /// <summary>Rounds <paramref name="weights"/> [WeightsPerBlock] to the nearest block that the format can hold.</summary>
    static abstract void Encode(ReadOnlySpan<float> weights, Span<byte> block);
}
