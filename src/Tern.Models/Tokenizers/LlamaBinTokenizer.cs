using System.Buffers.Binary;
using System.Text;
using Tern.Models.Files;
using Tern.Models.Tokenizers.Models;
using Tern.Models.Tokenizers.Normalizers;

namespace Tern.Models.Tokenizers;

/// <summary>
/// The vocabulary of llama2.c (tok512.bin): int32 longest piece, then per token float32 score, int32 length, bytes; little endian.
/// Ids 0 unknown, 1 BOS, 2 EOS; 3 to 258 are the bytes where the file has byte fallback. Pieces hold real blanks.
/// </summary>
public static class LlamaBinTokenizer
{
    const int MaxPieceBytes = 1 << 16;

    /// <exception cref="ModelFormatException">The file is truncated or not of this layout.</exception>
    public static PipelineTokenizer Load(string path) => Parse(DiskFile.ReadAllBytes(path), path);

    /// <param name="file">The whole file.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ModelFormatException">The file is truncated or not of this layout.</exception>
    public static PipelineTokenizer Parse(ReadOnlySpan<byte> file, string path)
    {
        if (file.Length < 4) throw new ModelFormatException(path, "too short for a llama2.c tokenizer (tok*.bin)");
        var longest = BinaryPrimitives.ReadInt32LittleEndian(file);
        if (longest is < 1 or > MaxPieceBytes) throw new ModelFormatException(path, $"offset 0: longest token of {longest} bytes; this is not a llama2.c tokenizer");

        var (pieces, scores, kinds) = (new List<string>(), new List<float>(), new List<TokenKind>());
        for (var at = 4; at < file.Length;)
        {
            if (file.Length - at < 8) throw new ModelFormatException(path, $"offset {at}: token {pieces.Count} is cut off; get the file again");
            var score = BinaryPrimitives.ReadSingleLittleEndian(file[at..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[(at + 4)..]);
            at += 8;
            if (length < 0 || length > file.Length - at || length > MaxPieceBytes)
                throw new ModelFormatException(path, $"offset {at - 4}: token {pieces.Count} has {length} bytes, {file.Length - at} are left; the file is damaged or cut off");
            if (!float.IsFinite(score)) throw new ModelFormatException(path, $"offset {at - 8}: token {pieces.Count} has the score {score}");
            var piece = Encoding.UTF8.GetString(file.Slice(at, length)).Replace(' ', '\u2581');
            // The exporter spells BOS and EOS with line breaks around.
            pieces.Add(pieces.Count < 3 ? piece.Trim('\n') : piece);
            scores.Add(score);
            kinds.Add(KindOf(pieces.Count - 1, piece));
            at += length;
        }
        if (pieces.Count < 4) throw new ModelFormatException(path, $"only {pieces.Count} tokens; this is not a llama2.c tokenizer");

        try
        {
            return Build(new Vocabulary(pieces, kinds, scores));
        }
        catch (TernException problem) when (problem is not ModelFormatException)
        {
            throw new ModelFormatException(path, problem.Message, problem);
        }
    }

    static TokenKind KindOf(int id, string piece) => id switch
    {
        0 => TokenKind.Unknown,
        1 or 2 => TokenKind.Control,
        _ => Vocabulary.TryParseByte(piece, out _) ? TokenKind.Byte : TokenKind.Normal,
    };

    static PipelineTokenizer Build(Vocabulary vocabulary) => new(new TokenizerParts
    {
        Model = BpeModel.FromScores(vocabulary, unknownId: 0, byteFallback: vocabulary.ByteIds() is not null),
        Normalizer = new NormalizerSequence([new ReplaceText(" ", "\u2581"), new Prepend("\u2581")]),
        Decoder = SentencePieceDecoder,
        AddedTokens = [new AddedToken(1, vocabulary[1], Special: true), new AddedToken(2, vocabulary[2], Special: true)],
        Prefix = [1],
        BosTokenId = 1,
        EosTokenId = 2,
    });

    /// <summary>Blanks, bytes, and the dummy prefix: the decoder of all SentencePiece vocabularies.</summary>
    internal static PieceDecoder SentencePieceDecoder { get; } = new(
        new DecodeStep.Replace("\u2581", " "), new DecodeStep.ByteFallback(), new DecodeStep.StripFirst());
}
