using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels.Panels;

/// <summary>The scales within a block of 256 weights: packed into bits in the file, one byte each in a panel, [scale][16 rows].</summary>
static unsafe class KQuantScales
{
    /// <summary>16 products of a row's half-precision scale and its unsigned byte.</summary>
    [MethodImpl(AggressiveInlining)]
    public static TRegister Unsigned<TRegister>(byte* halves, byte* bytes) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Multiply(TRegister.LoadHalf(halves), TRegister.ToSingle(TRegister.LoadBytes(bytes)));

    /// <summary>16 products of a row's half-precision scale and its signed byte.</summary>
    [MethodImpl(AggressiveInlining)]
    public static TRegister Signed<TRegister>(byte* halves, byte* bytes) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Multiply(TRegister.LoadHalf(halves), TRegister.ToSingle(TRegister.LoadSBytes(bytes)));

    /// <summary>
    /// Q4_K, Q5_K: 12 bytes hold 8 scales and 8 minima of 6 bits; the upper two bits of the last four of each ride in the first eight bytes.
    /// </summary>
    public static void PackSixBitPairs(byte* packed, int lane, byte* scales, byte* minima)
    {
        for (var group = 0; group < 4; group++)
        {
            scales[group * PanelPacking.Rows + lane] = (byte)(packed[group] & 63);
            minima[group * PanelPacking.Rows + lane] = (byte)(packed[group + 4] & 63);
            scales[(group + 4) * PanelPacking.Rows + lane] = (byte)(packed[group + 8] & 15 | packed[group] >> 6 << 4);
            minima[(group + 4) * PanelPacking.Rows + lane] = (byte)(packed[group + 8] >> 4 | packed[group + 4] >> 6 << 4);
        }
    }

    /// <summary>Q2_K: 16 bytes, scale in the low and minimum in the high nibble.</summary>
    public static void PackFourBitPairs(byte* packed, int lane, byte* scales, byte* minima)
    {
        for (var i = 0; i < 16; i++)
        {
            scales[i * PanelPacking.Rows + lane] = (byte)(packed[i] & 15);
            minima[i * PanelPacking.Rows + lane] = (byte)(packed[i] >> 4);
        }
    }

    /// <summary>Q3_K: 12 bytes hold 16 scales of 6 bits, biased by 32: four bits in bytes 0..7, two in bytes 8..11.</summary>
    public static void PackSixBitSigned(byte* packed, int lane, byte* scales)
    {
        for (var i = 0; i < 16; i++)
        {
            var low = i < 8 ? packed[i] & 15 : packed[i - 8] >> 4;
            var high = packed[8 + i % 4] >> (2 * (i / 4)) & 3;
            scales[i * PanelPacking.Rows + lane] = (byte)((low | high << 4) - 32);
        }
    }

    /// <summary>IQ4_XS: 8 scales of 6 bits, biased by 32: four bits in bytes 4..7 of the block, two in the 16 bits at 2.</summary>
    public static void PackIQ4Scales(byte* rowBlock, int lane, byte* scales)
    {
        for (var group = 0; group < 8; group++)
        {
            var low = rowBlock[4 + group / 2] >> (group % 2 * 4) & 15;
            var high = *(ushort*)(rowBlock + 2) >> (2 * group) & 3;
            scales[group * PanelPacking.Rows + lane] = (byte)((low | high << 4) - 32);
        }
    }
}
