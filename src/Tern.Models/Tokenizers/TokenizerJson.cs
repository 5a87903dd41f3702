using System.Text.Json;
using Tern.Models.Files;
using Tern.Models.Tokenizers.Models;
using Tern.Models.Tokenizers.Normalizers;

namespace Tern.Models.Tokenizers;

/// <summary>
/// The tokenizer.json of Hugging Face: a model (BPE, Unigram, WordPiece), the stages around it, and added tokens.
/// Differs: truncation, padding, dropout and pair templates are not read.
/// </summary>
public static partial class TokenizerJson
{
    const int MaxGap = 1 << 16;    // ids

    /// <exception cref="ModelFormatException">The file is damaged or uses a part that Tern does not know.</exception>
    public static PipelineTokenizer Load(string path) => Parse(DiskFile.ReadAllBytes(path), path);

    /// <param name="json">The whole file, UTF-8.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ModelFormatException">The file is damaged or uses a part that Tern does not know.</exception>
    public static PipelineTokenizer Parse(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
            using var document = JsonDocument.Parse(json);
            return new PipelineTokenizer(ReadParts(document.RootElement));
        }
        catch (JsonException problem)
        {
            throw new ModelFormatException(path, $"not valid JSON: {problem.Message}", problem);
        }
        catch (Exception problem) when (problem is InvalidOperationException or FormatException or KeyNotFoundException or IndexOutOfRangeException)
        {
            // A value of another kind than expected, or text that is not Unicode.
            throw new ModelFormatException(path, $"not a tokenizer.json: {problem.Message}", problem);
        }
        catch (TernException problem) when (problem is not ModelFormatException)
        {
            throw new ModelFormatException(path, problem.Message, problem);
        }
    }

    static TokenizerParts ReadParts(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model", out var modelJson))
            throw new TernException("there is no \"model\"; this is not a tokenizer.json");
        var added = ReadAddedTokens(root);
        var model = ReadModel(modelJson, added);
        var (prefix, suffix) = ReadTemplate(root.Optional("post_processor"), model.Vocabulary);
        return new TokenizerParts
        {
            Model = model,
            Normalizer = root.Optional("normalizer") is { } normalizer ? ReadNormalizer(normalizer) : null,
            PreTokenizer = root.Optional("pre_tokenizer") is { } preTokenizer ? ReadPreTokenizer(preTokenizer) : null,
            Decoder = new PieceDecoder(root.Optional("decoder") is { } decoder ? [.. ReadDecoder(decoder)] : [new DecodeStep.WordPiece("", CleanUp: false)]),
            AddedTokens = added,
            Prefix = prefix,
            Suffix = suffix,
            BosTokenId = prefix.Count > 0 ? prefix[0] : Named(added, "<s>", "<bos>", "<|begin_of_text|>", "<|endoftext|>"),
            EosTokenId = suffix.Count > 0 ? suffix[^1] : Named(added, "</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>", "<|im_end|>"),
        };
    }

    static int? Named(List<AddedToken> added, params string[] names)
    {
        foreach (var name in names)
            if (added.Find(token => token.Special && token.Content == name) is { } token) return token.Id;
        return null;
    }

    static List<AddedToken> ReadAddedTokens(JsonElement root)
    {
        var added = new List<AddedToken>();
        if (root.Optional("added_tokens") is not { } list) return added;
        foreach (var json in list.EnumerateArray())
            added.Add(ReadAddedToken(json, CheckedId(json.Required("id").GetInt64())));
        return added;
    }

    internal static AddedToken ReadAddedToken(JsonElement json, int id)
    {
        var special = json.Flag("special") ?? false;
        return new AddedToken(id, json.Required("content").GetString() ?? "", special)
        {
            LStrip = json.Flag("lstrip") ?? false,
            RStrip = json.Flag("rstrip") ?? false,
            SingleWord = json.Flag("single_word") ?? false,
            Normalized = json.Flag("normalized") ?? !special,
        };
    }

    internal static int CheckedId(long id) => id is >= 0 and < Vocabulary.MaxSize ? (int)id
        : throw new TernException($"tokenizer: token id {id} is not between 0 and {Vocabulary.MaxSize - 1}");

    static TokenModel ReadModel(JsonElement json, List<AddedToken> added)
    {
        var type = json.Optional("type")?.GetString()
            ?? (json.Optional("merges") is not null ? "BPE" : json.Required("vocab").ValueKind == JsonValueKind.Array ? "Unigram" : "WordPiece");
        return type switch
        {
            "BPE" => ReadBpe(json, added),
            "Unigram" => ReadUnigram(json, added),
            "WordPiece" => ReadWordPiece(json, added),
            _ => throw new TernException($"the model type '{type}' is not supported; known are BPE, Unigram, WordPiece"),
        };
    }

    static BpeModel ReadBpe(JsonElement json, List<AddedToken> added)
    {
        var byteFallback = json.Flag("byte_fallback") ?? false;
        var unknown = json.Optional("unk_token")?.GetString();
        var vocabulary = ReadVocabulary(json, added, unknown, byteFallback);
        var merges = new List<(string, string)>();
        foreach (var merge in json.Required("merges").EnumerateArray()) merges.Add(ReadMerge(merge, merges.Count));
        return new BpeModel(vocabulary, merges, json.Optional("continuing_subword_prefix")?.GetString() ?? "")
        {
            UnknownId = unknown is null ? null : vocabulary.IdOf(unknown),
            ByteFallback = byteFallback,
            FuseUnknown = json.Flag("fuse_unk") ?? false,
            IgnoreMerges = json.Flag("ignore_merges") ?? false,
            EndOfWordSuffix = json.Optional("end_of_word_suffix")?.GetString() ?? "",
        };
    }

    static (string, string) ReadMerge(JsonElement merge, int rank)
    {
        if (merge.ValueKind == JsonValueKind.Array)
        {
            if (merge.GetArrayLength() == 2 && merge[0].GetString() is { } left && merge[1].GetString() is { } right) return (left, right);
        }
        else if (merge.GetString() is { } text && text.Split(' ') is [{ Length: > 0 } first, { Length: > 0 } second])
        {
            return (first, second);
        }
        throw new TernException($"merges[{rank}] is not a pair");
    }

    static UnigramModel ReadUnigram(JsonElement json, List<AddedToken> added)
    {
        var (pieces, scores) = (new List<string?>(), new List<float>());
        foreach (var entry in json.Required("vocab").EnumerateArray())
        {
            if (entry.GetArrayLength() != 2) throw new TernException($"vocab[{pieces.Count}] is not a piece and its score");
            pieces.Add(entry[0].GetString());
            scores.Add((float)entry[1].GetDouble());
        }
        var unknown = json.Optional("unk_id")?.GetInt32();
        if (unknown is < 0 || unknown >= pieces.Count) throw new TernException($"unk_id {unknown} is outside the vocabulary of {pieces.Count}");
        var byteFallback = json.Flag("byte_fallback") ?? false;
        var unknownPiece = unknown is { } id ? pieces[id] : null;
        var vocabulary = WithAdded(pieces, added, unknownPiece, byteFallback, scores);
        return new UnigramModel(vocabulary) { UnknownId = unknown, ByteFallback = byteFallback };
    }

    static WordPieceModel ReadWordPiece(JsonElement json, List<AddedToken> added)
    {
        var unknown = json.Optional("unk_token")?.GetString() ?? "[UNK]";
        var vocabulary = ReadVocabulary(json, added, unknown, byteFallback: false);
        var longest = json.Optional("max_input_chars_per_word")?.GetInt32() ?? 100;
        return new WordPieceModel(vocabulary, json.Optional("continuing_subword_prefix")?.GetString() ?? "##", longest) { UnknownId = vocabulary.IdOf(unknown) };
    }

    static Vocabulary ReadVocabulary(JsonElement json, List<AddedToken> added, string? unknown, bool byteFallback)
    {
        var pieces = ReadPieces(json.Required("vocab"));
        return WithAdded(pieces, added, unknown, byteFallback, scores: null);
    }

    /// <summary>An object of pieces and their ids, as a list by id.</summary>
    internal static List<string?> ReadPieces(JsonElement entries)
    {
        var pieces = new List<string?>();
        // Ids may have gaps, but one wild id must not make the tables large.
        var largest = 4L * entries.GetPropertyCount() + MaxGap;
        foreach (var entry in entries.EnumerateObject())
        {
            if (CheckedId(entry.Value.GetInt64()) > largest) throw new TernException($"the token '{entry.Name}' has the id {entry.Value}, far beyond the others");
        }
        foreach (var entry in entries.EnumerateObject()) Place(pieces, CheckedId(entry.Value.GetInt64()), entry.Name);
        return pieces;
    }

    /// <summary>The vocabulary of a model with the added tokens, whose ids may lie inside or behind it.</summary>
    internal static Vocabulary WithAdded(List<string?> pieces, IReadOnlyList<AddedToken> added, string? unknown, bool byteFallback, List<float>? scores)
    {
        var largest = 4L * (pieces.Count + added.Count) + MaxGap;
        foreach (var token in added)
        {
            if (token.Id > largest) throw new TernException($"the added token '{token.Content}' has the id {token.Id}, far beyond the others");
            if (token.Id < pieces.Count && pieces[token.Id] is not null) continue;
            Place(pieces, token.Id, token.Content);
        }
        var kinds = new TokenKind[pieces.Count];
        for (var id = 0; id < kinds.Length; id++)
        {
            kinds[id] = pieces[id] == unknown ? TokenKind.Unknown
                : byteFallback && Vocabulary.TryParseByte(pieces[id], out _) ? TokenKind.Byte : TokenKind.Normal;
        }
        // Added tokens never come out of the model, unless it builds them by itself: then they stay text.
        foreach (var token in added)
            if (kinds[token.Id] == TokenKind.Normal && (token.Special || token.Content.Length > 1)) kinds[token.Id] = token.Special ? TokenKind.Control : TokenKind.UserDefined;
        while (scores is not null && scores.Count < pieces.Count) scores.Add(0);
        return new Vocabulary(pieces, kinds, scores);
    }

    static void Place(List<string?> pieces, int id, string piece)
    {
        while (pieces.Count <= id) pieces.Add(null);
        if (pieces[id] is { } other && other != piece) throw new TernException($"the tokens '{other}' and '{piece}' have the same id {id}");
        pieces[id] = piece;
    }

    static (List<int> Prefix, List<int> Suffix) ReadTemplate(JsonElement? json, Vocabulary vocabulary)
    {
        var (prefix, suffix) = (new List<int>(), new List<int>());
        if (json is not { } processor) return (prefix, suffix);
        switch (processor.Required("type").GetString())
        {
            case "TemplateProcessing":
                ReadSingle(processor, vocabulary, prefix, suffix);
                break;
            case "BertProcessing" or "RobertaProcessing":
                prefix.Add(CheckedId(processor.Required("cls")[1].GetInt64()));
                suffix.Add(CheckedId(processor.Required("sep")[1].GetInt64()));
                break;
            case "Sequence":
                foreach (var part in processor.Required("processors").EnumerateArray())
                {
                    var (first, last) = ReadTemplate(part, vocabulary);
                    prefix.InsertRange(0, first);
                    suffix.AddRange(last);
                }
                break;
        }
        return (prefix, suffix);
    }

    static void ReadSingle(JsonElement processor, Vocabulary vocabulary, List<int> prefix, List<int> suffix)
    {
        var target = prefix;
        foreach (var item in processor.Required("single").EnumerateArray())
        {
            if (item.Optional("Sequence") is not null) target = suffix;
            if (item.Optional("SpecialToken") is not { } token) continue;
            var name = token.Required("id").GetString() ?? "";
            if (processor.Optional("special_tokens")?.Optional(name)?.Optional("ids") is { } ids)
                foreach (var id in ids.EnumerateArray()) target.Add(CheckedId(id.GetInt64()));
            else
                target.Add(vocabulary.IdOf(name) ?? throw new TernException($"post_processor: the token '{name}' is not in the vocabulary"));
        }
    }

    static JsonElement Required(this JsonElement json, string name) =>
        json.Optional(name) ?? throw new TernException($"the key \"{name}\" is missing");

    internal static JsonElement? Optional(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    internal static bool? Flag(this JsonElement json, string name) => json.Optional(name)?.GetBoolean();
}
