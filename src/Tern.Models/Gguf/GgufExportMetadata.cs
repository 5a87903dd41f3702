using Tern.Models.Configs;
using Tern.Models.Tokenizers;
using Tern.Numerics.Formats;

namespace Tern.Models.Gguf;

/// <summary>The key-values that llama.cpp needs to load a model: general.*, the hyper-parameters under the architecture's prefix, tokenizer.*.</summary>
sealed class GgufExportMetadata
{
    /// <summary>Version of ggml's quantised formats.</summary>
    const uint QuantizationVersion = 2;

    readonly OrderedDictionary<string, object> values = new(StringComparer.Ordinal);
    readonly Dictionary<string, byte[][]> rawStrings = new(StringComparer.Ordinal);
    readonly ModelConfig config;
    readonly string prefix;
    readonly Action<string>? notice;

    GgufExportMetadata(ModelConfig config, GgufArchitecture architecture, Action<string>? notice)
    {
        this.config = config;
        prefix = architecture.Name + ".";
        this.notice = notice;
    }

    /// <param name="fileType">The type that most weights are stored in.</param>
    public static GgufMetadata Of(ModelOnDisk source, GgufArchitecture architecture, TensorType fileType, Action<string>? notice)
    {
        var writer = new GgufExportMetadata(source.Config, architecture, notice);
        writer.values["general.architecture"] = architecture.Name;
        writer.values["general.type"] = "model";
        writer.values["general.name"] = Name(source);
        writer.values["general.file_type"] = FileTypeNumber(fileType);
        writer.values["general.quantization_version"] = QuantizationVersion;
        writer.Dimensions();
        writer.Rotary();
        writer.Particulars();
        writer.Tokenizer(source);
        return new GgufMetadata(source.Path, writer.values, writer.rawStrings);
    }

