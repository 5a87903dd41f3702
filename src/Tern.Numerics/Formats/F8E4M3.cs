namespace Tern.Numerics.Formats;

/// <summary>
/// OCP 8-bit float E4M3FN: 1 sign, 4 exponent (bias 7), 3 mantissa bits. No infinity; S.1111.111 is NaN; the largest value is
/// 448, the smallest 2^-9. Encoding rounds to nearest even and saturates: everything beyond 448, infinity included, becomes
/// ±448; NaN stays NaN. OCP 8-bit Floating Point Specification, revision 1.0.
/// </summary>
public readonly struct F8E4M3 : IWeightFormat<F8E4M3>
{
    /// <summary>The largest value.</summary>
    public const float Largest = 448;

    const int NaN = 0x7f;

    static readonly float[] Values = [.. Enumerable.Range(0, 256).Select(code => ToSingle((byte)code))];

    public static TensorType Type => TensorType.F8E4M3;

    public static int WeightsPerBlock => 1;

    public static int BytesPerBlock => 1;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights) => weights[0] = ToSingle(block[0]);

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block) => block[0] = FromSingle(weights[0]);

    /// <summary>The value of a code; exact.</summary>
    public static float ToSingle(byte code)
    {
        if ((code & 0x7f) == NaN) return float.NaN;
        return SmallFloat.Decode(code, mantissaBits: 3, bias: 7);
    }

    /// <summary>Rounds to nearest even and saturates; NaN stays NaN.</summary>
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
