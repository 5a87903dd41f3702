using System.Text.Encodings.Web;
using System.Text.Json;
using Tern.Models.Files;
using Tern.Models.Tokenizers.Models;
using Tern.Models.Tokenizers.Normalizers;
using Tern.Models.Tokenizers.PreTokenizers;

namespace Tern.Models.Tokenizers;

/// <content>Writing.</content>
public static partial class TokenizerJson
{
    /// <summary>Writes any tokenizer that Tern reads as a tokenizer.json that gives the same ids.</summary>
    /// <exception cref="TernException">The tokenizer is of a kind that the format cannot hold, or the file cannot be written.</exception>
    public static void Write(Tokenizer tokenizer, string path)
    {
        if (tokenizer is not PipelineTokenizer pipeline) throw new TernException($"a {tokenizer.GetType().Name} cannot be written as tokenizer.json");
        AtomicFile.Write(path, stream =>
        {
            var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            using var json = new Utf8JsonWriter(stream, options);
            WriteRoot(json, pipeline);
        });
    }

    static void WriteRoot(Utf8JsonWriter json, PipelineTokenizer tokenizer)
    {
        var parts = tokenizer.Parts;
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAddedTokens(json, parts.AddedTokens);
        json.WritePropertyName("normalizer");
        WriteNormalizer(json, parts.Normalizer);
        json.WritePropertyName("pre_tokenizer");
        WritePreTokenizer(json, parts.PreTokenizer);
        json.WritePropertyName("post_processor");
        WriteTemplate(json, parts);
        json.WritePropertyName("decoder");
        WriteDecoder(json, parts.Decoder);
        json.WritePropertyName("model");
        WriteModel(json, parts.Model);
        json.WriteEndObject();
    }

    static void WriteAddedTokens(Utf8JsonWriter json, IReadOnlyList<AddedToken> tokens)
    {
        json.WriteStartArray("added_tokens");
        foreach (var token in tokens.OrderBy(token => token.Id))
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.LStrip);
            json.WriteBoolean("rstrip", token.RStrip);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteNormalizer(Utf8JsonWriter json, Normalizer? normalizer)
    {
        switch (normalizer)
        {
            case null:
                json.WriteNullValue();
                return;
            case NormalizerSequence sequence:
                WriteList(json, "normalizers", sequence.Steps, WriteNormalizer);
                return;
            case ReplaceText replace:
                WriteReplace(json, "String", replace.Pattern, replace.Content);
                return;
            case ReplaceRegex replace:
                WriteReplace(json, "Regex", replace.Pattern, replace.Content);
                return;
            case StripBlanks:
                WriteReplace(json, "Regex", "^ +| +$", "");
                return;
            case UnicodeNormalizer unicode:
                WriteTyped(json, unicode.Form.ToString().ToUpperInvariant());
                return;
            case Lowercase or StripAccents:
                WriteTyped(json, normalizer.GetType().Name);
                return;
            case Strip strip:
                WriteTyped(json, "Strip", ("strip_left", strip.Left), ("strip_right", strip.Right));
                return;
            case Prepend prepend:
                WriteTyped(json, "Prepend", ("prepend", prepend.Text));
                return;
            case Precompiled precompiled:
                WriteTyped(json, "Precompiled", ("precompiled_charsmap", Convert.ToBase64String(precompiled.Charsmap)));
                return;
            case BertNormalizer bert:
                WriteTyped(json, "BertNormalizer", ("clean_text", bert.CleanText), ("handle_chinese_chars", bert.HandleChineseChars),
                    ("strip_accents", bert.StripsAccents), ("lowercase", bert.LowercasesText));
                return;
            default:
                throw new TernException($"the normalizer {normalizer.GetType().Name} cannot be written");
        }
    }

