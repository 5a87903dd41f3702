using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Registers;

/// <summary>
/// Half precision to single on bits, because .NET has no F16C: the exponent and mantissa move up by 13 bits and a multiplication by 2^112
/// repairs the bias, subnormals included. Infinity and NaN (exponent 31) get the exponent 255 through an OR.
/// </summary>
static class HalfBits
{
    const int MagnitudeMask = 0x7FFF;
    const int InfinityBits = 0x7C00;
    const int SingleInfinityBits = 0x7F80_0000;
    const float TwoTo112 = 5.192296858534828e33f;

    /// <summary>16 half-precision patterns, zero-extended to 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ToSingle(Vector512<int> half)
    {
        var magnitude = half & Vector512.Create(MagnitudeMask);
        var sign = (half ^ magnitude) << 16;
        var value = ((magnitude << 13).AsSingle() * Vector512.Create(TwoTo112)).AsInt32();
        var special = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(InfinityBits)) & Vector512.Create(SingleInfinityBits);
        return value | sign | special;
    }

    /// <summary>8 half-precision patterns, zero-extended to 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ToSingle(Vector256<int> half)
    {
        var magnitude = half & Vector256.Create(MagnitudeMask);
        var sign = (half ^ magnitude) << 16;
        var value = ((magnitude << 13).AsSingle() * Vector256.Create(TwoTo112)).AsInt32();
        var special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(InfinityBits)) & Vector256.Create(SingleInfinityBits);
        return value | sign | special;
    }
}
