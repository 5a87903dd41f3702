namespace Tern.Models.Configs;

/// <summary>
/// config.json as Hugging Face transformers reads it: keys that are absent take the defaults of the architecture there, both spellings of
/// the rotary settings are understood (rope_scaling, and rope_parameters of transformers 5).
/// </summary>
public static class ModelConfigs
{
    public const string FileName = "config.json";

    public const string GenerationFileName = "generation_config.json";

    static readonly Dictionary<string, Func<ConfigKeys, ModelConfig>> Readers = new(StringComparer.Ordinal)
    {
        ["llama"] = ConfigReaders.Llama,
        ["mistral"] = ConfigReaders.Mistral,
        ["qwen2"] = ConfigReaders.Qwen2,
        ["qwen3"] = ConfigReaders.Qwen3,
        ["gemma2"] = ConfigReaders.Gemma2,
        ["gemma3_text"] = ConfigReaders.Gemma3,
        ["gemma3"] = ConfigReaders.Gemma3Multimodal,
        ["phi3"] = ConfigReaders.Phi3,
    };

    /// <summary>The model types that can be read.</summary>
    public static string Supported => string.Join(", ", Readers.Keys);

    /// <summary>Reads config.json of a folder; token ids of generation_config.json win where it has them.</summary>
    /// <exception cref="TernException">There is no config.json, the model type is not supported, or a key makes no sense.</exception>
    public static ModelConfig Read(string folder)
    {
        var config = ReadFile(Path.Combine(folder, FileName));
        var generation = Path.Combine(folder, GenerationFileName);
        return File.Exists(generation) ? ConfigKeys.Read(generation, keys => WithTokenIds(config, keys)) : config;
    }

    /// <summary>Reads one config.json.</summary>
    /// <exception cref="TernException">As <see cref="Read"/>.</exception>
    public static ModelConfig ReadFile(string path) => ConfigKeys.Read(path, Read);

    /// <summary>Reads the text of a config.json.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ModelFormatException">As <see cref="Read"/>.</exception>
    public static ModelConfig Parse(ReadOnlyMemory<byte> json, string path = FileName) => ConfigKeys.Parse(json, path, Read);

    /// <summary>The config.json that transformers loads as this model; <see cref="ModelConfig.RopeInterleaved"/> has no place in it.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="dtype">Name of the floating-point type of the weights, such as "bfloat16"; null to leave it out.</param>
    /// <param name="quantization">The value of quantization_config, a JSON object; null to leave it out.</param>
    /// <exception cref="TernException">The configuration has rotary factors that config.json cannot express.</exception>
    public static string ToJson(ModelConfig config, string? dtype = null, string? quantization = null) => ConfigWriter.Write(config, dtype, quantization);

    /// <summary>The generation_config.json that goes with it, or null where there are no token ids to state.</summary>
    public static string? GenerationJson(ModelConfig config) => ConfigWriter.WriteGeneration(config);

    static ModelConfig Read(ConfigKeys keys)
    {
        var type = keys.Text("model_type") ?? TypeOfArchitecture(keys);
        if (!Readers.TryGetValue(type, out var read)) throw keys.Bad("model_type", $"is '{type}'; supported are {Supported}");
        return read(keys);
    }

    /// <summary>For configurations without model_type: LlamaForCausalLM says as much.</summary>
    static string TypeOfArchitecture(ConfigKeys keys)
    {
        var architectures = keys.Texts("architectures", 64) ?? [];
        foreach (var type in Readers.Keys)
        {
            if (architectures.Contains(ConfigWriter.ArchitectureOf(type))) return type;
        }
        throw keys.Bad("model_type", $"is missing, and the architectures [{string.Join(", ", architectures)}] are not known; supported model types are {Supported}");
    }

    static ModelConfig WithTokenIds(ModelConfig config, ConfigKeys generation) => config with
    {
        BosTokenId = generation.TokenId("bos_token_id") ?? config.BosTokenId,
        EosTokenIds = generation.TokenIds("eos_token_id") ?? config.EosTokenIds,
        PadTokenId = generation.TokenId("pad_token_id") ?? config.PadTokenId,
    };
}