    static void WritePreTokenizer(Utf8JsonWriter json, PreTokenizer? preTokenizer)
    {
        switch (preTokenizer)
        {
            case null:
                json.WriteNullValue();
                return;
            case PreTokenizerSequence sequence:
                WriteList(json, "pretokenizers", sequence.Steps, WritePreTokenizer);
                return;
            case ByteLevel bytes:
                WriteTyped(json, "ByteLevel", ("add_prefix_space", bytes.AddPrefixSpace), ("trim_offsets", true), ("use_regex", bytes.UseRegex));
                return;
            case Split split:
                json.WriteStartObject();
                json.WriteString("type", "Split");
                WritePattern(json, split.IsRegex ? "Regex" : "String", split.Pattern);
                json.WriteString("behavior", split.Behavior.ToString());
                json.WriteBoolean("invert", split.Invert);
                json.WriteEndObject();
                return;
            case Metaspace metaspace:
                WriteTyped(json, "Metaspace", ("replacement", metaspace.Replacement.ToString()),
                    ("prepend_scheme", metaspace.Scheme.ToString().ToLowerInvariant()), ("split", metaspace.Split));
                return;
            case Digits digits:
                WriteTyped(json, "Digits", ("individual_digits", digits.IndividualDigits));
                return;
            case Punctuation punctuation:
                WriteTyped(json, "Punctuation", ("behavior", punctuation.Behavior.ToString()));
                return;
            case Whitespace or WhitespaceSplit or BertPreTokenizer:
                WriteTyped(json, preTokenizer.GetType().Name);
                return;
            default:
                throw new TernException($"the pre-tokenizer {preTokenizer.GetType().Name} cannot be written");
        }
    }

