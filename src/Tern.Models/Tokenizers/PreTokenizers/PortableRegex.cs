using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tern.Models.Tokenizers.PreTokenizers;

/// <summary>
/// A regular expression written for Oniguruma or Rust, on .NET. Two differences matter: possessive quantifiers and \x{...}
/// are respelled, and since .NET matches UTF-16 units, each code point beyond the BMP is shown to it as one BMP character of
/// the same general category. Expressions without look-around run in time linear in the text; the others have a timeout.
/// </summary>
sealed class PortableRegex
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    // Han as .NET cannot name scripts: radicals, numerals, unified and compatibility ideographs of the BMP.
    const string Han = @"\u2E80-\u2FD5\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAD9";

    readonly Regex regex;
    readonly string source;

    /// <exception cref="TernException">The expression is not valid.</exception>
    public PortableRegex(string pattern)
    {
        source = pattern;
        try
        {
            var translated = Translate(pattern);
            var looksAround = translated.Contains("(?=") || translated.Contains("(?!") || translated.Contains("(?<") || translated.Contains("(?>") || translated.Contains("\\1");
            regex = looksAround
                ? new Regex(translated, RegexOptions.CultureInvariant, Timeout)
                : new Regex(translated, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Timeout);
        }
        catch (Exception problem) when (problem is ArgumentException or NotSupportedException)
        {
            throw new TernException($"tokenizer: the pattern {pattern} cannot be used: {problem.Message}", problem);
        }
    }

    /// <summary>Appends all matches that are not empty.</summary>
    /// <exception cref="TernException">The expression takes too long on this text.</exception>
    public void Find(ReadOnlySpan<char> text, List<(int Start, int Length)> found)
    {
        try
        {
            if (text.IndexOfAnyInRange('\uD800', '\uDBFF') >= 0)
            {
                FindBeyondPlane0(text, found);
                return;
            }
            foreach (var match in regex.EnumerateMatches(text))
                if (match.Length > 0) found.Add((match.Index, match.Length));
        }
        catch (RegexMatchTimeoutException problem)
        {
            throw new TernException($"tokenizer: the pattern {source} takes more than {Timeout.TotalSeconds:0} s on this text; shorten the text", problem);
        }
    }

    /// <summary>The text with every match replaced.</summary>
    public string Replace(string text, string content)
    {
        List<(int Start, int Length)> found = [];
        Find(text, found);
        if (found.Count == 0) return text;
        var result = new StringBuilder(text.Length);
        var at = 0;
        foreach (var (start, length) in found)
        {
            result.Append(text.AsSpan(at, start - at)).Append(content);
            at = start + length;
        }
        return result.Append(text.AsSpan(at)).ToString();
    }

    void FindBeyondPlane0(ReadOnlySpan<char> text, List<(int Start, int Length)> found)
    {
        var folded = new char[text.Length];
        var origin = new int[text.Length + 1];
        var count = 0;
        for (var at = 0; at < text.Length;)
        {
            origin[count] = at;
            var pair = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
            folded[count++] = pair ? StandIn(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[at], text[at + 1]))) : text[at];
            at += pair ? 2 : 1;
        }
        origin[count] = text.Length;
        foreach (var match in regex.EnumerateMatches(folded.AsSpan(0, count)))
            if (match.Length > 0) found.Add((origin[match.Index], origin[match.Index + match.Length] - origin[match.Index]));
    }

    // Characters that no pattern in use names, not even by a range: outside U+0800 to U+9FFF and Hangul.
    static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\uA7AA',
        UnicodeCategory.LowercaseLetter => '\uA7FA',
        UnicodeCategory.ModifierLetter => '\uA717',
        UnicodeCategory.OtherLetter => '\uA000',
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => '\uA8C4',
        UnicodeCategory.DecimalDigitNumber => '\uA620',
        UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => '\uA6E6',
        UnicodeCategory.MathSymbol => '\uFB29',
        UnicodeCategory.OtherPunctuation or UnicodeCategory.DashPunctuation => '\uA6F2',
        UnicodeCategory.Format => '\uFFF9',
        UnicodeCategory.OtherNotAssigned => '\u0378',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\uA490',
    };

    static string Translate(string pattern)
    {
        var result = new StringBuilder(pattern.Length);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                i = TranslateEscape(pattern, i, inClass, result);
                continue;
            }
            if (char.IsHighSurrogate(c) && i + 1 < pattern.Length && inClass)
            {
                // Only stand-ins are seen in their place: leave them out, with the range they may open.
                i++;
                if (i + 3 < pattern.Length && pattern[i + 1] == '-' && char.IsHighSurrogate(pattern[i + 2])) i += 3;
                continue;
            }
            if (c == '[' && inClass)
            {
                result.Append('\\');    // a bracket in a class is itself; .NET could take it for subtraction
            }
            else if (c == '[')
            {
                inClass = true;
            }
            else if (c == ']' && !(inClass && (pattern[i - 1] == '[' || i > 1 && pattern[i - 1] == '^' && pattern[i - 2] == '[')))
            {
                inClass = false;
            }
            else if (c == '+' && !inClass && i > 0 && pattern[i - 1] is '+' or '*' or '?' or '}' && !(i > 1 && pattern[i - 2] == '\\'))
            {
                if (c == '+') continue;   // possessive: in tokenizer patterns the class behind is disjoint, so giving back never helps
            }
            result.Append(c);
        }
        return result.ToString();
    }

    static int TranslateEscape(string pattern, int at, bool inClass, StringBuilder result)
    {
        var rest = pattern.AsSpan(at);
        if (rest.StartsWith(@"\p{Han}"))
        {
            result.Append(inClass ? Han : $"[{Han}]");
            return at + 6;
        }
        if (rest.StartsWith(@"\x{") && rest.IndexOf('}') is > 3 and var end
            && int.TryParse(rest[3..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && code < 0x10000)
        {
            result.Append(CultureInfo.InvariantCulture, $@"\u{code:X4}");
            return at + end;
        }
        result.Append(pattern, at, 2);
        return at + 1;
    }
}
