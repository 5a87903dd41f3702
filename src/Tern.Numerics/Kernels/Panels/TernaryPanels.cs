using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels.Panels;

/// <summary>TQ2_0: [16 half scales][16 registers of pairs of bits, as Q2_K], codes 0, 1, 2 for -1, 0, 1.</summary>
readonly unsafe struct TQ2_0Panel : IPanelFormat<TQ2_0Panel>
{
    const int QuantOffset = 32;

    public static int WeightsPerBlock => 256;
    public static int BytesPerRowBlock => 66;
    public static int BytesPerPanelBlock => QuantOffset + 16 * 64;
    public static int ScalesPerGroup => 1;
    public static bool SignedCodes => false;
    public static int Int16Sums => 8;
    public static int ZeroPoint => 1;
    public static bool HasMinimum => false;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock + 64, lane, panelBlock);
        PanelPacking.Units(rowBlock, 16, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.LoadPairs<TRegister>(panelBlock + QuantOffset + ((group >> 2) * 8 + quad) * 64, (group & 3) * 2);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.LoadHalf(panelBlock);

    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Zero;
}

/// <summary>TQ1_0: five trits to a byte in the file; in the panel the two bits of TQ2_0, which cost 0.4 bits a weight more and decode with one shift.</summary>
readonly unsafe struct TQ1_0Panel : IPanelFormat<TQ1_0Panel>
{
    const int QuantOffset = 32;

    public static int WeightsPerBlock => 256;
    public static int BytesPerRowBlock => 54;
    public static int BytesPerPanelBlock => QuantOffset + 16 * 64;
    public static int ScalesPerGroup => 1;
    public static bool SignedCodes => false;
    public static int Int16Sums => 8;
    public static int ZeroPoint => 1;
    public static bool HasMinimum => false;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock + 52, lane, panelBlock);
        Trits.Pack(rowBlock, (uint*)(panelBlock + QuantOffset) + lane);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        TQ2_0Panel.Codes<TRegister>(panelBlock, group, quad);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.LoadHalf(panelBlock);

    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Zero;
}

static unsafe class Trits
{
    /// <summary>Unpacks the 256 trits of a TQ1_0 row block into 16 units of 4 bytes, 16 lanes apart, in the order of TQ2_0.</summary>
    public static void Pack(byte* rowBlock, uint* lane)
    {
        var codes = stackalloc byte[256];
        Unpack(rowBlock, codes);
        for (var unit = 0; unit < 16; unit++)
        {
            var packed = 0u;
            var first = unit / 8 * 128 + unit % 8 * 4;
            for (var group = 0; group < 4; group++)
                for (var i = 0; i < 4; i++) packed |= (uint)codes[first + 32 * group + i] << (8 * i + 2 * group);
            lane[unit * PanelPacking.Rows] = packed;
        }
    }

    /// <summary>
    /// A byte holds a base-3 fraction: multiplied by 3^n modulo 256, its leading trit is the n-th. Bytes 0..31 give weights 0..159 (trit-major),
    /// bytes 32..47 weights 160..239, bytes 48..51 weights 240..255 (four trits each).
    /// </summary>
    static void Unpack(byte* rowBlock, byte* codes)
    {
        codes = Unpack(rowBlock, 32, 5, codes);
        codes = Unpack(rowBlock + 32, 16, 5, codes);
        Unpack(rowBlock + 48, 4, 4, codes);
    }

    static byte* Unpack(byte* source, int bytes, int trits, byte* codes)
    {
        byte power = 1;
        for (var trit = 0; trit < trits; trit++, power *= 3)
            for (var i = 0; i < bytes; i++) *codes++ = (byte)((byte)(source[i] * power) * 3 >> 8);
        return codes;
    }
}
