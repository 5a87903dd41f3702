using System.Collections.Frozen;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tern.Geometry.Language;

namespace Tern.Geometry.Proposals;

/// <summary>The words of <see cref="TheoremText"/>: a tokenizer with one token for each.</summary>
public static class TheoremVocabulary
{
    public const string Unknown = "[UNK]", EndOfText = "<|endoftext|>";

    const int MostPoints = 52, MostFacts = 100;

    /// <summary>In the order of their ids.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        Unknown, EndOfText, TheoremText.Start, TheoremText.Proof, TheoremText.Auxiliary, TheoremText.Goal, TheoremText.Colon, TheoremText.End,
        .. TheoremText.Letters.Values.Order(StringComparer.Ordinal), .. Enumerable.Range(0, MostPoints).Select(Problem.NameOf), .. Enumerable.Range(0, MostFacts).Select(NumberOf),
    ];

    static string NumberOf(int fact) => fact.ToString("D2", CultureInfo.InvariantCulture);

    static readonly FrozenDictionary<string, int> Ids = Words.Index().ToFrozenDictionary(entry => entry.Item, entry => entry.Index);

    /// <exception cref="KeyNotFoundException">It is none of the words.</exception>
    public static int IdOf(string word) => Ids[word];

    public static bool TryGetId(string word, out int id) => Ids.TryGetValue(word, out id);

    /// <summary>The word that numbers a fact, or false where there are too many.</summary>
    public static bool TryGetNumber(int fact, out int id) => TryGetId(NumberOf(fact), out id);

    public static bool IsNumber(int id) => id >= Words.Count - MostFacts;

    /// <summary>As tokenizer.json of Hugging Face: words between blanks, none of which is divided.</summary>
    public static string ToTokenizerJson()
    {
        var words = new JsonObject();
        foreach (var (id, word) in Words.Index()) words.Add(word, id);
        var tokenizer = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(Special(0), Special(1)),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "WhitespaceSplit" },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = false },
            ["model"] = new JsonObject { ["type"] = "WordPiece", ["unk_token"] = Unknown, ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 100, ["vocab"] = words },
        };
        return tokenizer.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";

        static JsonObject Special(int id) => new()
        {
            ["id"] = id,
            ["content"] = Words[id],
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        };
    }
}
