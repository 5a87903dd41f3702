using System.Runtime.CompilerServices;

namespace Tern.Numerics.Formats;

/// <summary>
/// The eight 6-bit scales and mins of Q4_K and Q5_K in 12 bytes: bytes 0-3 hold scales 0-3 and bytes 4-7 mins 0-3 in their
/// low six bits; bytes 8-11 the low nibbles of scales 4-7 (low) and mins 4-7 (high), whose upper two bits fill the top of
/// bytes 0-3 and 4-7.
/// </summary>
static class PackedScales
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int Scale, int Min) Read(ReadOnlySpan<byte> packed, int j) => j < 4
        ? (packed[j] & 0x3f, packed[j + 4] & 0x3f)
        : (packed[j + 4] & 0x0f | packed[j - 4] >> 6 << 4, packed[j + 4] >> 4 | packed[j] >> 6 << 4);

    public static void Write(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> mins, Span<byte> packed)
    {
        for (var j = 0; j < 4; j++)
        {
            packed[j] = (byte)(scales[j] | scales[j + 4] >> 4 << 6);
            packed[j + 4] = (byte)(mins[j] | mins[j + 4] >> 4 << 6);
            packed[j + 8] = (byte)(scales[j + 4] & 0x0f | mins[j + 4] << 4);
        }
    }
}
