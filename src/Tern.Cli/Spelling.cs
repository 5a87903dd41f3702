using Tern.Models;

namespace Tern.Cli;

/// <summary>What somebody may have meant.</summary>
static class Spelling
{
    /// <summary>The known word with the fewest edits (<see cref="EditDistance"/>), or null where none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> known) => known
        .Select(candidate => (Word: candidate, Distance: candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? 0 : EditDistance.Between(word, candidate)))
        .Where(pair => pair.Distance <= Math.Max(1, word.TrimStart('-').Length / 2))
        .OrderBy(pair => pair.Distance).ThenBy(pair => pair.Word, StringComparer.Ordinal)
        .Select(pair => pair.Word).FirstOrDefault();
}
