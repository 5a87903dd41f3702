using Tern.Numerics.Registers;

namespace Tern.Numerics.Kernels.Panels;

/// <summary>
/// How 16 rows of a block format lie side by side for the integer kernels. A panel block holds the same block of each row: its scales
/// first, then its quants transposed in units of 4 bytes, so that one 512-bit load gives 4 consecutive columns of each of the 16 rows, one
/// row in each 32-bit lane. Nothing else about the quants changes: a panel takes as many bytes as the rows it was made from (scales
/// that a format packs into bits are unpacked into bytes).
/// <para>
/// A group is 32 columns. weight[row, column] = scale[row] * (code[row, column] - ZeroPoint) - minimum[row]; where
/// <see cref="ScalesPerGroup"/> is 2, each half of the group has its own scale and minimum.
/// </para>
/// </summary>
public unsafe interface IPanelFormat<TSelf> where TSelf : struct, IPanelFormat<TSelf>
{
    /// <summary>Columns of a block of the file format: 32 or 256.</summary>
    static abstract int WeightsPerBlock { get; }

    /// <summary>Bytes of one row's block in the file.</summary>
    static abstract int BytesPerRowBlock { get; }

    /// <summary>Bytes of the panel block: 16 rows of <see cref="WeightsPerBlock"/>. A multiple of 32.</summary>
    static abstract int BytesPerPanelBlock { get; }

    /// <summary>1 or 2.</summary>
    static abstract int ScalesPerGroup { get; }

    /// <summary>Whether codes are signed bytes (any value) rather than small unsigned ones.</summary>
    static abstract bool SignedCodes { get; }

    /// <summary>
    /// How many vpmaddubsw results of unsigned codes fit into int16 when added: 32767 / (2 * 127 * largest code), as a power of two up to 8.
    /// </summary>
    static abstract int Int16Sums { get; }

    static abstract int ZeroPoint { get; }

    static abstract bool HasMinimum { get; }

    /// <summary>Puts one row's block into its lane (0..15) of a panel block. Lanes without a row stay zero.</summary>
    static abstract void Pack(byte* rowBlock, int lane, byte* panelBlock);

    /// <summary>Columns 4 * quad .. 4 * quad + 3 of the group, 16 rows, one byte each.</summary>
    static abstract TRegister Codes<TRegister>(byte* panelBlock, int group, int quad) where TRegister : unmanaged, IRegister<TRegister>;

    /// <summary>16 scales.</summary>
    static abstract TRegister Scale<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister>;

    /// <summary>16 minima; only called where <see cref="HasMinimum"/>.</summary>
    static abstract TRegister Minimum<TRegister>(byte* panelBlock, int group, int half) where TRegister : unmanaged, IRegister<TRegister>;
}
