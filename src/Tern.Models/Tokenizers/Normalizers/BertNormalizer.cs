using System.Globalization;
using System.Text;

namespace Tern.Models.Tokenizers.Normalizers;

/// <summary>Lower case, without tailoring to a language (U+0130 becomes i and a dot above, as Unicode asks).</summary>
public sealed record Lowercase : Normalizer
{
    internal override string Normalize(string text, bool atStart) => Apply(text);

    internal static string Apply(string text)
    {
        if (text.Contains('\u0130')) text = text.Replace("\u0130", "i\u0307", StringComparison.Ordinal);
        return text.ToLowerInvariant();
    }
}

/// <summary>Drops nonspacing marks (Mn); they only stand alone after decomposition.</summary>
public sealed record StripAccents : Normalizer
{
    internal override string Normalize(string text, bool atStart)
    {
        if (Ascii.IsValid(text)) return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark) result.Append(rune);
        return result.ToString();
    }
}

/// <summary>The normaliser of BERT (Devlin et al. 2018): no control characters, plain blanks, Chinese characters apart, optionally lower case without accents.</summary>
/// <param name="CleanText">Drop control characters; every white space becomes a blank.</param>
/// <param name="HandleChineseChars">Put blanks around ideographs.</param>
/// <param name="StripsAccents">Null: as <paramref name="LowercasesText"/>.</param>
/// <param name="LowercasesText">Lower case.</param>
public sealed record BertNormalizer(bool CleanText = true, bool HandleChineseChars = true, bool? StripsAccents = null, bool LowercasesText = true) : Normalizer
{
    static readonly StripAccents Stripper = new();

    internal override string Normalize(string text, bool atStart)
    {
        if (CleanText || HandleChineseChars) text = Clean(text);
        if (StripsAccents ?? LowercasesText) text = Stripper.Normalize(UnicodeForms.Normalize(text, UnicodeForm.Nfd), atStart);
        return LowercasesText ? Lowercase.Apply(text) : text;
    }

    string Clean(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (CleanText && IsControl(rune)) continue;
            if (CleanText && Rune.IsWhiteSpace(rune)) result.Append(' ');
            else if (HandleChineseChars && IsChinese(rune.Value)) result.Append(' ').Append(rune).Append(' ');
            else result.Append(rune);
        }
        return result.ToString();
    }

    static bool IsControl(Rune rune)
    {
        if (rune.Value is '\t' or '\n' or '\r') return false;
        return rune.Value is 0 or 0xFFFD || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse;
    }

    static bool IsChinese(int code) => code is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF
        or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;
}

/// <summary>Replacement by regular expression.</summary>
public sealed record ReplaceRegex : Normalizer
{
    readonly PreTokenizers.PortableRegex regex;

    /// <exception cref="TernException">The expression is not valid.</exception>
    public ReplaceRegex(string pattern, string content)
    {
        (Pattern, Content) = (pattern, content);
        regex = new PreTokenizers.PortableRegex(pattern);
    }

    public string Pattern { get; }

    public string Content { get; }

    internal override string Normalize(string text, bool atStart) => regex.Replace(text, Content);
}
