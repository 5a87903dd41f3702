using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Tern.Models.Configs;

/// <summary>Writes config.json in the spelling that transformers 4.43 and later read (rope_scaling with rope_type).</summary>
static class ConfigWriter
{
    /// <summary>"LlamaForCausalLM" of "llama".</summary>
    public static string ArchitectureOf(string modelType) => modelType switch
    {
        "llama" => "LlamaForCausalLM",
        "mistral" => "MistralForCausalLM",
        "qwen2" => "Qwen2ForCausalLM",
        "qwen3" => "Qwen3ForCausalLM",
        "gemma2" => "Gemma2ForCausalLM",
        "gemma3_text" => "Gemma3ForCausalLM",
        "gemma3" => "Gemma3ForConditionalGeneration",
        "phi3" => "Phi3ForCausalLM",
        _ => throw new ArgumentException($"unknown model type '{modelType}'", nameof(modelType)),
    };

    public static string Write(ModelConfig config, string? dtype, string? quantization) => Document(json =>
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue(ArchitectureOf(config.ModelType));
        json.WriteEndArray();
        json.WriteString("model_type", config.ModelType);
        json.WriteNumber("vocab_size", config.VocabSize);
        json.WriteNumber("hidden_size", config.HiddenSize);
        json.WriteNumber("intermediate_size", config.IntermediateSize);
        json.WriteNumber("num_hidden_layers", config.NumHiddenLayers);
        json.WriteNumber("num_attention_heads", config.NumAttentionHeads);
        json.WriteNumber("num_key_value_heads", config.NumKeyValueHeads);
        json.WriteNumber("head_dim", config.HeadDim);
        json.WriteNumber("max_position_embeddings", config.MaxPositionEmbeddings);
        json.WriteNumber("rms_norm_eps", config.RmsNormEps);
        json.WriteNumber("rope_theta", config.RopeTheta);
        WriteRopeScaling(json, config);
        json.WriteBoolean("tie_word_embeddings", config.TieWordEmbeddings);
        WriteOwnKeys(json, config);
        WriteTokenIds(json, config, nulls: true);
        if (dtype is not null) json.WriteString("torch_dtype", dtype);
        json.WriteBoolean("use_cache", true);
        if (quantization is null) return;
        json.WritePropertyName("quantization_config");
        using var parsed = JsonDocument.Parse(quantization);
        parsed.RootElement.WriteTo(json);                   // indented like the rest
    });

    public static string? WriteGeneration(ModelConfig config) =>
        config is { BosTokenId: null, EosTokenIds.Count: 0, PadTokenId: null } ? null : Document(json => WriteTokenIds(json, config, nulls: false));

    static void WriteOwnKeys(Utf8JsonWriter json, ModelConfig config)
    {
        switch (config)
        {
            case LlamaConfig llama:
                json.WriteString("hidden_act", "silu");
                json.WriteBoolean("attention_bias", llama.AttentionBias);
                json.WriteBoolean("mlp_bias", llama.MlpBias);
                break;
            case MistralConfig mistral:
                json.WriteString("hidden_act", "silu");
                WriteNumber(json, "sliding_window", mistral.SlidingWindow);
                break;
            case Qwen2Config qwen2:
                json.WriteString("hidden_act", "silu");
                WriteQwenWindow(json, qwen2.SlidingWindow, qwen2.MaxWindowLayers);
                break;
            case Qwen3Config qwen3:
                json.WriteString("hidden_act", "silu");
                json.WriteBoolean("attention_bias", qwen3.AttentionBias);
                WriteQwenWindow(json, qwen3.SlidingWindow, qwen3.MaxWindowLayers);
                break;
            case Gemma2Config gemma2:
                WriteGemma(json, gemma2.QueryPreAttnScalar, gemma2.AttnLogitSoftcapping, gemma2.FinalLogitSoftcapping, gemma2.SlidingWindow);
                WriteLayerTypes(json, config, layer => layer % 2 == 0);
                break;
            case Gemma3Config gemma3:
                WriteGemma(json, gemma3.QueryPreAttnScalar, gemma3.AttnLogitSoftcapping, gemma3.FinalLogitSoftcapping, gemma3.SlidingWindow);
                json.WriteNumber("rope_local_base_freq", gemma3.RopeLocalBaseFreq);
                json.WriteNumber("sliding_window_pattern", gemma3.SlidingWindowPattern);
                WriteLayerTypes(json, config, layer => (layer + 1) % gemma3.SlidingWindowPattern != 0);
                break;
            case Phi3Config phi3:
                json.WriteString("hidden_act", "silu");
                WriteNumber(json, "sliding_window", phi3.SlidingWindow);
                json.WriteNumber("partial_rotary_factor", phi3.PartialRotaryFactor);
                // Phi3Config of transformers wants this key at the top level, whatever rope_scaling says.
                json.WriteNumber("original_max_position_embeddings", phi3.RopeScaling?.OriginalMaxPositionEmbeddings ?? phi3.MaxPositionEmbeddings);
                break;
            default:
                throw new ArgumentException($"{config.GetType().Name} cannot be written as config.json.", nameof(config));
        }
    }

    static void WriteQwenWindow(Utf8JsonWriter json, int? window, int maxWindowLayers)
    {
        json.WriteBoolean("use_sliding_window", window is not null);
        WriteNumber(json, "sliding_window", window);
        json.WriteNumber("max_window_layers", maxWindowLayers);
    }

    static void WriteGemma(Utf8JsonWriter json, double scalar, double? attention, double? final, int window)
    {
        json.WriteString("hidden_activation", "gelu_pytorch_tanh");
        json.WriteBoolean("attention_bias", false);
        json.WriteNumber("query_pre_attn_scalar", scalar);
        WriteNumber(json, "attn_logit_softcapping", attention);
        WriteNumber(json, "final_logit_softcapping", final);
        json.WriteNumber("sliding_window", window);
    }

    static void WriteLayerTypes(Utf8JsonWriter json, ModelConfig config, Func<int, bool> slides)
    {
        json.WriteStartArray("layer_types");
        for (var layer = 0; layer < config.NumHiddenLayers; layer++) json.WriteStringValue(slides(layer) ? "sliding_attention" : "full_attention");
        json.WriteEndArray();
    }

    static void WriteRopeScaling(Utf8JsonWriter json, ModelConfig config)
    {
        if (config.RopeScaling is not { } scaling)
        {
            json.WriteNull("rope_scaling");
            return;
        }
        if (scaling.FrequencyFactors is not null) scaling = Llama3Factors.Explain(config, scaling);
        json.WriteStartObject("rope_scaling");
        json.WriteString(config is Phi3Config ? "type" : "rope_type", scaling.Type);
        if (scaling.Type != "longrope" || config is not Phi3Config) json.WriteNumber("factor", scaling.Factor);
        if (scaling.Type == "llama3")
        {
            json.WriteNumber("low_freq_factor", scaling.LowFreqFactor);
            json.WriteNumber("high_freq_factor", scaling.HighFreqFactor);
        }
        if (scaling.Type == "yarn")
        {
            json.WriteNumber("beta_fast", scaling.BetaFast);
            json.WriteNumber("beta_slow", scaling.BetaSlow);
        }
        if (scaling.AttentionFactor is { } attention) json.WriteNumber("attention_factor", attention);
        // Phi-3 accepts nothing but type and the two lists here, and reads the original length from the top level.
        if (scaling.OriginalMaxPositionEmbeddings is { } original && config is not Phi3Config) json.WriteNumber("original_max_position_embeddings", original);
        WriteNumbers(json, "short_factor", scaling.ShortFactor);
        WriteNumbers(json, "long_factor", scaling.LongFactor);
        json.WriteEndObject();
    }

    static void WriteTokenIds(Utf8JsonWriter json, ModelConfig config, bool nulls)
    {
        if (nulls || config.BosTokenId is not null) WriteNumber(json, "bos_token_id", config.BosTokenId);
        if (config.EosTokenIds.Count > 1) WriteNumbers(json, "eos_token_id", [.. config.EosTokenIds.Select(id => (double)id)]);
        else if (nulls || config.EosTokenIds.Count == 1) WriteNumber(json, "eos_token_id", config.EosTokenIds.Count == 1 ? config.EosTokenIds[0] : null);
        if (nulls || config.PadTokenId is not null) WriteNumber(json, "pad_token_id", config.PadTokenId);
    }

    static void WriteNumber(Utf8JsonWriter json, string key, double? value)
    {
        if (value is { } number) json.WriteNumber(key, number);
        else json.WriteNull(key);
    }

    static void WriteNumbers(Utf8JsonWriter json, string key, IReadOnlyList<double>? values)
    {
        if (values is null) return;
        json.WriteStartArray(key);
        foreach (var value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    static string Document(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }
}
