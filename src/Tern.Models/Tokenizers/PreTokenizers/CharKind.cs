using System.Globalization;

namespace Tern.Models.Tokenizers.PreTokenizers;

/// <summary>The four classes that pre-tokenizer patterns tell apart, by one table look-up: \p{L}, \p{N}, \s and the rest.</summary>
static class CharKind
{
    public const byte Other = 0, Letter = 1, Number = 2, Blank = 4;

    static readonly byte[] Table = Fill();

    static byte[] Fill()
    {
        var table = new byte[0x10000];
        for (var c = 0; c < table.Length; c++) table[c] = Classify(CharUnicodeInfo.GetUnicodeCategory((char)c), char.IsWhiteSpace((char)c));
        return table;
    }

    static byte Classify(UnicodeCategory category, bool blank) => category switch
    {
        <= UnicodeCategory.OtherLetter => Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
        _ => blank ? Blank : Other,
    };

    /// <summary>The class of the code point at <paramref name="at"/> and how many chars it takes.</summary>
    public static byte At(ReadOnlySpan<char> text, int at, out int length)
    {
        var c = text[at];
        length = 1;
        if (!char.IsHighSurrogate(c) || at + 1 >= text.Length || !char.IsLowSurrogate(text[at + 1])) return Table[c];
        length = 2;
        return Classify(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(c, text[at + 1])), blank: false);
    }

    /// <summary>The end of the run of one class that starts at <paramref name="at"/>.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int at, byte kind)
    {
        while (at < text.Length && At(text, at, out var length) == kind) at += length;
        return at;
    }
}
