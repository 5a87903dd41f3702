using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels.Panels;

/// <summary>Q2_K: [16 half scales][16 half minima][16 x 16 four-bit scales][16 x 16 four-bit minima][16 registers of pairs of bits]. Group
/// g = 4 n + j is at bit 2 j of registers 8 n ...</summary>
readonly unsafe struct Q2_KPanel : IPanelFormat<Q2_KPanel>
{
    const int MinimumOffset = 32, SubScaleOffset = 64, SubMinimumOffset = SubScaleOffset + 256, QuantOffset = SubMinimumOffset + 256;

    public static int WeightsPerBlock => 256;
    public static int BytesPerRowBlock => 84;
    public static int BytesPerPanelBlock => QuantOffset + 16 * 64;
    public static int ScalesPerGroup => 2;
    public static bool SignedCodes => false;
    public static int Int16Sums => 8;
    public static int ZeroPoint => 0;
    public static bool HasMinimum => true;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock + 80, lane, panelBlock);
        PanelPacking.Half(rowBlock + 82, lane, panelBlock + MinimumOffset);
        KQuantScales.PackFourBitPairs(rowBlock, lane, panelBlock + SubScaleOffset, panelBlock + SubMinimumOffset);
        PanelPacking.Units(rowBlock + 16, 16, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.LoadPairs<TRegister>(panelBlock + QuantOffset + ((group >> 2) * 8 + quad) * 64, (group & 3) * 2);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        KQuantScales.Unsigned<TRegister>(panelBlock, panelBlock + SubScaleOffset + (group * 2 + half) * 16);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        KQuantScales.Unsigned<TRegister>(panelBlock + MinimumOffset, panelBlock + SubMinimumOffset + (group * 2 + half) * 16);
}

/// <summary>Q3_K: [16 half scales][16 x 16 signed scales][16 registers of pairs of bits, as Q2_K][8 registers of third bits, bit g for group g].</summary>
readonly unsafe struct Q3_KPanel : IPanelFormat<Q3_KPanel>
{
    const int SubScaleOffset = 32, QuantOffset = SubScaleOffset + 256, ThirdOffset = QuantOffset + 16 * 64;

    public static int WeightsPerBlock => 256;
    public static int BytesPerRowBlock => 110;
    public static int BytesPerPanelBlock => ThirdOffset + 8 * 64;
    public static int ScalesPerGroup => 2;
    public static bool SignedCodes => false;
    public static int Int16Sums => 8;
    public static int ZeroPoint => 4;
    public static bool HasMinimum => false;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock + 108, lane, panelBlock);
        KQuantScales.PackSixBitSigned(rowBlock + 96, lane, panelBlock + SubScaleOffset);
        PanelPacking.Units(rowBlock + 32, 16, lane, panelBlock + QuantOffset);
        PanelPacking.Units(rowBlock, 8, lane, panelBlock + ThirdOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.OrAnd(
            Nibbles.LoadBits<TRegister>(panelBlock + ThirdOffset + quad * 64, 2 - group, 0x04),
            TRegister.ShiftRightInt16(TRegister.Load(panelBlock + QuantOffset + ((group >> 2) * 8 + quad) * 64), (group & 3) * 2),
            TRegister.Broadcast(0x03030303));

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        KQuantScales.Signed<TRegister>(panelBlock, panelBlock + SubScaleOffset + (group * 2 + half) * 16);

    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Zero;
}

/// <summary>Q4_K: [16 half scales][16 half minima][8 x 16 six-bit scales][8 x 16 six-bit minima][32 registers of nibbles]. Registers
/// 8 c .. 8 c + 7 hold group 2 c in the low and group 2 c + 1 in the high nibbles.</summary>
readonly unsafe struct Q4_KPanel : IPanelFormat<Q4_KPanel>
{
    const int MinimumOffset = 32, SubScaleOffset = 64, SubMinimumOffset = SubScaleOffset + 128, QuantOffset = SubMinimumOffset + 128;

    public static int WeightsPerBlock => 256;
    public static int BytesPerRowBlock => 144;
    public static int BytesPerPanelBlock => QuantOffset + 32 * 64;
    public static int ScalesPerGroup => 1;
    public static bool SignedCodes => false;
    public static int Int16Sums => 8;
    public static int ZeroPoint => 0;
    public static bool HasMinimum => true;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock, lane, panelBlock);
        PanelPacking.Half(rowBlock + 2, lane, panelBlock + MinimumOffset);
        KQuantScales.PackSixBitPairs(rowBlock + 4, lane, panelBlock + SubScaleOffset, panelBlock + SubMinimumOffset);
        PanelPacking.Units(rowBlock + 16, 32, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.Load<TRegister>(panelBlock + QuantOffset + ((group >> 1) * 8 + quad) * 64, (group & 1) * 4);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        KQuantScales.Unsigned<TRegister>(panelBlock, panelBlock + SubScaleOffset + group * 16);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        KQuantScales.Unsigned<TRegister>(panelBlock + MinimumOffset, panelBlock + SubMinimumOffset + group * 16);
}

