namespace Tern.Numerics.Kernels.Panels;

/// <summary>What the panel formats share when they lay 16 rows side by side.</summary>
static unsafe class PanelPacking
{
    public const int Rows = 16;

    /// <summary>
    /// Copies 4-byte units: unit u of row r goes to lane r of register u. A null row gives zeros.
    /// </summary>
    /// <param name="rows">16 row blocks.</param>
    /// <param name="offset">Where the quants start in a row block, in bytes.</param>
    /// <param name="units">Number of 4-byte units.</param>
    /// <param name="target">units * 64 bytes.</param>
    public static void Transpose(byte** rows, int offset, int units, byte* target)
    {
        for (var row = 0; row < Rows; row++)
        {
            var lane = (uint*)target + row;
            if (rows[row] == null)
            {
                for (var unit = 0; unit < units; unit++) lane[unit * Rows] = 0;
                continue;
            }
            var source = (uint*)(rows[row] + offset);
            for (var unit = 0; unit < units; unit++) lane[unit * Rows] = source[unit];
        }
    }

    /// <summary>The 16-bit value at <paramref name="offset"/> of each row, one after another: 32 bytes.</summary>
    public static void Halves(byte** rows, int offset, byte* target)
    {
        for (var row = 0; row < Rows; row++)
            ((ushort*)target)[row] = rows[row] == null ? (ushort)0 : *(ushort*)(rows[row] + offset);
    }

    /// <summary>Byte i of each row, for each i: [count][16 rows].</summary>
    public static void Bytes(byte** rows, int offset, int count, byte* target)
    {
        for (var row = 0; row < Rows; row++)
            for (var i = 0; i < count; i++)
                target[i * Rows + row] = rows[row] == null ? (byte)0 : rows[row][offset + i];
    }
}
