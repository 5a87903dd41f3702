using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels.Panels;

/// <summary>
/// Q4_0: [16 half scales][4 registers of nibbles]. A row's 16 bytes hold weights 0..15 in the low and 16..31 in the high nibbles, so
/// register q gives quads q (low) and q + 4 (high).
/// </summary>
readonly unsafe struct Q4_0Panel : IPanelFormat<Q4_0Panel>
{
    const int QuantOffset = 32;

    public static int WeightsPerBlock => 32;
    public static int BytesPerRowBlock => 18;
    public static int BytesPerPanelBlock => QuantOffset + 4 * 64;
    public static int ScalesPerGroup => 1;
    public static bool SignedCodes => false;
    public static int Int16Sums => 8;
    public static int ZeroPoint => 8;
    public static bool HasMinimum => false;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock, lane, panelBlock);
        PanelPacking.Units(rowBlock + 2, 4, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.Load<TRegister>(panelBlock + QuantOffset + (quad & 3) * 64, quad < 4 ? 0 : 4);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.LoadHalf(panelBlock);

    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Zero;
}

/// <summary>Q4_1: [16 half scales][16 half minima][4 registers of nibbles], weight = scale * code + minimum.</summary>
readonly unsafe struct Q4_1Panel : IPanelFormat<Q4_1Panel>
{
    const int MinimumOffset = 32, QuantOffset = 64;

    public static int WeightsPerBlock => 32;
    public static int BytesPerRowBlock => 20;
    public static int BytesPerPanelBlock => QuantOffset + 4 * 64;
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
        PanelPacking.Units(rowBlock + 4, 4, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.Load<TRegister>(panelBlock + QuantOffset + (quad & 3) * 64, quad < 4 ? 0 : 4);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.LoadHalf(panelBlock);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Subtract(TRegister.Zero, TRegister.LoadHalf(panelBlock + MinimumOffset));
}

/// <summary>
/// Q5_0: [16 half scales][4 registers of nibbles][1 register of fifth bits]. The 32 fifth bits of a row are put in an order in which one
/// shift and mask gives a quad: bit q of byte i belongs to weight 4 q + i.
/// </summary>
readonly unsafe struct Q5_0Panel : IPanelFormat<Q5_0Panel>
{
    const int QuantOffset = 32, FifthOffset = QuantOffset + 4 * 64;

    public static int WeightsPerBlock => 32;
    public static int BytesPerRowBlock => 22;
    public static int BytesPerPanelBlock => FifthOffset + 64;
    public static int ScalesPerGroup => 1;
    public static bool SignedCodes => false;
    public static int Int16Sums => 4;
    public static int ZeroPoint => 16;
    public static bool HasMinimum => false;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock, lane, panelBlock);
        FifthBits.Pack(rowBlock + 2, lane, panelBlock + FifthOffset);
        PanelPacking.Units(rowBlock + 6, 4, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.Or(
            Nibbles.LoadBits<TRegister>(panelBlock + FifthOffset, 4 - quad, 0x10),
            panelBlock + QuantOffset + (quad & 3) * 64, quad < 4 ? 0 : 4);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.LoadHalf(panelBlock);

    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Zero;
}

/// <summary>Q5_1: [16 half scales][16 half minima][4 registers of nibbles][1 register of fifth bits].</summary>
readonly unsafe struct Q5_1Panel : IPanelFormat<Q5_1Panel>
{
    const int MinimumOffset = 32, QuantOffset = 64, FifthOffset = QuantOffset + 4 * 64;

    public static int WeightsPerBlock => 32;
    public static int BytesPerRowBlock => 24;
    public static int BytesPerPanelBlock => FifthOffset + 64;
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
        FifthBits.Pack(rowBlock + 4, lane, panelBlock + FifthOffset);
        PanelPacking.Units(rowBlock + 8, 4, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.Or(
            Nibbles.LoadBits<TRegister>(panelBlock + FifthOffset, 4 - quad, 0x10),
            panelBlock + QuantOffset + (quad & 3) * 64, quad < 4 ? 0 : 4);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.LoadHalf(panelBlock);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Subtract(TRegister.Zero, TRegister.LoadHalf(panelBlock + MinimumOffset));
}

/// <summary>Q8_0: [16 half scales][8 registers of signed bytes].</summary>
readonly unsafe struct Q8_0Panel : IPanelFormat<Q8_0Panel>
{
    const int QuantOffset = 32;

    public static int WeightsPerBlock => 32;
    public static int BytesPerRowBlock => 34;
    public static int BytesPerPanelBlock => QuantOffset + 8 * 64;
    public static int ScalesPerGroup => 1;
    public static bool SignedCodes => true;
    public static int Int16Sums => 1;
    public static int ZeroPoint => 0;
    public static bool HasMinimum => false;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock, lane, panelBlock);
        PanelPacking.Units(rowBlock + 2, 8, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Load(panelBlock + QuantOffset + quad * 64);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.LoadHalf(panelBlock);

    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Zero;
}

/// <summary>IQ4_NL: as Q4_0, but each nibble names one of 16 signed values.</summary>
readonly unsafe struct IQ4_NLPanel : IPanelFormat<IQ4_NLPanel>
{
    const int QuantOffset = 32;

    public static int WeightsPerBlock => 32;
    public static int BytesPerRowBlock => 18;
    public static int BytesPerPanelBlock => QuantOffset + 4 * 64;
    public static int ScalesPerGroup => 1;
    public static bool SignedCodes => true;
    public static int Int16Sums => 1;
    public static int ZeroPoint => 0;
    public static bool HasMinimum => false;

    public static void Pack(byte* rowBlock, int lane, byte* panelBlock) => Q4_0Panel.Pack(rowBlock, lane, panelBlock);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.LookUp(Nibbles.Load<TRegister>(panelBlock + QuantOffset + (quad & 3) * 64, quad < 4 ? 0 : 4));

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.LoadHalf(panelBlock);

    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Zero;
}

/// <summary>Codes that are a few bits of each byte.</summary>
static unsafe class Nibbles
{
    /// <summary>The values that the nibbles of IQ4_NL and IQ4_XS name.</summary>
    static ReadOnlySpan<sbyte> NonLinear => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>Four bits of each byte, starting at bit <paramref name="shift"/>.</summary>
    [MethodImpl(AggressiveInlining)]
    public static TRegister Load<TRegister>(byte* source, int shift) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.And(TRegister.ShiftRightInt16(TRegister.Load(source), shift), TRegister.Broadcast(0x0F0F0F0F));

    /// <summary>Four bits of each byte, starting at bit <paramref name="shift"/>, beside <paramref name="upper"/> bits.</summary>
    [MethodImpl(AggressiveInlining)]
    public static TRegister Or<TRegister>(TRegister upper, byte* source, int shift) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.OrAnd(upper, TRegister.ShiftRightInt16(TRegister.Load(source), shift), TRegister.Broadcast(0x0F0F0F0F));

    /// <summary>The bits of each byte that are in <paramref name="mask"/> after a shift to the left, or, where negative, to the right.</summary>
    [MethodImpl(AggressiveInlining)]
    public static TRegister LoadBits<TRegister>(byte* source, int left, byte mask) where TRegister : unmanaged, IRegister<TRegister>
    {
        var bits = TRegister.Load(source);
        bits = left >= 0 ? TRegister.ShiftLeftInt16(bits, left) : TRegister.ShiftRightInt16(bits, -left);
        return TRegister.And(bits, TRegister.Broadcast(mask * 0x0101_0101));
    }

    /// <summary>Two bits of each byte, starting at bit <paramref name="shift"/>.</summary>
    [MethodImpl(AggressiveInlining)]
    public static TRegister LoadPairs<TRegister>(byte* source, int shift) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.And(TRegister.ShiftRightInt16(TRegister.Load(source), shift), TRegister.Broadcast(0x03030303));

    [MethodImpl(AggressiveInlining)]
    public static TRegister LookUp<TRegister>(TRegister nibbles) where TRegister : unmanaged, IRegister<TRegister>
    {
        fixed (sbyte* table = NonLinear) return TRegister.LookUp(TRegister.Broadcast16Bytes(table), nibbles);
    }
}

/// <summary>The fifth bits of Q5_0 and Q5_1.</summary>
static unsafe class FifthBits
{
    public static void Pack(byte* source, int lane, byte* target)
    {
        var bits = *(uint*)source;
        var ordered = 0u;
        for (var weight = 0; weight < 32; weight++) ordered |= (bits >> weight & 1) << (weight % 4 * 8 + weight / 4);
        ((uint*)target)[lane] = ordered;
    }
}
