namespace Tern.Models;

/// <summary>
/// The two orders in which files keep the rows of q_proj and k_proj. Rotary positions turn pairs of rows of each head:
/// llama2.c and the "llama" architecture of GGUF put a pair side by side, (2i, 2i + 1), called interleaved here;
/// Hugging Face puts it half a head apart, (i, i + headDim/2), called halves. Rows are moved whole, so this works on rows in any
/// weight format, on biases (a row is then one element), and never changes a value.
/// </summary>
public static class RotaryLayout
{
    /// <summary>Whether the tensor has rows that rotate: q_proj and k_proj, weight or bias.</summary>
    public static bool IsRotated(string name) =>
        name.EndsWith(".q_proj.weight", StringComparison.Ordinal) || name.EndsWith(".k_proj.weight", StringComparison.Ordinal)
        || name.EndsWith(".q_proj.bias", StringComparison.Ordinal) || name.EndsWith(".k_proj.bias", StringComparison.Ordinal);

    /// <summary>The row of an interleaved matrix that is row <paramref name="row"/> of the matrix in halves.</summary>
    public static long InterleavedRow(long row, int headDim)
    {
        var (head, i) = Math.DivRem(row, headDim);
        var half = headDim / 2;
        return head * headDim + (i < half ? 2 * i : 2 * (i - half) + 1);
    }

    /// <summary>The row of a matrix in halves that is row <paramref name="row"/> of the interleaved matrix.</summary>
    public static long HalvesRow(long row, int headDim)
    {
        var (head, i) = Math.DivRem(row, headDim);
        return head * headDim + i / 2 + (i % 2) * (headDim / 2);
    }

    /// <summary>
    /// Reorders whole heads from interleaved to halves. <paramref name="rows"/> and <paramref name="destination"/>
    /// [heads · headDim rows of <paramref name="bytesPerRow"/>] must not overlap.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ or are not those of whole heads; headDim is odd.</exception>
    public static void ToHalves(ReadOnlySpan<byte> rows, Span<byte> destination, int bytesPerRow, int headDim) =>
        Reorder(rows, destination, bytesPerRow, headDim, toHalves: true);

    /// <summary>The inverse of <see cref="ToHalves"/>.</summary>
    /// <inheritdoc cref="ToHalves"/>
    public static void ToInterleaved(ReadOnlySpan<byte> rows, Span<byte> destination, int bytesPerRow, int headDim) =>
        Reorder(rows, destination, bytesPerRow, headDim, toHalves: false);

    static void Reorder(ReadOnlySpan<byte> rows, Span<byte> destination, int bytesPerRow, int headDim, bool toHalves)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesPerRow);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headDim);
        if (headDim % 2 != 0) throw new ArgumentException($"headDim {headDim} is odd; rotation needs pairs.", nameof(headDim));
        if (rows.Length != destination.Length || rows.Length % ((long)bytesPerRow * headDim) != 0)
            throw new ArgumentException($"{rows.Length} bytes to {destination.Length}: expected the same number of whole heads of {headDim} rows of {bytesPerRow} bytes.");
        var count = rows.Length / bytesPerRow;
        for (var row = 0; row < count; row++)
        {
            var source = (int)(toHalves ? InterleavedRow(row, headDim) : HalvesRow(row, headDim));
            rows.Slice(source * bytesPerRow, bytesPerRow).CopyTo(destination[(row * bytesPerRow)..]);
        }
    }
}
