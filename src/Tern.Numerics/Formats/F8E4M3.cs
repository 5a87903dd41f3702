using System.Runtime.CompilerServices;

namespace Tern.Numerics.Formats;

/// <summary>
/// OCP 8-bit float E4M3FN: 1 sign, 4 exponent (bias 7), 3 mantissa bits. No infinity; S.1111.111 is NaN; the largest value is
/// 448, the smallest 2^-9. Encoding rounds to nearest even and saturates: everything beyond 448, infinity included, becomes
/// ±448; NaN stays NaN. OCP 8-bit Floating Point Specification, revision 1.0.
/// </summary>
public readonly struct F8E4M3 : IWeightFormat<F8E4M3>
{
    public const float Largest = 448;

    const int NaN = 0x7f;

    static readonly float[] Values = [.. Enumerable.Range(0, 256).Select(code => ToSingle((byte)code))];

    public static TensorType Type => TensorType.F8E4M3;

    public static int WeightsPerBlock => 1;

    public static int BytesPerBlock => 1;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights) => weights[0] = ToSingle(block[0]);

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block) => block[0] = FromSingle(weights[0]);

    public static float ToSingle(byte code)
    {
        if ((code & 0x7f) == NaN) return float.NaN;
        return SmallFloat.Decode(code, mantissaBits: 3, bias: 7);
    }

    public static byte FromSingle(float single)
    {
        var sign = float.IsNegative(single) ? 0x80 : 0;
        if (float.IsNaN(single)) return (byte)(sign | NaN);
        return (byte)(sign | SmallFloat.Round(MathF.Min(MathF.Abs(single), Largest), mantissaBits: 3, bias: 7));
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (var i = 0; i < weights.Length; i++) weights[i] = Values[blocks[i]];
    }
}

/// <summary>The arithmetic that the two 8-bit floats share.</summary>
static class SmallFloat
{
    /// <summary>The finite value of a code of 1 sign bit, 7 − mantissaBits exponent bits and mantissaBits mantissa bits.</summary>
    public static float Decode(byte code, int mantissaBits, int bias)
    {
        var exponent = (code & 0x7f) >> mantissaBits;
        var mantissa = code & ((1 << mantissaBits) - 1);
        // Subnormals (exponent 0) have no implicit one and the exponent of the smallest normal.
        var significand = exponent == 0 ? mantissa : mantissa | 1 << mantissaBits;
        var magnitude = significand * PowerOfTwo(Math.Max(exponent, 1) - bias - mantissaBits);
        return code >= 0x80 ? -magnitude : magnitude;
    }

    /// <summary>
    /// The code nearest to a finite magnitude, ties to even. Codes count up with the values they stand for, so a carry out of
    /// the mantissa lands in the exponent by itself; one beyond the largest code is for the caller to judge.
    /// </summary>
    public static int Round(float magnitude, int mantissaBits, int bias)
    {
        var exponent = Math.Max((BitConverter.SingleToInt32Bits(magnitude) >> 23) - 127, 1 - bias);
        // Scaled so that one step of the target is 1; the scaling is exact.
        var steps = (int)MathF.Round(magnitude * PowerOfTwo(mantissaBits - exponent));
        return (exponent + bias - 1 << mantissaBits) + steps;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float PowerOfTwo(int exponent) => BitConverter.Int32BitsToSingle(127 + exponent << 23);
}
