namespace Tern.Models.Configs;

/// <summary>One method per architecture: its keys and the defaults of transformers' configuration class of the same name.</summary>
static class ConfigReaders
{
    const string SiLU = "silu", TanhGelu = "gelu_pytorch_tanh";

    public static ModelConfig Llama(ConfigKeys keys)
    {
        RequireActivation(keys, "hidden_act", SiLU);
        var hidden = keys.Int("hidden_size", 4096);
        var heads = keys.Int("num_attention_heads", 32);
        return new LlamaConfig
        {
            VocabSize = keys.Int("vocab_size", 32_000),
            HiddenSize = hidden,
            IntermediateSize = keys.Int("intermediate_size", 11_008),
            NumHiddenLayers = Layers(keys, 32),
            NumAttentionHeads = heads,
            NumKeyValueHeads = keys.Int("num_key_value_heads", heads),
            HeadDim = keys.IntOrNull("head_dim") ?? HeadDim(keys, hidden, heads),
            MaxPositionEmbeddings = Context(keys, 2048),
            TieWordEmbeddings = keys.Flag("tie_word_embeddings", false),
            AttentionBias = keys.Flag("attention_bias", false),
            MlpBias = keys.Flag("mlp_bias", false),
        }.WithShared(keys, bos: 1, eos: 2);
    }

    public static ModelConfig Mistral(ConfigKeys keys)
    {
        RequireActivation(keys, "hidden_act", SiLU);
        var hidden = keys.Int("hidden_size", 4096);
        var heads = keys.Int("num_attention_heads", 32);
        return new MistralConfig
        {
            VocabSize = keys.Int("vocab_size", 32_000),
            HiddenSize = hidden,
            IntermediateSize = keys.Int("intermediate_size", 14_336),
            NumHiddenLayers = Layers(keys, 32),
            NumAttentionHeads = heads,
            NumKeyValueHeads = KeyValueHeads(keys, 8, heads),
            HeadDim = keys.IntOrNull("head_dim") ?? HeadDim(keys, hidden, heads),
            MaxPositionEmbeddings = Context(keys, 131_072),
            TieWordEmbeddings = keys.Flag("tie_word_embeddings", false),
            SlidingWindow = Window(keys, missing: 4096),
        }.WithShared(keys, bos: 1, eos: 2);
    }

    public static ModelConfig Qwen2(ConfigKeys keys)
    {
        RequireActivation(keys, "hidden_act", SiLU);
        var hidden = keys.Int("hidden_size", 4096);
        var heads = keys.Int("num_attention_heads", 32);
        var layers = Layers(keys, 32);
        var (window, from) = QwenWindow(keys, layers);
        return new Qwen2Config
        {
            VocabSize = keys.Int("vocab_size", 151_936),
            HiddenSize = hidden,
            IntermediateSize = keys.Int("intermediate_size", 22_016),
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = KeyValueHeads(keys, 32, heads),
            HeadDim = keys.IntOrNull("head_dim") ?? HeadDim(keys, hidden, heads),
            MaxPositionEmbeddings = Context(keys, 32_768),
            TieWordEmbeddings = keys.Flag("tie_word_embeddings", false),
            SlidingWindow = window,
            MaxWindowLayers = from,
        }.WithShared(keys, bos: null, eos: null);
    }

    public static ModelConfig Qwen3(ConfigKeys keys)
    {
        RequireActivation(keys, "hidden_act", SiLU);
        var heads = keys.Int("num_attention_heads", 32);
        var layers = Layers(keys, 32);
        var (window, from) = QwenWindow(keys, layers);
        return new Qwen3Config
        {
            VocabSize = keys.Int("vocab_size", 151_936),
            HiddenSize = keys.Int("hidden_size", 4096),
            IntermediateSize = keys.Int("intermediate_size", 22_016),
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = KeyValueHeads(keys, 32, heads),
            HeadDim = keys.Int("head_dim", 128),
            MaxPositionEmbeddings = Context(keys, 32_768),
            TieWordEmbeddings = keys.Flag("tie_word_embeddings", false),
            AttentionBias = keys.Flag("attention_bias", false),
            SlidingWindow = window,
            MaxWindowLayers = from,
        }.WithShared(keys, bos: null, eos: null);
    }

