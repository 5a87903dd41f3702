using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels.Panels;

/// <summary>IQ4_XS: [16 half scales][8 x 16 signed scales][32 registers of nibbles]: each group as in IQ4_NL.</summary>
readonly unsafe struct IQ4_XSPanel : IPanelFormat<IQ4_XSPanel>
{
    const int SubScaleOffset = 32, QuantOffset = SubScaleOffset + 128;

    public static int WeightsPerBlock => 256;
    public static int BytesPerRowBlock => 136;
    public static int BytesPerPanelBlock => QuantOffset + 32 * 64;
    public static int ScalesPerGroup => 1;
    public static bool SignedCodes => true;
    public static int Int16Sums => 1;
    public static int ZeroPoint => 0;
    public static bool HasMinimum => false;

    [MethodImpl(AggressiveInlining)]
    public static void Pack(byte* rowBlock, int lane, byte* panelBlock)
    {
        PanelPacking.Half(rowBlock, lane, panelBlock);
        KQuantScales.PackIQ4Scales(rowBlock, lane, panelBlock + SubScaleOffset);
        PanelPacking.Units(rowBlock + 8, 32, lane, panelBlock + QuantOffset);
    }

    [MethodImpl(AggressiveInlining)]
    public static TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister> =>
        Nibbles.LookUp(Nibbles.Load<TRegister>(panelBlock + QuantOffset + (group * 4 + (quad & 3)) * 64, quad < 4 ? 0 : 4));

    [MethodImpl(AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        KQuantScales.Signed<TRegister>(panelBlock, panelBlock + SubScaleOffset + group * 16);

    public static TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.Zero;
}
