using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tern.Numerics.Formats;

/// <summary>IEEE 754 single precision, little endian. Bits pass through unchanged, NaN payloads included.</summary>
public readonly struct F32 : IWeightFormat<F32>
{
    public static TensorType Type => TensorType.F32;

    public static int WeightsPerBlock => 1;

    public static int BytesPerBlock => 4;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights) =>
        weights[0] = BinaryPrimitives.ReadSingleLittleEndian(block);

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block) =>
        BinaryPrimitives.WriteSingleLittleEndian(block, weights[0]);

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights) =>
        blocks.CopyTo(MemoryMarshal.AsBytes(weights));

    public static void EncodeBlocks(ReadOnlySpan<float> weights, Span<byte> blocks) =>
        MemoryMarshal.AsBytes(weights).CopyTo(blocks);
}
