using System.Globalization;
using System.Runtime.InteropServices;
using Tern.Models.Tokenizers.Models;
using Tern.Models.Tokenizers.Normalizers;
using Tern.Models.Tokenizers.PreTokenizers;

namespace Tern.Models.Tokenizers;

/// <summary>
/// The tokenizers of GGUF files (keys tokenizer.ggml.*): "llama" (SentencePiece BPE by scores), "gpt2" (byte-level BPE with one of many
/// pre-tokenizers), "bert" (WordPiece) and "t5" (Unigram). Gives the ids that llama.cpp gives.
/// </summary>
public static partial class GgufTokenizer
{
    const string Prefix = "tokenizer.ggml.";

    /// <param name="metadata">The key-values: boxed scalars, strings, and typed arrays.</param>
    /// <exception cref="TernException">The vocabulary is missing, inconsistent, or of a kind that Tern does not know.</exception>
    public static PipelineTokenizer From(IReadOnlyDictionary<string, object> metadata)
    {
        var source = new Source(metadata);
        var kind = source.Text("model") ?? throw new TernException("GGUF: the key tokenizer.ggml.model is missing; the file holds no tokenizer");
        var parts = kind switch
        {
            "llama" => OfLlama(source),
            "gpt2" => OfGpt2(source),
            "bert" => OfBert(source),
            "t5" => OfT5(source),
            _ => throw new TernException($"GGUF: tokenizer.ggml.model '{kind}' is not supported; known are llama, gpt2, bert, t5"),
        };
        return new PipelineTokenizer(parts);
    }

    static TokenizerParts OfLlama(Source source)
    {
        var vocabulary = source.Vocabulary(needsScores: true);
        var unknown = source.Id("unknown") ?? 0;
        var normalizers = new List<Normalizer> { new ReplaceText(" ", "\u2581") };
        var prefixed = source.Flag("add_space_prefix") ?? true;
        if (prefixed) normalizers.Add(new Prepend("\u2581"));
        DecodeStep[] decode = [new DecodeStep.Replace("\u2581", " "), new DecodeStep.ByteFallback()];
        return source.Around(vocabulary, addsBos: true, addsEos: false) with
        {
            Model = BpeModel.FromScores(vocabulary, unknown, vocabulary.ByteIds() is not null),
            Normalizer = new NormalizerSequence(normalizers),
            Decoder = new PieceDecoder(prefixed ? [.. decode, new DecodeStep.StripFirst()] : decode),
        };
    }

    static TokenizerParts OfGpt2(Source source)
    {
        var vocabulary = source.Vocabulary(needsScores: false);
        var pairs = new List<(string, string)>();
        foreach (var merge in source.Texts("merges") ?? throw new TernException("GGUF: tokenizer.ggml.merges is missing"))
        {
            var blank = merge.IndexOf(' ', 1 <= merge.Length ? 1 : 0);
            if (blank < 0) throw new TernException($"GGUF: tokenizer.ggml.merges[{pairs.Count}] '{merge}' is not a pair");
            pairs.Add((merge[..blank], merge[(blank + 1)..]));
        }
        var pre = source.Text("pre") ?? "default";
        var recipe = GgufPreTokenizers.Of(pre);
        return source.Around(vocabulary, recipe.AddsBos, addsEos: false) with
        {
            Model = new BpeModel(vocabulary, pairs) { IgnoreMerges = recipe.IgnoreMerges },
            PreTokenizer = recipe.Build(source.Flag("add_space_prefix") ?? false),
            Decoder = new PieceDecoder(new DecodeStep.ByteLevel()),
        };
    }

    // The file spells the start of a word "▁the" and a continuation "ing"; BERT itself says "the" and "##ing".
    static TokenizerParts OfBert(Source source)
    {
        var vocabulary = source.Vocabulary(needsScores: false, (piece, kind) =>
            kind is TokenKind.Control or TokenKind.Unknown ? piece : piece.StartsWith('\u2581') ? piece[1..] : "##" + piece);
        var (first, last) = (source.Id("cls") ?? source.Id("bos"), source.Id("seperator") ?? source.Id("separator") ?? source.Id("eos"));
        return source.Around(vocabulary, addsBos: false, addsEos: false) with
        {
            Model = new WordPieceModel(vocabulary) { UnknownId = source.Id("unknown") },
            Normalizer = new BertNormalizer(),
            PreTokenizer = new BertPreTokenizer(),
            Decoder = new PieceDecoder(new DecodeStep.WordPiece()),
            Prefix = first is { } cls && (source.Flag("add_bos_token") ?? true) ? [cls] : [],
            Suffix = last is { } sep && (source.Flag("add_eos_token") ?? true) ? [sep] : [],
            BosTokenId = first,
            EosTokenId = last,
        };
    }

