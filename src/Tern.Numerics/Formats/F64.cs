using System.Buffers.Binary;

namespace Tern.Numerics.Formats;

/// <summary>IEEE 754 double precision, little endian. Decoding rounds to single precision; beyond its range it gives infinity.</summary>
public readonly struct F64 : IWeightFormat<F64>
{
    public static TensorType Type => TensorType.F64;

    public static int WeightsPerBlock => 1;

    public static int BytesPerBlock => 8;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights) =>
        weights[0] = (float)BinaryPrimitives.ReadDoubleLittleEndian(block);

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block) =>
        BinaryPrimitives.WriteDoubleLittleEndian(block, weights[0]);
}
