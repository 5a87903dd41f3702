using Tern.Models.Tokenizers.PreTokenizers;

namespace Tern.Models.Tokenizers;

/// <summary>What a value of tokenizer.ggml.pre stands for.</summary>
/// <param name="Patterns">Regular expressions, applied one after the other.</param>
sealed record GgufPreTokenizer(params string[] Patterns)
{
    /// <summary>A whole word of the vocabulary is one token.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Whether BOS goes first where the file does not say.</summary>
    public bool AddsBos { get; init; }

    public PreTokenizer Build(bool addPrefixSpace) => new PreTokenizerSequence(
        [.. Patterns.Select(pattern => new Split(pattern)), new ByteLevel(addPrefixSpace, UseRegex: false)]);
}

/// <summary>
/// The pre-tokenizers that GGUF files name in tokenizer.ggml.pre. The expressions are those of the models' own tokenizer.json,
/// in the order in which llama.cpp applies them.
/// </summary>
static class GgufPreTokenizers
{
    const string Gpt2 = WordPattern.Gpt2Regex;
    const string Llama3 = WordPattern.Llama3Regex;
    const string Qwen2 = WordPattern.Qwen2Regex;

    const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
    const string Lead = @"[^\r\n\p{L}\p{N}]?";
    const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    const string SymbolsAndBlanks = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const string Tekken = $@"{Lead}{Upper}*{Lower}+|{Lead}{Upper}+{Lower}*|\p{{N}}{SymbolsAndBlanks}";
    const string Gpt4o = $@"{Lead}{Upper}*{Lower}+{Contractions}|{Lead}{Upper}+{Lower}*{Contractions}|\p{{N}}{{1,3}}{SymbolsAndBlanks}";

    const string Bloom = @" ?[^(\s|.,!?…。，、।۔،)]+";
    const string CjkAndHangul = "[一-龥ࠀ-一가-\uD7FF]+";

    // The cased letters of Unicode that DeepSeek lists one by one (BMP part; beyond, stand-ins keep their category).
    const string CasedLetters =
        @"A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386"
        + @"\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF"
        + @"\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4"
        + @"\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D"
        + @"\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3"
        + @"\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A";

    static readonly GgufPreTokenizer
        Default = new(@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"),
        OfGpt2 = new(Gpt2),
        OfQwen2 = new(Qwen2),
        DigitsThenGpt2 = new(@"\p{N}", Gpt2),
        OfLlama3 = new(Llama3) { IgnoreMerges = true, AddsBos = true },
        LikeLlama3 = new(Llama3),
        DeepSeekLlm = new("[\r\n]", $@"\s?[{CasedLetters}]+", @"\s?[!-/:-~！-／：-～‘-‟\u3000-。]+", @"\s+$", CjkAndHangul, @"\p{N}+"),
        DeepSeekCoder = new("[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", CjkAndHangul, @"\p{N}"),
        DeepSeek3 = new(@"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+",
            @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"),
        Falcon = new(@"[\p{P}\$\+<=>\^~\|`]+", Gpt2, "[0-9][0-9][0-9]");

    /// <exception cref="TernException">The name is not known.</exception>
    public static GgufPreTokenizer Of(string name) => name switch
    {
        "default" => Default,
        "gpt-2" or "phi-2" or "mpt" or "olmo" or "jais" or "trillion" or "dbrx-gpt2" or "jina-es" or "jina-de" or "jina-v1-en" or "jina-v2-es"
            or "jina-v2-de" or "jina-v2-code" or "gigachat" or "roberta-bpe" or "exaone4" or "mellum" or "modern-bert" or "a.x-4.0" or "granite-docling" => OfGpt2,
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" => OfLlama3,
        "dbrx" or "smaug-bpe" or "glm4" or "chatglm-bpe" => LikeLlama3,
        "qwen2" or "stablelm2" or "deepseek-r1-qwen" or "kormo" or "megrez" or "hunyuan" or "grok-2" => OfQwen2,
        "starcoder" or "refact" or "command-r" or "smollm" or "codeshell" or "exaone" or "minerva-7b" => DigitsThenGpt2,
        "deepseek-llm" => DeepSeekLlm,
        "deepseek-coder" => DeepSeekCoder,
        "deepseek-v3" or "hunyuan-dense" => DeepSeek3,
        "falcon" => Falcon,
        "tekken" => new(Tekken) { IgnoreMerges = true, AddsBos = true },
        "gpt-4o" or "llama4" => new(Gpt4o),
        "poro-chat" or "bloom" or "gpt3-finnish" => new(Bloom),
        "viking" => new(Bloom, @"\p{N}"),
        _ => throw new TernException($"GGUF: tokenizer.ggml.pre '{name}' is not known; convert the model's own tokenizer.json instead"),
    };

    /// <summary>The name under which llama.cpp knows a byte-level pre-tokenizer, or null.</summary>
    public static string? NameOf(PreTokenizer? preTokenizer, bool ignoreMerges)
    {
        var patterns = Patterns(preTokenizer).ToList();
        (string Name, GgufPreTokenizer Recipe)[] known =
        [
            ("gpt-2", OfGpt2), (ignoreMerges ? "llama-bpe" : "dbrx", OfLlama3), ("qwen2", OfQwen2), ("smollm", DigitsThenGpt2), ("deepseek-llm", DeepSeekLlm),
            ("deepseek-coder", DeepSeekCoder), ("deepseek-v3", DeepSeek3), ("falcon", Falcon), ("tekken", Of("tekken")), ("gpt-4o", Of("gpt-4o")),
            ("bloom", Of("bloom")), ("viking", Of("viking")), ("default", Default),
        ];
        return Array.Find(known, entry => entry.Recipe.Patterns.SequenceEqual(patterns)).Name;
    }

    static IEnumerable<string> Patterns(PreTokenizer? preTokenizer) => preTokenizer switch
    {
        PreTokenizerSequence sequence => sequence.Steps.SelectMany(Patterns),
        Split { IsRegex: true, Behavior: SplitBehavior.Isolated } split => [split.Pattern],
        Split { IsRegex: true, Invert: true, Behavior: SplitBehavior.Removed } split => [split.Pattern],
        Digits { IndividualDigits: true } => [@"\p{N}"],
        ByteLevel { UseRegex: true } => [Gpt2],
        ByteLevel => [],
        _ => ["?"],
    };
}
