using Tern.Models.Configs;
using Tern.Numerics.Formats;

namespace Tern.Models.Gguf;

/// <summary>
/// The configuration that the key-values and the tensor shapes of a GGUF file amount to. Where llama.cpp fills in what the file
/// leaves out (the window pattern of Gemma, the scale of its attention), the same values are filled in here.
/// </summary>
sealed class GgufConfigs
{
    const int MaxLayers = 10_000;

    /// <summary>For the vocabulary and every width.</summary>
    const int MaxDimension = 1 << 24;

    /// <summary>Layers of the 27B models, whose attention is scaled by hiddenSize / heads and not by headDim.</summary>
    const int Gemma2LargeLayers = 46, Gemma3LargeLayers = 62;

    /// <summary>
    /// llama.cpp always caps the logits of Gemma 2 (and divides by the cap, so that 0 is not "none"): a cap this large changes
    /// no logit in 32 bits, and is read as none.
    /// </summary>
    public const double NoSoftcap = 1e6;

    readonly GgufFile file;
    readonly GgufMetadata metadata;
    readonly string prefix;
    readonly int vocabSize, hiddenSize, intermediateSize, layers, heads, keyValueHeads, headDim, context;

    GgufConfigs(GgufFile file, GgufArchitecture architecture)
    {
        this.file = file;
        metadata = file.Metadata;
        prefix = architecture.Name + ".";
        var embeddings = Find("token_embd.weight") ?? throw Bad("there is no tensor 'token_embd.weight'; a file with only a vocabulary is not a model");
        if (embeddings.Shape.Length != 2) throw Bad("'token_embd.weight' is not a matrix");
        vocabSize = InRange("the vocabulary of token_embd.weight", embeddings.Shape[0], MaxDimension);
        hiddenSize = Positive("embedding_length", MaxDimension);
        layers = Positive("block_count", MaxLayers);
        heads = Positive("attention.head_count", MaxDimension);
        keyValueHeads = Positive("attention.head_count_kv", MaxDimension, heads);
        context = Positive("context_length", int.MaxValue);
        headDim = Positive("attention.key_length", MaxDimension, hiddenSize / heads);
        if (Positive("attention.value_length", MaxDimension, headDim) != headDim)
            throw Bad($"{prefix}attention.value_length differs from key_length; such models are not supported");
        if (headDim % 2 != 0 || (long)heads * headDim > MaxDimension) throw Bad($"{heads} heads of {headDim} make no sense (an even width, {MaxDimension} in all)");
        if (heads % keyValueHeads != 0) throw Bad($"{heads} heads cannot share {keyValueHeads} key-value heads");
        intermediateSize = metadata.ContainsKey(prefix + "feed_forward_length")
            ? Positive("feed_forward_length", MaxDimension)
            : IntermediateSizeOfShape(architecture == GgufArchitecture.Phi3 ? 2 : 1);
        if (embeddings.Shape[1] != hiddenSize)
            throw Bad($"'token_embd.weight' has rows of {embeddings.Shape[1]}, but {prefix}embedding_length is {hiddenSize}");
    }

    /// <exception cref="ModelFormatException">A key is missing or makes no sense.</exception>
    public static ModelConfig Read(GgufFile file, GgufArchitecture architecture)
    {
        var reader = new GgufConfigs(file, architecture);
        ModelConfig config = architecture.Name switch
        {
            "llama" => reader.LlamaOrMistral(),
            "qwen2" => reader.Qwen2(),
            "qwen3" => reader.Qwen3(),
            "gemma2" when reader.Gemma2() is var gemma => gemma with { QueryPreAttnScalar = GemmaQueryPreAttnScalar(gemma) },
            "gemma3" when reader.Gemma3() is var gemma => gemma with { QueryPreAttnScalar = GemmaQueryPreAttnScalar(gemma) },
            "phi3" => reader.Phi3(),
            _ => throw new NotSupportedException(architecture.Name),
        };
        return config with
        {
            RmsNormEps = reader.Required("attention.layer_norm_rms_epsilon"),
            RopeTheta = reader.Number("rope.freq_base") ?? 10_000,
            RopeScaling = reader.Scaling(),
            RopeInterleaved = architecture.RopeInterleaved,
            TieWordEmbeddings = !reader.Has("output.weight"),
            BosTokenId = reader.TokenId("bos"),
            EosTokenIds = reader.EndTokens(),
            PadTokenId = reader.TokenId("padding"),
        };
    }

    /// <summary>What llama.cpp divides q by (squared): the width of a head, for the 27B models that of hiddenSize / heads.</summary>
    public static double GemmaQueryPreAttnScalar(ModelConfig config)
    {
        var large = config is Gemma2Config ? Gemma2LargeLayers : Gemma3LargeLayers;
        return config.NumHiddenLayers == large ? (double)config.HiddenSize / config.NumAttentionHeads : config.HeadDim;
    }

