namespace Tern.Models.Tokenizers.PreTokenizers;

/// <summary>Respells words in GPT-2's alphabet, after cutting them by GPT-2's pattern where asked.</summary>
/// <param name="AddPrefixSpace">Put a blank before each word that does not begin with one.</param>
/// <param name="UseRegex">Cut by the pattern of GPT-2 first.</param>
public sealed record ByteLevel(bool AddPrefixSpace = false, bool UseRegex = true) : PreTokenizer
{
    static readonly Split Gpt2 = new(WordPattern.Gpt2Regex);

    internal override void Apply(Words words)
    {
        if (AddPrefixSpace) words.Respell(i => words[i][0] != ' ', ' ', ' ', ' ');
        if (UseRegex) Gpt2.Apply(words);
        words.RespellAsBytes();
    }
}

/// <summary>Where <see cref="Metaspace"/> puts its mark in front.</summary>
public enum PrependScheme
{
    Never,
    First,
    Always,
}

/// <summary>Blanks become "▁", one more goes in front, and each starts a word.</summary>
public sealed record Metaspace(char Replacement = '\u2581', PrependScheme Scheme = PrependScheme.Always, bool Split = true) : Splitter
{
    internal override void Apply(Words words)
    {
        words.Respell(
            i => (Scheme == PrependScheme.Always || Scheme == PrependScheme.First && words.AtStart && i == 0)
                && words[i][0] != ' ' && words[i][0] != Replacement,
            Replacement, ' ', Replacement);
        if (Split) words.CutEach(this);
    }

    internal override void Cut(ReadOnlySpan<char> word, Words words)
    {
        // Every mark starts a word: a run of blanks gives as many words.
        var start = 0;
        for (var at = 1; at <= word.Length; at++)
        {
            if (at < word.Length && word[at] != Replacement) continue;
            words.Keep(start, at - start);
            start = at;
        }
    }
}

/// <summary>\w+|[^\w\s]+</summary>
public sealed record Whitespace : Splitter
{
    static readonly PreTokenizers.Split Pattern = new(@"\w+|[^\w\s]+", behavior: SplitBehavior.Removed, invert: true);

    internal override void Cut(ReadOnlySpan<char> word, Words words) => Pattern.Cut(word, words);
}

/// <summary>Cuts at white space, which is dropped.</summary>
public sealed record WhitespaceSplit : Splitter
{
    internal override void Cut(ReadOnlySpan<char> word, Words words)
    {
        for (var at = 0; at < word.Length;)
        {
            var start = at;
            while (at < word.Length && !char.IsWhiteSpace(word[at])) at++;
            words.Keep(start, at - start);
            while (at < word.Length && char.IsWhiteSpace(word[at])) at++;
        }
    }
}

/// <summary>White space is dropped, each punctuation character is a word.</summary>
public sealed record BertPreTokenizer : Splitter
{
    internal override void Cut(ReadOnlySpan<char> word, Words words)
    {
        var start = 0;
        for (var at = 0; at < word.Length;)
        {
            var length = Punctuation.LengthAt(word, at, out var isPunctuation);
            if (isPunctuation || char.IsWhiteSpace(word[at]))
            {
                words.Keep(start, at - start);
                if (isPunctuation) words.Keep(at, length);
                start = at + length;
            }
            at += length;
        }
        words.Keep(start, word.Length - start);
    }
}

/// <summary>Cuts around digits, each by itself or in runs.</summary>
public sealed record Digits(bool IndividualDigits = false) : Splitter
{
    internal override void Cut(ReadOnlySpan<char> word, Words words)
    {
        for (var at = 0; at < word.Length;)
        {
            var start = at;
            var isDigit = CharKind.At(word, at, out var length) == CharKind.Number;
            at += length;
            while (!(isDigit && IndividualDigits) && at < word.Length && CharKind.At(word, at, out length) == CharKind.Number == isDigit) at += length;
            words.Keep(start, at - start);
        }
    }
}

/// <summary>Cuts at punctuation: ASCII symbols and \p{P}.</summary>
public sealed record Punctuation(SplitBehavior Behavior = SplitBehavior.Isolated) : Splitter
{
    internal override void Cut(ReadOnlySpan<char> word, Words words)
    {
        List<(int Start, int Length)> found = [];
        for (var at = 0; at < word.Length;)
        {
            var length = LengthAt(word, at, out var isPunctuation);
            if (isPunctuation) found.Add((at, length));
            at += length;
        }
        PreTokenizers.Split.Report(word.Length, found, Behavior, invert: false, words);
    }

    internal static int LengthAt(ReadOnlySpan<char> text, int at, out bool isPunctuation)
    {
        var pair = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
        isPunctuation = char.IsAsciiLetterOrDigit(text[at]) ? false
            : text[at] is > ' ' and < '\x7F' || IsPunctuation(pair ? System.Globalization.CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[at], text[at + 1])) : char.GetUnicodeCategory(text[at]));
        return pair ? 2 : 1;
    }

    static bool IsPunctuation(System.Globalization.UnicodeCategory category) => category
        is >= System.Globalization.UnicodeCategory.ConnectorPunctuation and <= System.Globalization.UnicodeCategory.OtherPunctuation;
}
