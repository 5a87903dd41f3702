using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// Brain float: the upper half of a single (1 sign, 8 exponent, 7 mantissa bits). Encoding rounds to nearest even; a finite
/// weight above the largest BF16 gives infinity; NaN becomes a quiet NaN of the same sign.
/// </summary>
public readonly struct BF16 : IWeightFormat<BF16>
{
    public static TensorType Type => TensorType.BF16;

    public static int WeightsPerBlock => 1;

    public static int BytesPerBlock => 2;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights) =>
        weights[0] = ToSingle(BinaryPrimitives.ReadUInt16LittleEndian(block));

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block) =>
        BinaryPrimitives.WriteUInt16LittleEndian(block, FromSingle(weights[0]));

    /// <summary>Exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToSingle(ushort brain) => BitConverter.UInt32BitsToSingle((uint)brain << 16);

    /// <summary>Rounds to nearest even: add just under half a step, plus one where the kept mantissa is odd, and cut.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort FromSingle(float single)
    {
        var bits = BitConverter.SingleToUInt32Bits(single);
        if (float.IsNaN(single)) return (ushort)(bits >> 16 | 0x0040);
        return (ushort)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        var brains = MemoryMarshal.Cast<byte, ushort>(blocks);
        for (; weights.Length >= 16; brains = brains[16..], weights = weights[16..])
        {
            var (low, high) = Vector256.Widen(Vector256.Create(brains));
            (low << 16).AsSingle().CopyTo(weights);
            (high << 16).AsSingle().CopyTo(weights[8..]);
        }
        for (var i = 0; i < weights.Length; i++) weights[i] = ToSingle(brains[i]);
    }

    public static void EncodeBlocks(ReadOnlySpan<float> weights, Span<byte> blocks)
    {
        var brains = MemoryMarshal.Cast<byte, ushort>(blocks);
        for (var i = 0; i < weights.Length; i++) brains[i] = FromSingle(weights[i]);
    }
}
