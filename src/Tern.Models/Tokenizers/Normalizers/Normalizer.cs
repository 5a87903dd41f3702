namespace Tern.Models.Tokenizers.Normalizers;

/// <summary>Rewrites a text before it is cut: Unicode forms, case, blanks.</summary>
public abstract record Normalizer
{
    /// <param name="text">A fragment between added tokens.</param>
    /// <param name="atStart">Whether it is the start of the whole text.</param>
    internal abstract string Normalize(string text, bool atStart);
}

/// <summary>One after the other.</summary>
public sealed record NormalizerSequence(IReadOnlyList<Normalizer> Steps) : Normalizer
{
    const int MaxGrowth = 1024;    // no real normaliser comes near; chains of replacements could double the text each

    internal override string Normalize(string text, bool atStart)
    {
        var longest = MaxGrowth * (long)text.Length + MaxGrowth;
        foreach (var step in Steps)
        {
            text = step.Normalize(text, atStart);
            if (text.Length > longest) throw new TernException($"tokenizer: the normalizer makes the text more than {MaxGrowth} times as long; the tokenizer file is not sane");
        }
        return text;
    }
}

/// <summary>Puts a text in front, the dummy prefix of SentencePiece above all. Empty fragments stay empty.</summary>
/// <param name="Text">Usually "▁".</param>
/// <param name="FirstOnly">Only at the start of the whole text, not behind each added token.</param>
public sealed record Prepend(string Text, bool FirstOnly = false) : Normalizer
{
    internal override string Normalize(string text, bool atStart) => text.Length == 0 || FirstOnly && !atStart ? text : Text + text;
}

/// <summary>Plain replacement.</summary>
public sealed record ReplaceText(string Pattern, string Content) : Normalizer
{
    internal override string Normalize(string text, bool atStart) =>
        Pattern.Length == 0 ? text : text.Replace(Pattern, Content, StringComparison.Ordinal);
}

/// <summary>Drops white space at the ends.</summary>
public sealed record Strip(bool Left, bool Right) : Normalizer
{
    internal override string Normalize(string text, bool atStart) =>
        Left && Right ? text.Trim() : Left ? text.TrimStart() : Right ? text.TrimEnd() : text;
}

/// <summary>Drops blanks (U+0020 only) at both ends, as SentencePiece does.</summary>
public sealed record StripBlanks : Normalizer
{
    internal override string Normalize(string text, bool atStart) => text.Trim(' ');
}
