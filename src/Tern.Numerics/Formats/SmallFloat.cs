using System.Runtime.CompilerServices;

namespace Tern.Numerics.Formats;

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
