using System.Text;
using Tern.Models.Tokenizers.PreTokenizers;

namespace Tern.Models.Tokenizers;

/// <summary>One step from the spelling of a piece back to the text it stands for.</summary>
public abstract record DecodeStep
{
    /// <summary>SentencePiece's blank becomes a space; the first one of a text may be the dummy prefix.</summary>
    public sealed record Metaspace(char Replacement = '\u2581', bool DropsFirst = true) : DecodeStep;

    /// <summary>GPT-2's printable alphabet becomes bytes.</summary>
    public sealed record ByteLevel : DecodeStep;

    /// <summary>"&lt;0x41&gt;" becomes a byte.</summary>
    public sealed record ByteFallback : DecodeStep;

    /// <summary>Plain replacement in every piece.</summary>
    public sealed record Replace(string Pattern, string Content) : DecodeStep;

    /// <summary>The text begins with up to this many of these characters that do not belong to it.</summary>
    public sealed record StripFirst(char Content = ' ', int Count = 1) : DecodeStep;

    /// <summary>Pieces without the prefix "##" follow a blank; <paramref name="CleanUp"/> takes it back before punctuation.</summary>
    public sealed record WordPiece(string Prefix = "##", bool CleanUp = true) : DecodeStep;

    /// <summary>The end-of-word mark becomes a blank.</summary>
    public sealed record Suffix(string Mark = "</w>") : DecodeStep;
}

/// <summary>
/// Pieces to bytes. Every piece decodes by itself except that the first of a text may lose one leading blank,
/// so all of it is computed once per vocabulary, and streaming is exact.
/// </summary>
public sealed class PieceDecoder(params DecodeStep[] steps)
{
    const int MaxPieceChars = 1 << 20;

    public IReadOnlyList<DecodeStep> Steps { get; } = steps;

    /// <summary>Whether the first piece of a text loses a leading blank.</summary>
    public bool DropsLeadingBlank { get; } = steps.Any(step => step
        is DecodeStep.Metaspace { DropsFirst: true } or DecodeStep.StripFirst { Content: ' ', Count: > 0 } or DecodeStep.WordPiece);

    /// <summary>The bytes of a piece that follows others.</summary>
    public byte[] BytesOf(string piece)
    {
        foreach (var step in Steps)
        {
            if (piece.Length > MaxPieceChars) throw new TernException($"tokenizer: a token of more than {MaxPieceChars} characters");
            switch (step)
            {
                case DecodeStep.ByteFallback when Vocabulary.TryParseByte(piece, out var value):
                    return [value];
                case DecodeStep.ByteLevel when ByteAlphabet.TryDecode(piece, out var bytes):
                    return bytes;
                case DecodeStep.Metaspace metaspace:
                    piece = piece.Replace(metaspace.Replacement, ' ');
                    break;
                case DecodeStep.Replace { Pattern.Length: > 0 } replace:
                    piece = piece.Replace(replace.Pattern, replace.Content, StringComparison.Ordinal);
                    break;
                case DecodeStep.WordPiece wordPiece:
                    piece = OfWordPiece(piece, wordPiece);
                    break;
                case DecodeStep.Suffix { Mark.Length: > 0 } suffix:
                    piece = piece.Replace(suffix.Mark, " ", StringComparison.Ordinal);
                    break;
            }
        }
        return Encoding.UTF8.GetBytes(piece);
    }

    static string OfWordPiece(string piece, DecodeStep.WordPiece step)
    {
        if (step.Prefix.Length > 0 && piece.StartsWith(step.Prefix, StringComparison.Ordinal)) return piece[step.Prefix.Length..];
        if (step.CleanUp && piece is "." or "?" or "!" or "," or "n't" or "'m" or "'s" or "'ve" or "'re") return piece;
        return " " + piece;
    }
}