    static string Name(ModelOnDisk source)
    {
        if (source.Weights is GgufCheckpoint { File.Metadata: var metadata } && metadata.StringOrNull("general.name") is { } name) return name;
        return Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Path)));
    }

    /// <summary>llama.cpp's numbers of file types; only shown to people.</summary>
    static uint FileTypeNumber(TensorType type) => type switch
    {
        TensorType.F32 => 0,
        TensorType.F16 => 1,
        TensorType.Q4_0 => 2,
        TensorType.Q4_1 => 3,
        TensorType.Q8_0 => 7,
        TensorType.Q5_0 => 8,
        TensorType.Q5_1 => 9,
        TensorType.Q2_K => 10,
        TensorType.Q3_K => 12,
        TensorType.Q4_K => 14,
        TensorType.Q5_K => 16,
        TensorType.Q6_K => 18,
        TensorType.IQ4_NL => 25,
        TensorType.IQ4_XS => 30,
        TensorType.BF16 => 32,
        TensorType.TQ1_0 => 36,
        TensorType.TQ2_0 => 37,
        _ => 1024,                                           // "guessed"
    };

    void Dimensions()
    {
        if ((config is Qwen2Config or Phi3Config) && config.NumAttentionHeads * config.HeadDim != config.HiddenSize)
        {
            throw new TernException($"llama.cpp reads {config.ModelType} only where num_attention_heads times head_dim is hidden_size; "
                + $"here {config.NumAttentionHeads} x {config.HeadDim} is not {config.HiddenSize}");
        }

        Set("vocab_size", (uint)config.VocabSize);
        Set("block_count", (uint)config.NumHiddenLayers);
        Set("context_length", (uint)config.MaxPositionEmbeddings);
        Set("embedding_length", (uint)config.HiddenSize);
        Set("feed_forward_length", (uint)config.IntermediateSize);
        Set("attention.head_count", (uint)config.NumAttentionHeads);
        Set("attention.head_count_kv", (uint)config.NumKeyValueHeads);
        Set("attention.key_length", (uint)config.HeadDim);
        Set("attention.value_length", (uint)config.HeadDim);
        Set("attention.layer_norm_rms_epsilon", (float)config.RmsNormEps);
    }

    void Rotary()
    {
        var rotary = config is Phi3Config phi ? (uint)Math.Round(phi.PartialRotaryFactor * config.HeadDim) : (uint)config.HeadDim;
        Set("rope.dimension_count", rotary);
        Set("rope.freq_base", (float)config.RopeTheta);
        if (config.RopeScaling is not { } scaling) return;
        switch (scaling.Type)
        {
            case "linear":
                Set("rope.scaling.type", "linear");
                Set("rope.scaling.factor", (float)scaling.Factor);
                break;
            case "yarn":
                Set("rope.scaling.type", "yarn");
                Set("rope.scaling.factor", (float)scaling.Factor);
                Set("rope.scaling.original_context_length", (uint)(scaling.OriginalMaxPositionEmbeddings ?? config.MaxPositionEmbeddings));
                if (scaling.AttentionFactor is { } attention) Set("rope.scaling.attn_factor", (float)attention);
                if (scaling.BetaFast != 32) Set("rope.scaling.yarn_beta_fast", (float)scaling.BetaFast);
                if (scaling.BetaSlow != 1) Set("rope.scaling.yarn_beta_slow", (float)scaling.BetaSlow);
                break;
            case "llama3":                                   // lives in the tensor rope_freqs.weight
                if (scaling.OriginalMaxPositionEmbeddings is { } original) Set("rope.scaling.original_context_length", (uint)original);
                break;
            case "longrope":
                LongRope(scaling);
                break;
            default:
                notice?.Invoke($"rope scaling of type '{scaling.Type}' has no form in GGUF and is left out: use the model within its original context");
                break;
        }
    }

    void LongRope(RopeScaling scaling)
    {
        if (config is not Phi3Config) throw new TernException("GGUF has rope scaling of type 'longrope' for phi3 only");
        var original = scaling.OriginalMaxPositionEmbeddings
            ?? throw new TernException("rope_scaling of type longrope lacks original_max_position_embeddings");
        var stretch = (double)config.MaxPositionEmbeddings / original;
        var attention = scaling.AttentionFactor ?? (stretch > 1 ? Math.Sqrt(1 + Math.Log(stretch) / Math.Log(original)) : 1);
        Set("rope.scaling.original_context_length", (uint)original);
        Set("rope.scaling.attn_factor", (float)attention);
    }

    /// <summary>What only some architectures have.</summary>
    void Particulars()
    {
        switch (config)
        {
            case MistralConfig { SlidingWindow: { } window }:
                Set("attention.sliding_window", (uint)window);
                notice?.Invoke($"llama.cpp ignores the sliding window of {window} for architecture 'llama': beyond it its results differ");
                break;
            case Qwen2Config { SlidingWindow: { } } or Qwen3Config { SlidingWindow: { } }:
                notice?.Invoke("GGUF has no place for the sliding window of this architecture; it is left out");
                break;
            case Phi3Config phi:
                Set("attention.sliding_window", (uint)(phi.SlidingWindow ?? 0));
                break;
            case Gemma2Config gemma:
                CheckScale(gemma.QueryPreAttnScalar);
                Set("attention.sliding_window", (uint)gemma.SlidingWindow);
                Set("attn_logit_softcapping", (float)(gemma.AttnLogitSoftcapping ?? GgufConfigs.NoSoftcap));
                Set("final_logit_softcapping", (float)(gemma.FinalLogitSoftcapping ?? GgufConfigs.NoSoftcap));
                break;
            case Gemma3Config gemma:
                Gemma3(gemma);
                break;
        }
    }

    void Gemma3(Gemma3Config gemma)
    {
        CheckScale(gemma.QueryPreAttnScalar);
        if (gemma.AttnLogitSoftcapping is not null) throw new TernException("GGUF has no place for attn_logit_softcapping of gemma3");
        if (gemma.SlidingWindowPattern != 6) notice?.Invoke("older versions of llama.cpp take the window pattern of gemma3 to be 6");
        Set("attention.sliding_window", (uint)gemma.SlidingWindow);
        Set("attention.sliding_window_pattern", (uint)gemma.SlidingWindowPattern);
        Set("rope.freq_base_swa", (float)gemma.RopeLocalBaseFreq);
        if (gemma.FinalLogitSoftcapping is { } cap) Set("final_logit_softcapping", (float)cap);
    }

    /// <summary>llama.cpp derives the scale of Gemma's attention from the other numbers; another one cannot be written.</summary>
    void CheckScale(double queryPreAttnScalar)
    {
        var assumed = GgufConfigs.GemmaQueryPreAttnScalar(config);
        if (queryPreAttnScalar != assumed)
            throw new TernException($"query_pre_attn_scalar is {queryPreAttnScalar}, but llama.cpp assumes {assumed} for this model; GGUF cannot say otherwise");
    }

    void Tokenizer(ModelOnDisk source)
    {
        if (source.Weights is GgufCheckpoint { File.Metadata: var metadata })
        {
            foreach (var (key, value) in metadata.Where(pair => pair.Key.StartsWith("tokenizer.", StringComparison.Ordinal)))
            {
                values[key] = value;
                if (metadata.RawStrings(key) is { } raw) rawStrings[key] = [.. raw];
            }

            return;
        }

        if (source.Tokenizer is null)
        {
            values["tokenizer.ggml.model"] = "no_vocab";
            notice?.Invoke("the model has no tokenizer: the file works with token ids only");
            return;
        }

        foreach (var (key, value) in GgufTokenizer.ToMetadata(source.Tokenizer)) values[key] = value;
        PadVocabulary();

        // What the configuration says wins over the tokenizer's own opinion.
        if (config.BosTokenId is { } bos) values["tokenizer.ggml.bos_token_id"] = (uint)bos;
        if (config.EosTokenIds is [var eos, ..]) values["tokenizer.ggml.eos_token_id"] = (uint)eos;
        if (config.EosTokenIds is [_, var endOfTurn, ..]) values["tokenizer.ggml.eot_token_id"] = (uint)endOfTurn;
        if (config.PadTokenId is { } pad) values["tokenizer.ggml.padding_token_id"] = (uint)pad;
        if (source.ChatTemplate is { } template) values["tokenizer.chat_template"] = template;
    }

    /// <summary>
    /// Embeddings are often larger than the vocabulary (rounded up for the hardware), and llama.cpp wants one token for each row: the rest
    /// become unused tokens.
    /// </summary>
    void PadVocabulary()
    {
        var tokens = (string[])values["tokenizer.ggml.tokens"];
        var missing = config.VocabSize - tokens.Length;
        if (missing < 0) throw new TernException($"the tokenizer has {tokens.Length} tokens, but the model embeds only {config.VocabSize}");
        if (missing == 0) return;
        values["tokenizer.ggml.tokens"] = (string[])[.. tokens, .. Enumerable.Range(tokens.Length, missing).Select(id => $"[PAD{id}]")];
        if (values.TryGetValue("tokenizer.ggml.scores", out var scores))
            values["tokenizer.ggml.scores"] = (float[])[.. (float[])scores, .. Enumerable.Repeat(-10_000f, missing)];
        if (values.TryGetValue("tokenizer.ggml.token_type", out var types))
            values["tokenizer.ggml.token_type"] = (int[])[.. (int[])types, .. Enumerable.Repeat(UnusedToken, missing)];
    }

    /// <summary>llama.cpp's token type "unused".</summary>
    const int UnusedToken = 5;

    void Set(string key, object value) => values[prefix + key] = value;
}