    public static ModelConfig Gemma2(ConfigKeys keys)
    {
        RequireActivation(keys, "hidden_activation", TanhGelu);
        if (keys.Flag("attention_bias", false)) throw keys.Bad("attention_bias", "is true; Gemma 2 with biases is not supported");
        var layers = Layers(keys, 26);
        RequireLayerTypes(keys, layers, i => i % 2 == 0);
        return new Gemma2Config
        {
            VocabSize = keys.Int("vocab_size", 256_000),
            HiddenSize = keys.Int("hidden_size", 2304),
            IntermediateSize = keys.Int("intermediate_size", 9216),
            NumHiddenLayers = layers,
            NumAttentionHeads = keys.Int("num_attention_heads", 8),
            NumKeyValueHeads = keys.Int("num_key_value_heads", 4),
            HeadDim = keys.Int("head_dim", 256),
            MaxPositionEmbeddings = Context(keys, 8192),
            TieWordEmbeddings = keys.Flag("tie_word_embeddings", true),
            QueryPreAttnScalar = keys.Number("query_pre_attn_scalar", 256),
            AttnLogitSoftcapping = Softcap(keys, "attn_logit_softcapping", 50),
            FinalLogitSoftcapping = Softcap(keys, "final_logit_softcapping", 30),
            SlidingWindow = keys.Int("sliding_window", 4096, int.MaxValue),
        }.WithShared(keys, bos: 2, eos: 1, pad: 0);
    }

    public static ModelConfig Gemma3(ConfigKeys keys)
    {
        RequireActivation(keys, "hidden_activation", TanhGelu);
        if (keys.Flag("attention_bias", false)) throw keys.Bad("attention_bias", "is true; Gemma 3 with biases is not supported");
        if (keys.Flag("use_bidirectional_attention", false)) throw keys.Bad("use_bidirectional_attention", "is true; encoders are not supported");
        var layers = Layers(keys, 26);
        var pattern = GemmaPattern(keys, layers);
        RequireLayerTypes(keys, layers, i => (i + 1) % pattern != 0);
        var config = new Gemma3Config
        {
            VocabSize = keys.Int("vocab_size", 262_208),
            HiddenSize = keys.Int("hidden_size", 2304),
            IntermediateSize = keys.Int("intermediate_size", 9216),
            NumHiddenLayers = layers,
            NumAttentionHeads = keys.Int("num_attention_heads", 8),
            NumKeyValueHeads = keys.Int("num_key_value_heads", 4),
            HeadDim = keys.Int("head_dim", 256),
            MaxPositionEmbeddings = Context(keys, 131_072),
            TieWordEmbeddings = keys.Flag("tie_word_embeddings", true),
            QueryPreAttnScalar = keys.Number("query_pre_attn_scalar", 256),
            AttnLogitSoftcapping = Softcap(keys, "attn_logit_softcapping", null),
            FinalLogitSoftcapping = Softcap(keys, "final_logit_softcapping", null),
            SlidingWindow = keys.Int("sliding_window", 4096, int.MaxValue),
            SlidingWindowPattern = pattern,
            RopeLocalBaseFreq = RopeKeys.LocalBase(keys),
        };
        return config.WithShared(keys, bos: 2, eos: 1, pad: 0, ropeTheta: 1_000_000);
    }

    /// <summary>Text and images: the text model is nested in text_config, token ids may be outside.</summary>
    public static ModelConfig Gemma3Multimodal(ConfigKeys keys)
    {
        var text = keys.Object("text_config") ?? throw keys.Bad("text_config", "is missing");
        var config = Gemma3(text);
        return config with
        {
            BosTokenId = keys.TokenId("bos_token_id") ?? config.BosTokenId,
            EosTokenIds = keys.TokenIds("eos_token_id") ?? config.EosTokenIds,
            PadTokenId = keys.TokenId("pad_token_id") ?? config.PadTokenId,
        };
    }

    public static ModelConfig Phi3(ConfigKeys keys)
    {
        RequireActivation(keys, "hidden_act", SiLU);
        var hidden = keys.Int("hidden_size", 3072);
        var heads = keys.Int("num_attention_heads", 32);
        return new Phi3Config
        {
            VocabSize = keys.Int("vocab_size", 32_064),
            HiddenSize = hidden,
            IntermediateSize = keys.Int("intermediate_size", 8192),
            NumHiddenLayers = Layers(keys, 32),
            NumAttentionHeads = heads,
            NumKeyValueHeads = keys.Int("num_key_value_heads", heads),
            HeadDim = keys.IntOrNull("head_dim") ?? HeadDim(keys, hidden, heads),
            MaxPositionEmbeddings = Context(keys, 4096),
            RmsNormEps = 1e-5,
            TieWordEmbeddings = keys.Flag("tie_word_embeddings", false),
            SlidingWindow = Window(keys, missing: null),
            PartialRotaryFactor = RopeKeys.PartialRotaryFactor(keys),
        }.WithShared(keys, bos: 1, eos: 32_000, pad: 32_000);
    }

    /// <summary>What spans several keys.</summary>
    static void CheckWidths(ModelConfig config, ConfigKeys keys)
    {
        if (config.NumAttentionHeads % config.NumKeyValueHeads != 0)
            throw keys.Bad("num_key_value_heads", $"is {config.NumKeyValueHeads}, which does not divide the {config.NumAttentionHeads} attention heads");
        if (config.HeadDim % 2 != 0) throw keys.Bad("head_dim", $"is {config.HeadDim}; rotary positions need an even width");
        if ((long)config.NumAttentionHeads * config.HeadDim > ConfigKeys.MaxDimension)
            throw keys.Bad("head_dim", $"is {config.HeadDim} for {config.NumAttentionHeads} heads; together they must not exceed {ConfigKeys.MaxDimension}");
    }

