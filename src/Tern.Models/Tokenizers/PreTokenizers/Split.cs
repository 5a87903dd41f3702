using System.Text.RegularExpressions;

namespace Tern.Models.Tokenizers.PreTokenizers;

/// <summary>What becomes of the text that a pattern matches; the names are those of tokenizer.json.</summary>
public enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Cuts at every match of a pattern.</summary>
public sealed record Split : Splitter
{
    readonly WordPattern? words;
    readonly PortableRegex? regex;

    [ThreadStatic] static List<(int Start, int Length)>? matches;

    /// <param name="pattern">A regular expression in the dialect of Hugging Face, or plain text.</param>
    /// <param name="isRegex">Whether it is a regular expression.</param>
    /// <param name="behavior">What becomes of the matches.</param>
    /// <param name="invert">The matches are the words, what lies between them the separators.</param>
    /// <exception cref="TernException">The expression is not valid.</exception>
    public Split(string pattern, bool isRegex = true, SplitBehavior behavior = SplitBehavior.Isolated, bool invert = false)
    {
        (Pattern, IsRegex, Behavior, Invert) = (pattern, isRegex, behavior, invert);
        var coversAll = isRegex && (behavior == SplitBehavior.Isolated || invert && behavior == SplitBehavior.Removed);
        words = coversAll ? WordPattern.Of(pattern) : null;
        if (isRegex && words is null) regex = new PortableRegex(pattern);
    }

    public string Pattern { get; }

    public bool IsRegex { get; }

    public SplitBehavior Behavior { get; }

    public bool Invert { get; }

    internal override void Cut(ReadOnlySpan<char> word, Words words)
    {
        if (this.words is not null)
        {
            this.words.Cut(word, words);
            return;
        }
        var found = matches ??= [];
        found.Clear();
        if (regex is not null) regex.Find(word, found);
        else FindText(word, found);
        Report(word.Length, found, Behavior, Invert, words);
    }

    void FindText(ReadOnlySpan<char> word, List<(int Start, int Length)> found)
    {
        if (Pattern.Length == 0) return;
        for (var at = 0; at < word.Length;)
        {
            var next = word[at..].IndexOf(Pattern, StringComparison.Ordinal);
            if (next < 0) return;
            found.Add((at + next, Pattern.Length));
            at += next + Pattern.Length;
        }
    }

    /// <summary>Turns matches into words, with the behaviours of tokenizer.json.</summary>
    internal static void Report(int length, List<(int Start, int Length)> found, SplitBehavior behavior, bool invert, Words words)
    {
        var at = 0;             // end of what has been seen
        var start = 0;          // start of the word being built
        var previous = false;   // whether the part before was a match
        for (var i = 0; i <= found.Count; i++)
        {
            var match = i < found.Count ? found[i] : (Start: length, Length: 0);
            if (match.Start > at) Part(at, match.Start, invert);
            if (match.Length > 0) Part(match.Start, match.Start + match.Length, !invert);
            at = match.Start + match.Length;
        }
        words.Keep(start, length - start);

        void Part(int from, int to, bool isMatch)
        {
            switch (behavior)
            {
                case SplitBehavior.Removed:
                    words.Keep(start, from - start);
                    if (!isMatch) words.Keep(from, to - from);
                    start = to;
                    break;
                case SplitBehavior.Isolated:
                    words.Keep(start, from - start);
                    start = from;
                    break;
                case SplitBehavior.MergedWithPrevious when !isMatch || previous:
                case SplitBehavior.MergedWithNext when isMatch || !previous:
                case SplitBehavior.Contiguous when isMatch != previous:
                    words.Keep(start, from - start);
                    start = from;
                    break;
            }
            previous = isMatch;
        }
    }
}