/// <summary>Q5_K: as Q4_K, then [8 registers of fifth bits]: bit g of a byte belongs to group g.</summary>
readonly unsafe struct Q5_KPanel : IPanelFormat<Q5_KPanel>
{
    const int MinimumOffset = 32, SubScaleOffset = 64, SubMinimumOffset = SubScaleOffset + 128, QuantOffset = SubMinimumOffset + 128;
    const int FifthOffset = QuantOffset + 32 * 64;

    public static int WeightsPerBlock => 256;
    public static int BytesPerRowBlock => 176;
    public static int BytesPerPanelBlock => FifthOffset + 8 * 64;
    public static int ScalesPerGroup => 1;
    public static bool SignedCodes => false;
    public static int Int16Sums => 4;
    public static int ZeroPoint => 0;
    public static bool HasMinimum => true;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock, lane, panelBlock);
        PanelPacking.Half(rowBlock + 2, lane, panelBlock + MinimumOffset);
        KQuantScales.PackSixBitPairs(rowBlock + 4, lane, panelBlock + SubScaleOffset, panelBlock + SubMinimumOffset);
        PanelPacking.Units(rowBlock + 16, 8, lane, panelBlock + FifthOffset);
        PanelPacking.Units(rowBlock + 48, 32, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.Or(
            Nibbles.LoadBits<TRegister>(panelBlock + FifthOffset + quad * 64, 4 - group, 0x10),
            panelBlock + QuantOffset + ((group >> 1) * 8 + quad) * 64, (group & 1) * 4);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        KQuantScales.Unsigned<TRegister>(panelBlock, panelBlock + SubScaleOffset + group * 16);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        KQuantScales.Unsigned<TRegister>(panelBlock + MinimumOffset, panelBlock + SubMinimumOffset + group * 16);
}

/// <summary>Q6_K: [16 half scales][16 x 16 signed scales, one for each 16 columns][32 registers of low nibbles][16 registers of high pairs].
/// Group g = 4 n + j of half n: nibbles in registers 16 n + 8 (j mod 2) .., high bits at bit 2 j of registers 8 n ...</summary>
readonly unsafe struct Q6_KPanel : IPanelFormat<Q6_KPanel>
{
    const int SubScaleOffset = 32, LowOffset = SubScaleOffset + 256, HighOffset = LowOffset + 32 * 64;

    public static int WeightsPerBlock => 256;
    public static int BytesPerRowBlock => 210;
    public static int BytesPerPanelBlock => HighOffset + 16 * 64;
    public static int ScalesPerGroup => 2;
    public static bool SignedCodes => false;
    public static int Int16Sums => 2;
    public static int ZeroPoint => 32;
    public static bool HasMinimum => false;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock + 208, lane, panelBlock);
        PanelPacking.Bytes(rowBlock + 192, 16, lane, panelBlock + SubScaleOffset);
        PanelPacking.Units(rowBlock, 32, lane, panelBlock + LowOffset);
        PanelPacking.Units(rowBlock + 128, 16, lane, panelBlock + HighOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.Or(
            Nibbles.LoadBits<TRegister>(panelBlock + HighOffset + ((group >> 2) * 8 + quad) * 64, 4 - (group & 3) * 2, 0x30),
            panelBlock + LowOffset + ((group >> 2) * 16 + (group & 1) * 8 + quad) * 64, (group & 2) * 2);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        KQuantScales.Signed<TRegister>(panelBlock, panelBlock + SubScaleOffset + (group * 2 + half) * 16);

    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Zero;
}
