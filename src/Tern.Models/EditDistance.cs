namespace Tern.Models;

/// <summary>How far two words are apart, for "did you mean".</summary>
public static class EditDistance
{
    /// <summary>
    /// Optimal string alignment: the fewest insertions, deletions, replacements and swaps of neighbours that make one word of the other, no letter edited
    /// twice, regardless of case. Damerau, A technique for computer detection and correction of spelling errors, Communications of the ACM 7, 1964.
    /// </summary>
    public static int Between(string a, string b)
    {
        var (swapped, above, row) = (new int[b.Length + 1], new int[b.Length + 1], Enumerable.Range(0, b.Length + 1).ToArray());
        for (var i = 1; i <= a.Length; i++)
        {
            (swapped, above, row) = (above, row, swapped);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(above[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1), Math.Min(above[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1])) row[j] = Math.Min(row[j], swapped[j - 2] + 1);
            }
        }
        return row[^1];
    }

    static bool Same(char x, char y) => char.ToLowerInvariant(x) == char.ToLowerInvariant(y);
}
