using System.Text;
using Tern.Models;

namespace Tern.Run.Sampling;

/// <summary>
/// Finds stop strings in streamed text and holds back what may become one. The match that ends first wins, the longest among those that
/// end together; both depend on the text alone, not on how it was cut into chunks. Comparison is ordinal.
/// </summary>
public sealed class StopSequences
{
    readonly string[] stops;
    readonly int[][] failures;                                 // Knuth, Morris and Pratt 1977: longest border of each prefix
    readonly int[] matched;                                    // per stop: characters matched at the end of the text so far
    readonly StringBuilder held = new();

    /// <exception cref="TernException">A stop string is empty.</exception>
    public StopSequences(IEnumerable<string> stops)
    {
        ArgumentNullException.ThrowIfNull(stops);
        this.stops = [.. stops];
        if (Array.Exists(this.stops, string.IsNullOrEmpty))
            throw new TernException("A stop string is empty: it would stop before the first token. Remove it.");
        failures = Array.ConvertAll(this.stops, Failures);
        matched = new int[this.stops.Length];
    }

    /// <summary>The stop string that was found, or null. Once it is set, <see cref="Push"/> returns nothing more.</summary>
    public string? Match { get; private set; }

    /// <summary>Adds a chunk and returns the text that is now certain: up to the stop string, or up to what may begin one.</summary>
    public string Push(ReadOnlySpan<char> chunk)
    {
        if (Match is not null) return "";
        if (stops.Length == 0) return chunk.ToString();
        foreach (var character in chunk)
        {
            held.Append(character);
            Advance(character);
            if (Match is null) continue;
            held.Length -= Match.Length;
            return Release(0);
        }
        return Release(matched.Max());
    }

    /// <summary>The text ends here: returns what was held back.</summary>
    public string Flush()
    {
        Array.Clear(matched);
        return Release(0);
    }

    void Advance(char character)
    {
        for (var i = 0; i < stops.Length; i++)
        {
            var (stop, length) = (stops[i], matched[i]);
            while (length > 0 && stop[length] != character) length = failures[i][length - 1];
            if (stop[length] == character) length++;
            matched[i] = length;
            if (length == stop.Length && length > (Match?.Length ?? 0)) Match = stop;
        }
    }

    string Release(int keep)
    {
        var text = held.ToString(0, held.Length - keep);
        held.Remove(0, text.Length);
        return text;
    }

    static int[] Failures(string stop)
    {
        var failures = new int[stop.Length];
        for (var (i, length) = (1, 0); i < stop.Length; i++)
        {
            while (length > 0 && stop[i] != stop[length]) length = failures[length - 1];
            if (stop[i] == stop[length]) length++;
            failures[i] = length;
        }
        return failures;
    }
}
