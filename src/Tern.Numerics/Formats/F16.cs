using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// IEEE 754 half precision: 1 sign, 5 exponent (bias 15), 10 mantissa bits. Encoding rounds to nearest even; beyond ±65520 it
/// gives infinity; NaN stays NaN.
/// </summary>
public readonly struct F16 : IWeightFormat<F16>
{
    const int MantissaShift = 23 - 10;                 // half mantissa to single mantissa
    const int Rebias = (127 - 15) << 23;               // half exponent to single exponent
    const int Infinity = 0x7c00 << MantissaShift;      // exponent of infinity and NaN, already shifted
    const int SmallestNormal = 0x0400 << MantissaShift;
    const int SubnormalBase = (127 - 14) << 23;        // 2^-14, the exponent that subnormal halves share

    const int HalfBits = 126 << 23;                    // ½, whose mantissa steps are 2^-24
    const int Overflow = (127 + 16) << 23;             // 2^16
    const int SingleInfinity = 0x7f800000;
    const int QuietNaN = 0x7e00;

    public static TensorType Type => TensorType.F16;

    public static int WeightsPerBlock => 1;

    public static int BytesPerBlock => 2;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights) =>
        weights[0] = (float)BinaryPrimitives.ReadHalfLittleEndian(block);

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block) =>
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)weights[0]);

    /// <summary>
    /// Exact, by moving the bits: the exponent is rebiased by 112; infinity and NaN by another 112; a subnormal gets the
    /// exponent 2^-14 and an implicit one, which the float subtraction of 2^-14 takes away again while it normalises.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToSingle(ushort half)
    {
        var magnitude = (half & 0x7fff) << MantissaShift;
        var single = magnitude >= SmallestNormal
            ? BitConverter.Int32BitsToSingle(magnitude + Rebias + (magnitude >= Infinity ? Rebias : 0))
            : BitConverter.Int32BitsToSingle(magnitude + SubnormalBase) - BitConverter.Int32BitsToSingle(SubnormalBase);
        return BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(single) | (half & 0x8000) << 16);
    }

    /// <summary>
    /// Rounds to nearest even, by moving the bits: a normal half rebiases the exponent and adds just under half a step, plus one
    /// where the kept mantissa is odd, whose carry may run up to infinity; for a subnormal half the addition of ½, whose mantissa
    /// steps are 2^-24, does the rounding. A NaN keeps its upper payload and becomes quiet.
    /// </summary>
    public static ushort FromSingle(float single)
    {
        var bits = BitConverter.SingleToInt32Bits(single);
        var magnitude = bits & 0x7fffffff;
        int half;
        if (magnitude > SingleInfinity) half = QuietNaN | magnitude >> MantissaShift & 0x01ff;
        else if (magnitude >= Overflow) half = 0x7c00;
        else if (magnitude < SubnormalBase) half = BitConverter.SingleToInt32Bits(BitConverter.Int32BitsToSingle(magnitude) + 0.5f) - HalfBits;
        else half = magnitude - Rebias + 0x0fff + (magnitude >> MantissaShift & 1) >> MantissaShift;
        return (ushort)(half | bits >>> 16 & 0x8000);
    }

    static Vector256<int> FromSingle(Vector256<float> single)
    {
        var bits = single.AsInt32();
        var magnitude = bits & Vector256.Create(0x7fffffff);
        var odd = magnitude >> MantissaShift & Vector256<int>.One;
        var normal = magnitude - Vector256.Create(Rebias - 0x0fff) + odd >> MantissaShift;
        var subnormal = (magnitude.AsSingle() + Vector256.Create(0.5f)).AsInt32() - Vector256.Create(HalfBits);
        var half = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(SubnormalBase)), subnormal, normal);
        half = Vector256.ConditionalSelect(
            Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(Overflow)), Vector256.Create(0x7c00), half);
        var notANumber = Vector256.Create(QuietNaN) | magnitude >> MantissaShift & Vector256.Create(0x01ff);
        half = Vector256.ConditionalSelect(Vector256.GreaterThan(magnitude, Vector256.Create(SingleInfinity)), notANumber, half);
        return half | bits >>> 16 & Vector256.Create(0x8000);
    }

    static Vector256<float> ToSingle(Vector256<int> half)
    {
        var magnitude = (half & Vector256.Create(0x7fff)) << MantissaShift;
        var rebias = Vector256.Create(Rebias);
        var normal = magnitude + rebias + (rebias & Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(Infinity)));
        var subnormalBase = Vector256.Create(SubnormalBase);
        var subnormal = (magnitude + subnormalBase).AsSingle() - subnormalBase.AsSingle();
        var single = Vector256.ConditionalSelect(
            Vector256.LessThan(magnitude, Vector256.Create(SmallestNormal)).AsSingle(), subnormal, normal.AsSingle());
        return single | ((half & Vector256.Create(0x8000)) << 16).AsSingle();
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        var halves = MemoryMarshal.Cast<byte, ushort>(blocks);
        for (; weights.Length >= 16; halves = halves[16..], weights = weights[16..])
        {
            var (low, high) = Vector256.Widen(Vector256.Create(halves));
            ToSingle(low.AsInt32()).CopyTo(weights);
            ToSingle(high.AsInt32()).CopyTo(weights[8..]);
        }
        for (var i = 0; i < weights.Length; i++) weights[i] = ToSingle(halves[i]);
    }

    public static void EncodeBlocks(ReadOnlySpan<float> weights, Span<byte> blocks)
    {
        var halves = MemoryMarshal.Cast<byte, ushort>(blocks);
        for (; weights.Length >= 16; halves = halves[16..], weights = weights[16..])
        {
            var low = FromSingle(Vector256.Create(weights));
            var high = FromSingle(Vector256.Create(weights[8..]));
            Vector256.Narrow(low.AsUInt32(), high.AsUInt32()).CopyTo(halves);
        }
        for (var i = 0; i < weights.Length; i++) halves[i] = FromSingle(weights[i]);
    }
}
