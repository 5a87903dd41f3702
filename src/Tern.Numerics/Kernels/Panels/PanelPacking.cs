using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels.Panels;

/// <summary>What the panel formats share when they lay 16 rows side by side.</summary>
static unsafe class PanelPacking
{
    public const int Rows = 16;

    /// <summary>Copies 4-byte units of a row: unit u goes to lane <paramref name="lane"/> of register u.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Units(byte* source, int units, int lane, byte* target)
    {
        for (var unit = 0; unit < units; unit++) ((uint*)target)[unit * Rows + lane] = ((uint*)source)[unit];
    }

    /// <summary>Copies a 16-bit value: 16 rows take 32 bytes.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Half(byte* source, int lane, byte* target) => ((ushort*)target)[lane] = *(ushort*)source;

    /// <summary>Copies bytes: byte i goes to [i][lane].</summary>
    public static void Bytes(byte* source, int count, int lane, byte* target)
    {
        for (var i = 0; i < count; i++) target[i * Rows + lane] = source[i];
    }
}
