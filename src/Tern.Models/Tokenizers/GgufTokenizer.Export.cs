using Tern.Models.Tokenizers.Models;
using Tern.Models.Tokenizers.Normalizers;
using Tern.Models.Tokenizers.PreTokenizers;

namespace Tern.Models.Tokenizers;

/// <content>Export.</content>
public static partial class GgufTokenizer
{
    /// <summary>
    /// The key-values (tokenizer.ggml.*) with which llama.cpp gives the same ids, in the usual order; arrays are string[], float[] and int[],
    /// ids are uint.
    /// </summary>
    /// <exception cref="TernException">llama.cpp has no tokenizer of this kind.</exception>
    public static OrderedDictionary<string, object> ToMetadata(Tokenizer tokenizer)
    {
        if (tokenizer is not PipelineTokenizer pipeline) throw new TernException($"a {tokenizer.GetType().Name} cannot be written to GGUF");
        var parts = pipeline.Parts;
        var metadata = new OrderedDictionary<string, object>();
        switch (parts.Model)
        {
            case BpeModel bpe when parts.Decoder.Steps.Any(step => step is DecodeStep.ByteLevel):
                PutByteLevel(metadata, bpe, parts);
                break;
            case BpeModel bpe:
                PutHeader(metadata, "llama", "default", parts);
                metadata[Prefix + "scores"] = bpe.Vocabulary.Scores ?? ScoresOf(bpe);
                PutKinds(metadata, parts);
                metadata[Prefix + "add_space_prefix"] = AddsPrefix(parts);
                break;
            case UnigramModel unigram:
                PutHeader(metadata, "t5", "default", parts);
                metadata[Prefix + "scores"] = unigram.Vocabulary.Scores!;
                PutKinds(metadata, parts);
                metadata[Prefix + "add_space_prefix"] = AddsPrefix(parts);
                if (Steps(parts.Normalizer).OfType<Precompiled>().FirstOrDefault() is { } charsmap) metadata[Prefix + "precompiled_charsmap"] = charsmap.Charsmap.ToArray();
                metadata[Prefix + "remove_extra_whitespaces"] = Steps(parts.Normalizer).Any(step => step is StripBlanks or Strip);
                break;
            case WordPieceModel:
                PutHeader(metadata, "bert", "default", parts, Phantom);
                PutKinds(metadata, parts);
                break;
            default:
                throw new TernException($"GGUF: the tokenizer model {parts.Model.GetType().Name} has no counterpart");
        }
        PutIds(metadata, parts);
        return metadata;
    }

    static void PutByteLevel(OrderedDictionary<string, object> metadata, BpeModel bpe, TokenizerParts parts)
    {
        var pre = GgufPreTokenizers.NameOf(parts.PreTokenizer, bpe.IgnoreMerges)
            ?? throw new TernException("GGUF: llama.cpp has no name for this pre-tokenizer, so the file would give other ids; keep the model as safetensors");
        PutHeader(metadata, "gpt2", pre, parts);
        PutKinds(metadata, parts);
        metadata[Prefix + "merges"] = bpe.MergesByRank().Select(merge => $"{bpe.Vocabulary[merge.Left]} {bpe.Vocabulary[merge.Right]}").ToArray();
    }

    static void PutHeader(
        OrderedDictionary<string, object> metadata, string model, string pre, TokenizerParts parts, Func<string, TokenKind, string>? respell = null)
    {
        metadata[Prefix + "model"] = model;
        metadata[Prefix + "pre"] = pre;
        var vocabulary = parts.Model.Vocabulary;
        var tokens = new string[vocabulary.Size];
        for (var id = 0; id < tokens.Length; id++)
        {
            var piece = vocabulary[id].Length > 0 ? vocabulary[id] : $"[PAD{id}]";   // llama.cpp wants every id spelled, each in its own way
            tokens[id] = respell is null ? piece : respell(piece, vocabulary.KindOf(id));
        }
        foreach (var token in parts.AddedTokens) tokens[token.Id] = token.Content;
        metadata[Prefix + "tokens"] = tokens;
    }

    static void PutKinds(OrderedDictionary<string, object> metadata, TokenizerParts parts)
    {
        var vocabulary = parts.Model.Vocabulary;
        var kinds = new int[vocabulary.Size];
        for (var id = 0; id < kinds.Length; id++) kinds[id] = (int)vocabulary.KindOf(id);
        foreach (var token in parts.AddedTokens)
            if (vocabulary.KindOf(token.Id) != TokenKind.Unknown) kinds[token.Id] = (int)(token.Special ? TokenKind.Control : TokenKind.UserDefined);
        metadata[Prefix + "token_type"] = kinds;
    }

    static void PutIds(OrderedDictionary<string, object> metadata, TokenizerParts parts)
    {
        void Put(string name, int? id)
        {
            if (id is { } known) metadata[Prefix + name + "_token_id"] = (uint)known;
        }

        Put("bos", parts.BosTokenId);
        Put("eos", parts.EosTokenId);
        Put("unknown", parts.Model.UnknownId);
        Put("padding", parts.PadTokenId);
        if (parts.Model is WordPieceModel)
        {
            Put("cls", parts.Prefix is [var first, ..] ? first : null);
            Put("seperator", parts.Suffix is [.., var last] ? last : null);    // the key is spelled so
        }
        metadata[Prefix + "add_bos_token"] = parts.Prefix.Count > 0;
        metadata[Prefix + "add_eos_token"] = parts.Suffix.Count > 0;
    }

    // Merges give scores: the earlier a piece can be built, the better. Pieces that no merge builds cannot win one.
    static float[] ScoresOf(BpeModel bpe)
    {
        var scores = new float[bpe.Vocabulary.Size];
        var rank = 0;
        var seen = new HashSet<int>();
        foreach (var (_, _, merged) in bpe.MergesByRank())
            if (seen.Add(merged)) scores[merged] = -rank++;
        for (var id = 0; id < scores.Length; id++)
            if (!seen.Contains(id) && bpe.Vocabulary.KindOf(id) == TokenKind.Normal) scores[id] = -rank - id;
        return scores;
    }

    static string Phantom(string piece, TokenKind kind) => kind is TokenKind.Control or TokenKind.Unknown ? piece
        : piece.StartsWith("##", StringComparison.Ordinal) ? piece[2..] : "\u2581" + piece;

    static bool AddsPrefix(TokenizerParts parts) =>
        Steps(parts.Normalizer).Any(step => step is Prepend) || parts.PreTokenizer is Metaspace { Scheme: not PrependScheme.Never };

    static IEnumerable<Normalizer> Steps(Normalizer? normalizer) => normalizer switch
    {
        null => [],
        NormalizerSequence sequence => sequence.Steps.SelectMany(Steps),
        _ => [normalizer],
    };
}
