using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Tern.Models.Tokenizers;

/// <summary>The pre-tokenisation of GPT-2: texts to words, beyond which no merge reaches.</summary>
public static partial class BpeTrainer
{
    static Dictionary<string, long> CountWords(IEnumerable<string> texts, IReadOnlyList<string> specialTokens, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            foreach (var (start, length) in Split(text, specialTokens))
            {
                var rest = text.AsSpan(start, length);
                while (!rest.IsEmpty)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var word = FirstWord(rest);
                    CollectionsMarshal.GetValueRefOrAddDefault(lookup, rest[..word], out _)++;
                    rest = rest[word..];
                }
            }
        }
        return counts;
    }

    /// <summary>The stretches between special tokens; where several begin at one place, the longest one counts.</summary>
    static IEnumerable<(int Start, int Length)> Split(string text, IReadOnlyList<string> specialTokens)
    {
        var next = new int[specialTokens.Count];                 // where each special token occurs next, or -1
        for (var i = 0; i < next.Length; i++) next[i] = text.IndexOf(specialTokens[i], StringComparison.Ordinal);
        var start = 0;
        while (true)
        {
            var first = -1;
            for (var i = 0; i < next.Length; i++)
            {
                if (next[i] >= 0 && next[i] < start) next[i] = text.IndexOf(specialTokens[i], start, StringComparison.Ordinal);
                if (next[i] < 0) continue;
                if (first < 0 || next[i] < next[first]
                    || (next[i] == next[first] && specialTokens[i].Length > specialTokens[first].Length)) first = i;
            }
            if (first < 0) break;
            yield return (start, next[first] - start);
            start = next[first] + specialTokens[first].Length;
        }
        yield return (start, text.Length - start);
    }

    /// <summary>
    /// The length in chars of the first match of GPT-2's pattern, by hand because .NET's regular expressions see UTF-16 units:
    /// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>
    /// </summary>
    static int FirstWord(ReadOnlySpan<char> text)
    {
        var contraction = Contraction(text);
        if (contraction > 0) return contraction;

        var blank = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var kind = KindAt(text[blank..], out var width);
        if (kind != Kind.Space)
        {
            var end = blank + width;
            while (end < text.Length && KindAt(text[end..], out width) == kind) end += width;
            return end;
        }

        // A run of white space, of which the last character goes to the word that follows, if one does.
        var run = 0;
        var last = 0;
        while (run < text.Length && KindAt(text[run..], out width) == Kind.Space)
        {
            last = run;
            run += width;
        }
        return run == text.Length || last == 0 ? run : last;
    }

    static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'') return 0;
        if (text[1] is 's' or 't' or 'm' or 'd') return 2;
        return text.Length > 2 && text[1..3] is "re" or "ve" or "ll" ? 3 : 0;
    }

    enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }

    static Kind KindAt(ReadOnlySpan<char> text, out int width)
    {
        Rune.DecodeFromUtf16(text, out var rune, out width);     // a lone surrogate counts as U+FFFD, one unit wide
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