    static TokenizerParts OfT5(Source source)
    {
        var vocabulary = source.Vocabulary(needsScores: true);
        var normalizers = new List<Normalizer>();
        if (source.Bytes("precompiled_charsmap") is { Length: > 0 } charsmap) normalizers.Add(new Precompiled(charsmap));
        if (source.Flag("remove_extra_whitespaces") ?? false) normalizers.AddRange([new Strip(true, true), new ReplaceRegex(" {2,}", " ")]);
        normalizers.Add(new ReplaceText(" ", "\u2581"));
        var prefixed = source.Flag("add_space_prefix") ?? true;
        if (prefixed) normalizers.Add(new Prepend("\u2581"));
        DecodeStep[] decode = [new DecodeStep.Replace("\u2581", " "), new DecodeStep.ByteFallback()];
        return source.Around(vocabulary, addsBos: false, addsEos: true) with
        {
            Model = new UnigramModel(vocabulary) { UnknownId = source.Id("unknown") ?? 2, ByteFallback = vocabulary.ByteIds() is not null },
            Normalizer = new NormalizerSequence(normalizers),
            Decoder = new PieceDecoder(prefixed ? [.. decode, new DecodeStep.StripFirst()] : decode),
        };
    }

    /// <summary>Typed, checked access to the keys.</summary>
    sealed class Source(IReadOnlyDictionary<string, object> metadata)
    {
        public string? Text(string key) => metadata.GetValueOrDefault(Prefix + key) as string;

        public bool? Flag(string key) => metadata.GetValueOrDefault(Prefix + key) as bool?;

        public string[]? Texts(string key) => metadata.GetValueOrDefault(Prefix + key) as string[];

        /// <summary>The key "NAME_token_id"; absent ids are missing or beyond the vocabulary (-1 as uint32).</summary>
        public int? Id(string name)
        {
            if (!metadata.TryGetValue(Prefix + name + "_token_id", out var value) || value is string or Array) return null;
            var id = Convert.ToInt64(value, CultureInfo.InvariantCulture);
            return id >= 0 && id < (Texts("tokens")?.Length ?? 0) ? (int)id : null;
        }

        public byte[]? Bytes(string key) => metadata.GetValueOrDefault(Prefix + key) switch
        {
            byte[] bytes => bytes,
            sbyte[] bytes => MemoryMarshal.AsBytes<sbyte>(bytes).ToArray(),
            _ => null,
        };

        public Vocabulary Vocabulary(bool needsScores, Func<string, TokenKind, string>? respell = null)
        {
            var tokens = Texts("tokens") ?? throw new TernException("GGUF: tokenizer.ggml.tokens is missing");
            var kinds = Kinds();
            if (respell is not null) tokens = [.. tokens.Select((piece, id) => respell(piece, id < kinds?.Length ? kinds[id] : TokenKind.Normal))];
            var scores = metadata.GetValueOrDefault(Prefix + "scores") as float[];
            if (needsScores && scores is null) throw new TernException("GGUF: tokenizer.ggml.scores is missing");
            return new Vocabulary(tokens, kinds, scores);
        }

        TokenKind[]? Kinds() => metadata.GetValueOrDefault(Prefix + "token_type") switch
        {
            int[] kinds => MemoryMarshal.Cast<int, TokenKind>(kinds).ToArray(),
            uint[] kinds => MemoryMarshal.Cast<uint, TokenKind>(kinds).ToArray(),
            _ => null,
        };

        /// <summary>Special ids, flags, and the tokens that are found in the text; the model still to be filled in.</summary>
        public TokenizerParts Around(Vocabulary vocabulary, bool addsBos, bool addsEos)
        {
            var (bos, eos) = (Id("bos"), Id("eos"));
            addsBos = Flag("add_bos_token") ?? addsBos;
            addsEos = Flag("add_eos_token") ?? addsEos;
            var added = new List<AddedToken>();
            // GGUF has no key for it: llama.cpp knows by the name that Phi-3's markers take the white space behind them along.
            var name = metadata.GetValueOrDefault("general.name") as string ?? "";
            var isPhi3 = name.Contains("phi-3", StringComparison.OrdinalIgnoreCase) || name.Contains("phi3", StringComparison.OrdinalIgnoreCase);
            for (var id = 0; id < vocabulary.Size; id++)
            {
                var kind = vocabulary.KindOf(id);
                if (kind is TokenKind.Control or TokenKind.UserDefined or TokenKind.Unknown && vocabulary[id].Length > 0)
                    added.Add(new AddedToken(id, vocabulary[id], Special: kind != TokenKind.UserDefined) { RStrip = isPhi3 && vocabulary[id] is not ("<unk>" or "<s>" or "<|endoftext|>") });
            }
            return new TokenizerParts
            {
                Model = new Placeholder(vocabulary),
                AddedTokens = added,
                BosTokenId = bos,
                EosTokenId = eos,
                PadTokenId = Id("padding"),
                Prefix = addsBos && bos is { } first ? [first] : [],
                Suffix = addsEos && eos is { } last ? [last] : [],
            };
        }
    }

    sealed class Placeholder(Vocabulary vocabulary) : TokenModel(vocabulary)
    {
        internal override void Encode(ReadOnlySpan<char> word, List<int> ids) => throw new InvalidOperationException();
    }
}