    /// <summary>The keys that are read the same way everywhere.</summary>
    static ModelConfig WithShared(this ModelConfig config, ConfigKeys keys, int? bos, int? eos, int? pad = null, double ropeTheta = 10_000)
    {
        CheckWidths(config, keys);
        var rotary = config is Phi3Config phi ? RopeKeys.RotaryWidth(config.HeadDim, phi.PartialRotaryFactor) : config.HeadDim;
        if (rotary is < 2 || rotary % 2 != 0) throw keys.Bad("partial_rotary_factor", $"leaves {rotary} of {config.HeadDim} elements to rotate; it must be an even number");
        if (config is not Phi3Config && RopeKeys.PartialRotaryFactor(keys) != 1) throw keys.Bad("partial_rotary_factor", $"is not supported for {config.ModelType}");
        return config with
        {
            RmsNormEps = keys.Number("rms_norm_eps", config.RmsNormEps),
            RopeTheta = RopeKeys.Theta(keys, ropeTheta),
            RopeScaling = RopeKeys.Scaling(keys, rotary, config.MaxPositionEmbeddings),
            BosTokenId = keys.Has("bos_token_id") ? keys.TokenId("bos_token_id") : bos,
            EosTokenIds = keys.Has("eos_token_id") ? keys.TokenIds("eos_token_id") ?? [] : eos is { } id ? [id] : [],
            PadTokenId = keys.Has("pad_token_id") ? keys.TokenId("pad_token_id") : pad,
        };
    }

    static int Layers(ConfigKeys keys, int missing) => keys.Int("num_hidden_layers", missing, ConfigKeys.MaxLayers);

    static int Context(ConfigKeys keys, int missing) => keys.Int("max_position_embeddings", missing, int.MaxValue);

    /// <summary>Absent: the default of the class; null: as many as query heads.</summary>
    static int KeyValueHeads(ConfigKeys keys, int missing, int heads) => keys.Has("num_key_value_heads") ? keys.Int("num_key_value_heads", heads) : missing;

    static int HeadDim(ConfigKeys keys, int hidden, int heads) => hidden % heads == 0
        ? hidden / heads
        : throw keys.Bad("hidden_size", $"is {hidden}, which {heads} heads do not divide, and there is no head_dim");

    static int? Window(ConfigKeys keys, int? missing) => keys.Has("sliding_window") ? keys.IntOrNull("sliding_window", int.MaxValue) : missing;

    static double? Softcap(ConfigKeys keys, string key, double? missing) => keys.Has(key) ? keys.NumberOrNull(key) : missing;

    /// <summary>The window counts only with use_sliding_window; the layers below max_window_layers attend to everything.</summary>
    static (int? Window, int MaxWindowLayers) QwenWindow(ConfigKeys keys, int layers)
    {
        var window = keys.Flag("use_sliding_window", false) ? Window(keys, 4096) : null;
        var from = keys.Int("max_window_layers", 28, int.MaxValue, min: 0);
        if (window is null) RequireLayerTypes(keys, layers, _ => false);
        else RequireLayerTypes(keys, layers, i => i >= from);
        return (window, from);
    }

    /// <summary>sliding_window_pattern, or the place of the first global layer in layer_types, which replaced it.</summary>
    static int GemmaPattern(ConfigKeys keys, int layers)
    {
        if (keys.IntOrNull("sliding_window_pattern", ConfigKeys.MaxLayers) is { } pattern) return pattern;
        if (keys.IntOrNull("_sliding_window_pattern", ConfigKeys.MaxLayers) is { } hidden) return hidden;
        if (keys.Texts("layer_types", ConfigKeys.MaxLayers) is not { } types) return 6;
        var first = Array.IndexOf(types, "full_attention");
        return first >= 0 ? first + 1 : layers + 1;
    }

    static void RequireLayerTypes(ConfigKeys keys, int layers, Func<int, bool> slides)
    {
        if (keys.Texts("layer_types", ConfigKeys.MaxLayers) is not { } types) return;
        if (types.Length != layers) throw keys.Bad("layer_types", $"has {types.Length} entries for {layers} layers");
        for (var i = 0; i < layers; i++)
        {
            var expected = slides(i) ? "sliding_attention" : "full_attention";
            if (types[i] != expected) throw keys.Bad("layer_types", $"says '{types[i]}' for layer {i} where this architecture has '{expected}'; other patterns are not supported");
        }
    }

    static void RequireActivation(ConfigKeys keys, string key, string expected)
    {
        if ((keys.Text(key) ?? expected) is var activation && activation != expected && !(expected == SiLU && activation == "swish"))
            throw keys.Bad(key, $"is '{activation}'; supported is '{expected}'");
    }
}
