namespace Tern.Numerics.Formats;

/// <summary>
/// OCP 8-bit float E5M2: 1 sign, 5 exponent (bias 15), 2 mantissa bits: the upper half of a half. Infinity and NaN as in
/// IEEE 754; the largest finite value is 57344, the smallest 2^-16. Encoding rounds to nearest even; from 61440 (half way to
/// the next power) on it gives infinity. OCP 8-bit Floating Point Specification, revision 1.0.
/// </summary>
public readonly struct F8E5M2 : IWeightFormat<F8E5M2>
{
    const int Infinity = 0x7c;
    const int NaN = 0x7e;

    static readonly float[] Values = [.. Enumerable.Range(0, 256).Select(code => ToSingle((byte)code))];

    public static TensorType Type => TensorType.F8E5M2;

    public static int WeightsPerBlock => 1;

    public static int BytesPerBlock => 1;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights) => weights[0] = ToSingle(block[0]);

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block) => block[0] = FromSingle(weights[0]);

    /// <summary>The value of a code; exact.</summary>
    public static float ToSingle(byte code) => F16.ToSingle((ushort)(code << 8));

    /// <summary>Rounds to nearest even; overflows to infinity; NaN stays NaN.</summary>
    public static byte FromSingle(float single)
    {
        var sign = float.IsNegative(single) ? 0x80 : 0;
        if (float.IsNaN(single)) return (byte)(sign | NaN);
        var magnitude = MathF.Abs(single);
        return (byte)(sign | (magnitude >= 65536 ? Infinity : SmallFloat.Round(magnitude, mantissaBits: 2, bias: 15)));
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (var i = 0; i < weights.Length; i++) weights[i] = Values[blocks[i]];
    }
}