    ModelConfig LlamaOrMistral()
    {
        if (metadata.Int32OrNull(prefix + "expert_count") is > 0) throw Bad("mixtures of experts are not supported");
        CheckWholeHeadRotates();
        if (Window() is { } window)
        {
            return new MistralConfig
            {
                VocabSize = vocabSize,
                HiddenSize = hiddenSize,
                IntermediateSize = intermediateSize,
                NumHiddenLayers = layers,
                NumAttentionHeads = heads,
                NumKeyValueHeads = keyValueHeads,
                HeadDim = headDim,
                MaxPositionEmbeddings = context,
                SlidingWindow = window,
            };
        }

        return new LlamaConfig
        {
            VocabSize = vocabSize,
            HiddenSize = hiddenSize,
            IntermediateSize = intermediateSize,
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = keyValueHeads,
            HeadDim = headDim,
            MaxPositionEmbeddings = context,
            AttentionBias = Has("blk.0.attn_q.bias"),
            MlpBias = Has("blk.0.ffn_down.bias"),
        };
    }

    Qwen2Config Qwen2()
    {
        CheckWholeHeadRotates();
        return new Qwen2Config
        {
            VocabSize = vocabSize,
            HiddenSize = hiddenSize,
            IntermediateSize = intermediateSize,
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = keyValueHeads,
            HeadDim = headDim,
            MaxPositionEmbeddings = context,
        };
    }

    Qwen3Config Qwen3()
    {
        CheckWholeHeadRotates();
        return new Qwen3Config
        {
            VocabSize = vocabSize,
            HiddenSize = hiddenSize,
            IntermediateSize = intermediateSize,
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = keyValueHeads,
            HeadDim = headDim,
            MaxPositionEmbeddings = context,
            AttentionBias = Has("blk.0.attn_q.bias"),
        };
    }

    Gemma2Config Gemma2() => new()
    {
        VocabSize = vocabSize,
        HiddenSize = hiddenSize,
        IntermediateSize = intermediateSize,
        NumHiddenLayers = layers,
        NumAttentionHeads = heads,
        NumKeyValueHeads = keyValueHeads,
        HeadDim = headDim,
        MaxPositionEmbeddings = context,
        AttnLogitSoftcapping = Softcap("attn_logit_softcapping", 50),
        FinalLogitSoftcapping = Softcap("final_logit_softcapping", 30),
        SlidingWindow = Window() ?? 4096,
    };

    Gemma3Config Gemma3() => new()
    {
        VocabSize = vocabSize,
        HiddenSize = hiddenSize,
        IntermediateSize = intermediateSize,
        NumHiddenLayers = layers,
        NumAttentionHeads = heads,
        NumKeyValueHeads = keyValueHeads,
        HeadDim = headDim,
        MaxPositionEmbeddings = context,
        FinalLogitSoftcapping = Softcap("final_logit_softcapping", null),
        SlidingWindow = Window() ?? context,
        SlidingWindowPattern = metadata.ContainsKey(prefix + "attention.sliding_window_pattern") ? Positive("attention.sliding_window_pattern", MaxLayers) : 6,
        RopeLocalBaseFreq = Number("rope.freq_base_swa") ?? 10_000,
    };

    Phi3Config Phi3() => new()
    {
        VocabSize = vocabSize,
        HiddenSize = hiddenSize,
        IntermediateSize = intermediateSize,
        NumHiddenLayers = layers,
        NumAttentionHeads = heads,
        NumKeyValueHeads = keyValueHeads,
        HeadDim = headDim,
        MaxPositionEmbeddings = context,
        SlidingWindow = Window(),
        PartialRotaryFactor = (double)RotaryDimensions() / headDim,
    };

