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

    /// <summary>
    /// The known word that was probably meant: one that begins with the word, else the one with the fewest edits. Null where none is near, which is
    /// an edit for every three letters begun, dashes in front not counted.
    /// </summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var letters = word.TrimStart('-').Length;
        if (letters == 0) return null;
        return known.Select(candidate => (Word: candidate, Distance: candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? 0 : Between(word, candidate)))
            .Where(pair => pair.Distance <= (letters + 2) / 3)
            .OrderBy(pair => pair.Distance).ThenBy(pair => pair.Word, StringComparer.Ordinal)
            .Select(pair => pair.Word).FirstOrDefault();
    }

    static bool Same(char x, char y) => char.ToLowerInvariant(x) == char.ToLowerInvariant(y);
}
