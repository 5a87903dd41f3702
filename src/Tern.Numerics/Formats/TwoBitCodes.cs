using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// 256 two-bit codes in 64 bytes, as Q2_K, Q3_K and TQ2_0 store them: byte l of a half holds the codes l, l + 32, l + 64 and
/// l + 96 of its 128, lowest bits first.
/// </summary>
static class TwoBitCodes
{
    /// <summary>The codes of weights n..n+32, n a multiple of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Read(ReadOnlySpan<byte> packed, int n) =>
        Vector256.Create(packed[(n / 128 * 32)..]) >> n % 128 / 32 * 2 & Vector256.Create((byte)3);

    public static void Write(ReadOnlySpan<sbyte> codes, Span<byte> packed)
    {
        for (var half = 0; half < 2; half++)
        {
            var of = codes.Slice(128 * half, 128);
            for (var l = 0; l < 32; l++)
                packed[32 * half + l] = (byte)(of[l] & 3 | (of[l + 32] & 3) << 2 | (of[l + 64] & 3) << 4 | (of[l + 96] & 3) << 6);
        }
    }
}