    /// <summary>The rope.scaling.* keys and the tensors of frequency factors.</summary>
    RopeScaling? Scaling()
    {
        if (Find("rope_freqs.weight") is { } factors)
            return new RopeScaling { Type = "llama3", FrequencyFactors = FrequencyFactors(factors), OriginalMaxPositionEmbeddings = OriginalContext() };
        if (Find("rope_factors_long.weight") is { } longFactors && Find("rope_factors_short.weight") is { } shortFactors)
        {
            return new RopeScaling
            {
                Type = "longrope",
                LongFactor = FrequencyFactors(longFactors),
                ShortFactor = FrequencyFactors(shortFactors),
                OriginalMaxPositionEmbeddings = OriginalContext(),
                AttentionFactor = Number("rope.scaling.attn_factor"),
            };
        }

        var type = metadata.StringOrNull(prefix + "rope.scaling.type");
        var factor = Number("rope.scaling.factor") ?? Number("rope.scale_linear") ?? 1;
        if (type is null && factor is not (0 or 1)) type = "linear";
        return type switch
        {
            null or "none" => null,
            "linear" => new RopeScaling { Type = type, Factor = factor },
            "yarn" => new RopeScaling
            {
                Type = type,
                Factor = factor,
                OriginalMaxPositionEmbeddings = OriginalContext(),
                AttentionFactor = Number("rope.scaling.attn_factor"),
                BetaFast = Number("rope.scaling.yarn_beta_fast") ?? 32,
                BetaSlow = Number("rope.scaling.yarn_beta_slow") ?? 1,
            },
            _ => throw Bad($"{prefix}rope.scaling.type is '{type}'; supported are none, linear, yarn, longrope (with its factor tensors)"),
        };
    }

    double[] FrequencyFactors(GgufTensorInfo info)
    {
        var pairs = RotaryDimensions() / 2;
        if (info.Type != TensorType.F32 || info.Shape is not [var count] || count != pairs)
            throw Bad($"'{info.Name}' must be a vector of {pairs} F32 factors");
        var factors = new double[pairs];
        var single = new float[1];
        for (var i = 0; i < pairs; i++)
        {
            WeightFormats.Of(TensorType.F32).Decode(Bytes(info).Slice(4 * i, 4), single);
            factors[i] = float.IsFinite(single[0]) && single[0] > 0 ? single[0] : throw Bad($"'{info.Name}' holds {single[0]}; factors must be positive");
        }

        return factors;
    }

    unsafe ReadOnlySpan<byte> Bytes(GgufTensorInfo info) => new(file.View(info, info.Name).Data, (int)info.ByteLength);

    /// <summary>End of text, of turn, and of message: llama.cpp stops at each.</summary>
    int[] EndTokens() => [.. new[] { "eos", "eot", "eom" }.Select(TokenId).OfType<int>().Distinct()];

    /// <summary>Absent ids are missing, or outside the vocabulary (-1 as an unsigned integer).</summary>
    int? TokenId(string name) =>
        metadata.NumberOrNull($"tokenizer.ggml.{name}_token_id") is { } id && id >= 0 && id < vocabSize ? (int)id : null;

    int? Window() => metadata.Int32OrNull(prefix + "attention.sliding_window") is > 0 and var window ? window : null;

    int? OriginalContext() => metadata.Int32OrNull(prefix + "rope.scaling.original_context_length");

    int RotaryDimensions() => Positive("rope.dimension_count", headDim, headDim);

    void CheckWholeHeadRotates()
    {
        if (RotaryDimensions() != headDim) throw Bad($"{prefix}rope.dimension_count is {RotaryDimensions()} of {headDim}; partial rotation is not supported here");
    }

    double? Softcap(string key, double? missing) => (Number(key) ?? missing) is > 0 and < NoSoftcap and var cap ? cap : null;

    int IntermediateSizeOfShape(int fused) => Find("blk.0.ffn_up.weight") is { Shape: [var rows, _] }
        ? InRange("the rows of blk.0.ffn_up.weight", rows / fused, MaxDimension)
        : throw Bad($"there is neither {prefix}feed_forward_length nor a matrix 'blk.0.ffn_up.weight'");

    /// <summary>A positive integer; per-layer arrays (head_count of some converters) must hold one value.</summary>
    int Positive(string key, int max, int? missing = null)
    {
        if (metadata.Int32sOrNull(prefix + key) is not { } values)
        {
            return missing is { } value
                ? InRange($"{prefix}{key} (not in the file)", value, max)
                : throw Bad($"the metadata key '{prefix}{key}' is missing; convert the model again with a current converter");
        }

        if (values.Length == 0 || values.Any(value => value != values[0])) throw Bad($"{prefix}{key} differs between layers; such models are not supported");
        return InRange($"{prefix}{key}", values[0], max);
    }

    int InRange(string what, long value, int max) =>
        value >= 1 && value <= max ? (int)value : throw Bad($"{what} is {value}; it must be between 1 and {max}");

    double Required(string key) => Number(key) ?? throw Bad($"the metadata key '{prefix}{key}' is missing");

    double? Number(string key)
    {
        var value = metadata.NumberOrNull(prefix + key);
        return value is null || double.IsFinite(value.Value) && value >= 0 ? value : throw Bad($"{prefix}{key} is {value}");
    }

    bool Has(string tensor) => Find(tensor) is not null;

    GgufTensorInfo? Find(string name) => file.Find(name);

    ModelFormatException Bad(string problem) => new(file.Path, problem);
}