    static void WriteTemplate(Utf8JsonWriter json, TokenizerParts parts)
    {
        if (parts.Prefix.Count + parts.Suffix.Count == 0)
        {
            json.WriteNullValue();
            return;
        }
        var vocabulary = parts.Model.Vocabulary;
        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        json.WriteStartArray("single");
        WriteTemplateTokens(json, vocabulary, parts.Prefix, type: 0);
        WriteSequence(json, "A", 0);
        WriteTemplateTokens(json, vocabulary, parts.Suffix, type: 0);
        json.WriteEndArray();
        json.WriteStartArray("pair");
        WriteTemplateTokens(json, vocabulary, parts.Prefix, type: 0);
        WriteSequence(json, "A", 0);
        WriteTemplateTokens(json, vocabulary, parts.Suffix, type: 0);
        WriteSequence(json, "B", 1);
        WriteTemplateTokens(json, vocabulary, parts.Suffix, type: 1);
        json.WriteEndArray();
        json.WriteStartObject("special_tokens");
        foreach (var id in parts.Prefix.Concat(parts.Suffix).Distinct())
        {
            json.WriteStartObject(vocabulary[id]);
            json.WriteString("id", vocabulary[id]);
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(vocabulary[id]);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static void WriteTemplateTokens(Utf8JsonWriter json, Vocabulary vocabulary, IEnumerable<int> ids, int type)
    {
        foreach (var id in ids) WriteTemplateItem(json, "SpecialToken", vocabulary[id], type);
    }

    static void WriteSequence(Utf8JsonWriter json, string name, int type) => WriteTemplateItem(json, "Sequence", name, type);

    static void WriteTemplateItem(Utf8JsonWriter json, string kind, string id, int type)
    {
        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("id", id);
        json.WriteNumber("type_id", type);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static void WriteDecoder(Utf8JsonWriter json, PieceDecoder decoder)
    {
        if (decoder.Steps is [DecodeStep.ByteLevel or DecodeStep.Metaspace or DecodeStep.Suffix or DecodeStep.WordPiece { Prefix.Length: > 0 }]) WriteStep(json, decoder.Steps[0]);
        else if (decoder.Steps is [DecodeStep.WordPiece]) json.WriteNullValue();
        else WriteList(json, "decoders", decoder.Steps.SelectMany(step => step is DecodeStep.StripFirst ? new DecodeStep?[] { null, step } : [step]), WriteStep);
    }

    // Null stands for "Fuse", which joins the pieces so that what follows sees the text as one.
    static void WriteStep(Utf8JsonWriter json, DecodeStep? step)
    {
        switch (step)
        {
            case null:
                WriteTyped(json, "Fuse");
                break;
            case DecodeStep.ByteLevel:
                WriteTyped(json, "ByteLevel", ("add_prefix_space", true), ("trim_offsets", true), ("use_regex", true));
                break;
            case DecodeStep.ByteFallback:
                WriteTyped(json, "ByteFallback");
                break;
            case DecodeStep.Metaspace metaspace:
                WriteTyped(json, "Metaspace", ("replacement", metaspace.Replacement.ToString()), ("prepend_scheme", metaspace.DropsFirst ? "always" : "never"), ("split", true));
                break;
            case DecodeStep.Replace replace:
                WriteReplace(json, "String", replace.Pattern, replace.Content);
                break;
            case DecodeStep.StripFirst strip:
                WriteTyped(json, "Strip", ("content", strip.Content.ToString()), ("start", strip.Count), ("stop", 0));
                break;
            case DecodeStep.WordPiece wordPiece:
                WriteTyped(json, "WordPiece", ("prefix", wordPiece.Prefix), ("cleanup", wordPiece.CleanUp));
                break;
            case DecodeStep.Suffix suffix:
                WriteTyped(json, "BPEDecoder", ("suffix", suffix.Mark));
                break;
        }
    }

    static void WriteModel(Utf8JsonWriter json, TokenModel model)
    {
        json.WriteStartObject();
        switch (model)
        {
            case BpeModel bpe:
                WriteBpe(json, bpe);
                break;
            case UnigramModel unigram:
                json.WriteString("type", "Unigram");
                WriteNumberOrNull(json, "unk_id", unigram.UnknownId);
                WriteScoredVocabulary(json, unigram.Vocabulary);
                json.WriteBoolean("byte_fallback", unigram.ByteFallback);
                break;
            case WordPieceModel wordPiece:
                json.WriteString("type", "WordPiece");
                json.WriteString("unk_token", wordPiece.UnknownId is { } unknown ? wordPiece.Vocabulary[unknown] : "[UNK]");
                json.WriteString("continuing_subword_prefix", wordPiece.ContinuingSubwordPrefix);
                json.WriteNumber("max_input_chars_per_word", wordPiece.MaxInputCharsPerWord);
                WriteVocabulary(json, wordPiece.Vocabulary);
                break;
            default:
                throw new TernException($"the model {model.GetType().Name} cannot be written");
        }
        json.WriteEndObject();
    }

    static void WriteBpe(Utf8JsonWriter json, BpeModel bpe)
    {
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", bpe.UnknownId is { } unknown ? bpe.Vocabulary[unknown] : null);
        json.WriteString("continuing_subword_prefix", bpe.ContinuingSubwordPrefix is { Length: > 0 } prefix ? prefix : null);
        json.WriteString("end_of_word_suffix", bpe.EndOfWordSuffix is { Length: > 0 } suffix ? suffix : null);
        json.WriteBoolean("fuse_unk", bpe.FuseUnknown);
        json.WriteBoolean("byte_fallback", bpe.ByteFallback);
        json.WriteBoolean("ignore_merges", bpe.IgnoreMerges);
        WriteVocabulary(json, bpe.Vocabulary);
        json.WriteStartArray("merges");
        foreach (var (left, right, _) in bpe.MergesByRank())
        {
            json.WriteStartArray();
            json.WriteStringValue(bpe.Vocabulary[left]);
            json.WriteStringValue(bpe.Vocabulary[right]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    static void WriteVocabulary(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("vocab");
        for (var id = 0; id < vocabulary.Size; id++)
            if (vocabulary.IdOf(vocabulary[id]) == id) json.WriteNumber(vocabulary[id], id);   // a key may stand only once
        json.WriteEndObject();
    }

    static void WriteScoredVocabulary(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartArray("vocab");
        for (var id = 0; id < vocabulary.Size; id++)
        {
            json.WriteStartArray();
            json.WriteStringValue(vocabulary[id]);
            json.WriteNumberValue(vocabulary.Scores![id]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    static void WriteReplace(Utf8JsonWriter json, string kind, string pattern, string content)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        WritePattern(json, kind, pattern);
        json.WriteString("content", content);
        json.WriteEndObject();
    }

    static void WritePattern(Utf8JsonWriter json, string kind, string pattern)
    {
        json.WriteStartObject("pattern");
        json.WriteString(kind, pattern);
        json.WriteEndObject();
    }

    static void WriteNumberOrNull(Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    static void WriteList<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray(name);
        foreach (var item in items) write(json, item);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteTyped(Utf8JsonWriter json, string type, params (string Name, object? Value)[] values)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        foreach (var (name, value) in values)
        {
            switch (value)
            {
                case null: json.WriteNull(name); break;
                case bool flag: json.WriteBoolean(name, flag); break;
                case int number: json.WriteNumber(name, number); break;
                default: json.WriteString(name, (string)value); break;
            }
        }
        json.WriteEndObject();
    }
}
