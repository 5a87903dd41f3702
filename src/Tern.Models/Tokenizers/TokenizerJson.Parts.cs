using System.Text.Json;
using Tern.Models.Tokenizers.Normalizers;
using Tern.Models.Tokenizers.PreTokenizers;

namespace Tern.Models.Tokenizers;

/// <content>Normalizers, pre-tokenizers and decoders.</content>
public static partial class TokenizerJson
{
    const int MaxReplacement = 512;    // chars; keeps hostile files from blowing texts up

    static Normalizer ReadNormalizer(JsonElement json) => json.Required("type").GetString() switch
    {
        "Sequence" => new NormalizerSequence([.. json.Required("normalizers").EnumerateArray().Select(ReadNormalizer)]),
        "NFC" => new UnicodeNormalizer(UnicodeForm.Nfc),
        "NFD" => new UnicodeNormalizer(UnicodeForm.Nfd),
        "NFKC" => new UnicodeNormalizer(UnicodeForm.Nfkc),
        "NFKD" => new UnicodeNormalizer(UnicodeForm.Nfkd),
        "Lowercase" => new Lowercase(),
        "StripAccents" => new StripAccents(),
        "Strip" => new Strip(json.Flag("strip_left") ?? true, json.Flag("strip_right") ?? true),
        "Prepend" => new Prepend(json.Required("prepend").GetString() ?? ""),
        "Precompiled" => new Precompiled(json.Required("precompiled_charsmap").GetBytesFromBase64()),
        "BertNormalizer" => new BertNormalizer(
            json.Flag("clean_text") ?? true, json.Flag("handle_chinese_chars") ?? true, json.Flag("strip_accents"), json.Flag("lowercase") ?? true),
        "Replace" => ReadReplace(json),
        var type => throw new TernException($"the normalizer '{type}' is not supported"),
    };

    static Normalizer ReadReplace(JsonElement json)
    {
        var (pattern, isRegex) = ReadPattern(json);
        var content = ReadContent(json);
        return isRegex ? new ReplaceRegex(pattern, content) : new ReplaceText(pattern, content);
    }

    static string ReadContent(JsonElement json)
    {
        var content = json.Required("content").GetString() ?? "";
        return content.Length <= MaxReplacement ? content : throw new TernException($"a replacement of {content.Length} characters; at most {MaxReplacement} are read");
    }

    static (string Pattern, bool IsRegex) ReadPattern(JsonElement json)
    {
        var pattern = json.Required("pattern");
        if (pattern.Optional("Regex")?.GetString() is { } regex) return (regex, true);
        if (pattern.Optional("String")?.GetString() is { } text) return (text, false);
        throw new TernException("a pattern must be {\"String\": ...} or {\"Regex\": ...}");
    }

    static PreTokenizer ReadPreTokenizer(JsonElement json)
    {
        switch (json.Required("type").GetString())
        {
            case "Sequence":
                return new PreTokenizerSequence([.. json.Required("pretokenizers").EnumerateArray().Select(ReadPreTokenizer)]);
            case "ByteLevel":
                return new ByteLevel(json.Flag("add_prefix_space") ?? true, json.Flag("use_regex") ?? true);
            case "Split":
                var (pattern, isRegex) = ReadPattern(json);
                return new Split(pattern, isRegex, ReadBehavior(json) ?? SplitBehavior.Isolated, json.Flag("invert") ?? false);
            case "Metaspace":
                return new Metaspace(ReadReplacement(json), ReadScheme(json), json.Flag("split") ?? true);
            case "Whitespace":
                return new Whitespace();
            case "WhitespaceSplit":
                return new WhitespaceSplit();
            case "BertPreTokenizer":
                return new BertPreTokenizer();
            case "Digits":
                return new Digits(json.Flag("individual_digits") ?? false);
            case "Punctuation":
                return new Punctuation(ReadBehavior(json) ?? SplitBehavior.Isolated);
            case "CharDelimiterSplit":
                return new Split(json.Required("delimiter").GetString() ?? "", isRegex: false, SplitBehavior.Removed);
            case var type:
                throw new TernException($"the pre-tokenizer '{type}' is not supported");
        }
    }

    static SplitBehavior? ReadBehavior(JsonElement json)
    {
        if (json.Optional("behavior")?.GetString() is not { } name) return null;
        return Enum.TryParse<SplitBehavior>(name, ignoreCase: false, out var behavior) && Enum.IsDefined(behavior) ? behavior
            : throw new TernException($"the split behaviour '{name}' is not known");
    }

    static char ReadReplacement(JsonElement json)
    {
        var text = json.Optional("replacement")?.GetString() ?? "\u2581";
        return text.Length == 1 ? text[0] : throw new TernException($"the Metaspace replacement '{text}' is not one character");
    }

    // Older files say add_prefix_space.
    static PrependScheme ReadScheme(JsonElement json) => json.Optional("prepend_scheme")?.GetString() switch
    {
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        null => json.Flag("add_prefix_space") ?? true ? PrependScheme.Always : PrependScheme.Never,
        var name => throw new TernException($"the prepend_scheme '{name}' is not known"),
    };

    static IEnumerable<DecodeStep> ReadDecoder(JsonElement json)
    {
        switch (json.Required("type").GetString())
        {
            case "Sequence":
                return json.Required("decoders").EnumerateArray().SelectMany(ReadDecoder);
            case "ByteLevel":
                return [new DecodeStep.ByteLevel()];
            case "ByteFallback":
                return [new DecodeStep.ByteFallback()];
            case "Fuse":
                return [];
            case "Metaspace":
                return [new DecodeStep.Metaspace(ReadReplacement(json), ReadScheme(json) != PrependScheme.Never)];
            case "WordPiece":
                return [new DecodeStep.WordPiece(json.Optional("prefix")?.GetString() ?? "##", json.Flag("cleanup") ?? true)];
            case "BPEDecoder":
                return [new DecodeStep.Suffix(json.Optional("suffix")?.GetString() ?? "</w>")];
            case "Replace" when ReadPattern(json) is (var pattern, false):
                return [new DecodeStep.Replace(pattern, ReadContent(json))];
            case "Strip" when json.Required("content").GetString() is { Length: 1 } content && (json.Optional("stop")?.GetInt32() ?? 0) == 0:
                return [new DecodeStep.StripFirst(content[0], json.Optional("start")?.GetInt32() ?? 0)];
            case var type:
                throw new TernException($"the decoder '{type}' is not supported in this form");
        }
    }
}
