using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// Integer codes to weights and back. The vector code multiplies and adds in the order of the scalar definitions, without
/// fusing, so the bits agree.
/// </summary>
static class BlockCodes
{
    /// <summary>weights[0..32] = scale · codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreScaled(Vector256<sbyte> codes, float scale, Span<float> weights)
    {
        StoreScaled(codes.GetLower(), scale, weights);
        StoreScaled(codes.GetUpper(), scale, weights[16..]);
    }

    /// <summary>weights[0..16] = scale · codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreScaled(Vector128<sbyte> codes, float scale, Span<float> weights)
    {
        var (low, high) = Widen(codes);
        var d = Vector256.Create(scale);
        (d * low).CopyTo(weights);
        (d * high).CopyTo(weights[8..]);
    }

    /// <summary>weights[0..32] = scale · codes + offset.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAffine(Vector256<byte> codes, float scale, float offset, Span<float> weights)
    {
        StoreAffine(codes.GetLower(), scale, offset, weights);
        StoreAffine(codes.GetUpper(), scale, offset, weights[16..]);
    }

    /// <summary>weights[0..16] = scale · codes + offset; codes below 128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAffine(Vector128<byte> codes, float scale, float offset, Span<float> weights)
    {
        var (low, high) = Widen(codes.AsSByte());
        var d = Vector256.Create(scale);
        var m = Vector256.Create(offset);
        (d * low + m).CopyTo(weights);
        (d * high + m).CopyTo(weights[8..]);
    }

    /// <summary>The low nibbles of 16 bytes, then the high ones: the order of weights in the 32-weight formats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Nibbles(ReadOnlySpan<byte> packed)
    {
        var bytes = Vector128.Create(packed);
        return Vector256.Create(bytes & Vector128.Create((byte)0x0f), bytes >> 4);
    }

    /// <summary>16 in every byte i whose bit i of <paramref name="bits"/> is set, else 0: the fifth bits of Q5_0 and Q5_1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> FifthBits(uint bits)
    {
        var spread = Vector256.Create(
            Vector128.Shuffle(Vector128.CreateScalar(bits).AsByte(), Vector128.Create((byte)0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)),
            Vector128.Shuffle(Vector128.CreateScalar(bits).AsByte(), Vector128.Create((byte)2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3)));
        var bitOfByte = Vector256.Create(0x8040201008040201UL).AsByte();
        return Vector256.Equals(spread & bitOfByte, bitOfByte) & Vector256.Create((byte)16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector256<float> Low, Vector256<float> High) Widen(Vector128<sbyte> codes)
    {
        var shorts = Vector256.Create(Vector128.WidenLower(codes), Vector128.WidenUpper(codes));
        return (Vector256.ConvertToSingle(Vector256.WidenLower(shorts)), Vector256.ConvertToSingle(Vector256.WidenUpper(shorts)));
    }

    /// <summary>codes[i] = round((weights[i] + offset) · inverse) within low..high, halves to even.</summary>
    public static void Round(ReadOnlySpan<float> weights, float offset, float inverse, int low, int high, Span<sbyte> codes)
    {
        for (var i = 0; i < weights.Length; i++)
            codes[i] = (sbyte)Math.Clamp(MathF.Round((weights[i] + offset) * inverse), low, high);
    }
}
