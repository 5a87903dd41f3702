namespace Tern.Models.Tokenizers.Models;

/// <summary>The algorithm that turns one word into tokens: BPE, Unigram, WordPiece. Immutable, safe to share.</summary>
public abstract class TokenModel
{
    protected TokenModel(Vocabulary vocabulary) => Vocabulary = vocabulary;

    public Vocabulary Vocabulary { get; }

    /// <summary>The token of what the vocabulary cannot spell, or null (then such text is left out).</summary>
    public int? UnknownId { get; init; }

    /// <summary>Appends the tokens of one word (a piece that no token may cross).</summary>
    internal abstract void Encode(ReadOnlySpan<char> word, List<int> ids);

    /// <summary>Reads one code point; a lone surrogate counts as U+FFFD, of one char.</summary>
    private protected static int RuneAt(ReadOnlySpan<char> text, int at, out int length)
    {
        var c = text[at];
        length = 1;
        if (!char.IsSurrogate(c)) return c;
        if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(c, text[at + 1]);
        }
        return 0xFFFD;
    }
}
