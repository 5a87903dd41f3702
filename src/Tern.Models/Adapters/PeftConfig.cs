using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tern.Models.Configs;

namespace Tern.Models.Adapters;

/// <summary>
/// adapter_config.json of PEFT, as far as it decides on the numbers of a LoRA adapter; other keys are ignored when it is read. Defaults are those of PEFT.
/// </summary>
public sealed record PeftConfig
{
    public const string FileName = "adapter_config.json";

    /// <summary>As much as any model has layers, times its matrices.</summary>
    const int MostPatterns = 100_000;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>base_model_name_or_path.</summary>
    public string? BaseModel { get; init; }

    /// <summary>r.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>lora_alpha.</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>lora_dropout.</summary>
    public double Dropout { get; init; }

    /// <summary>target_modules; null where the file leaves it to PEFT's table of architectures.</summary>
    public TargetModules? Targets { get; init; }

    /// <summary>Weights are stored [in, out], as in GPT-2.</summary>
    public bool FanInFanOut { get; init; }

    public bool UseRslora { get; init; }

    public bool UseDora { get; init; }

    /// <summary>"none", "all" or "lora_only".</summary>
    public string Bias { get; init; } = "none";

    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Ranks of some modules, by a regular expression for the end of their names.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>lora_alpha of some modules, likewise.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    public string? TaskType { get; init; } = "CAUSAL_LM";

    /// <summary>r of a module.</summary>
    public int RankOf(string module) => Find(RankPattern, module) is { } key ? RankPattern[key] : Rank;

    /// <summary>alpha / r of a module, or alpha / sqrt(r).</summary>
    public double ScaleOf(string module)
    {
        var (alpha, rank) = (Find(AlphaPattern, module) is { } key ? AlphaPattern[key] : Alpha, RankOf(module));
        return UseRslora ? alpha / Math.Sqrt(rank) : alpha / rank;
    }

    /// <exception cref="TernException">There is no such file, it is not of LoRA, or a key makes no sense.</exception>
    public static PeftConfig Read(string path) => ConfigKeys.Read(path, keys =>
    {
        if (keys.Text("peft_type") is var type && type != "LORA") throw keys.Bad("peft_type", $"is {(type is null ? "missing" : $"'{type}'")}; Tern reads LORA");
        return new PeftConfig
        {
            BaseModel = keys.Text("base_model_name_or_path"),
            Rank = keys.Int("r", 8),
            Alpha = keys.Number("lora_alpha", 8),
            Dropout = keys.Number("lora_dropout", 0, min: 0),
            Targets = keys.IsList("target_modules") ? new TargetModules(keys.Texts("target_modules", MostPatterns)!) : keys.Text("target_modules") is { } pattern ? new TargetModules(pattern) : null,
            FanInFanOut = keys.Flag("fan_in_fan_out", false),
            UseRslora = keys.Flag("use_rslora", false),
            UseDora = keys.Flag("use_dora", false),
            Bias = keys.Text("bias") ?? "none",
            ModulesToSave = keys.Texts("modules_to_save", MostPatterns) ?? [],
            RankPattern = Patterns(keys, "rank_pattern", (patterns, name) => patterns.Int(name, 8)),
            AlphaPattern = Patterns(keys, "alpha_pattern", (patterns, name) => patterns.Number(name, 8)),
            TaskType = keys.Text("task_type"),
        };
    });

    /// <summary>The file, keys in PEFT's order (alphabetical).</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            Write(json, "alpha_pattern", AlphaPattern.ToDictionary(entry => entry.Key, entry => (object)entry.Value));
            json.WriteString("base_model_name_or_path", BaseModel);
            json.WriteString("bias", Bias);
            json.WriteBoolean("fan_in_fan_out", FanInFanOut);
            json.WriteBoolean("inference_mode", true);
            json.WriteBoolean("init_lora_weights", true);
            json.WriteNumber("lora_alpha", Alpha);
            json.WriteNumber("lora_dropout", Dropout);
            if (ModulesToSave.Count > 0) Write(json, "modules_to_save", ModulesToSave);
            else json.WriteNull("modules_to_save");
            json.WriteString("peft_type", "LORA");
            json.WriteNumber("r", Rank);
            Write(json, "rank_pattern", RankPattern.ToDictionary(entry => entry.Key, entry => (object)entry.Value));
            if (Targets?.Names is { } names) Write(json, "target_modules", names);
            else json.WriteString("target_modules", Targets?.Pattern);
            json.WriteString("task_type", TaskType);
            json.WriteBoolean("use_dora", UseDora);
            json.WriteBoolean("use_rslora", UseRslora);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    static void Write(Utf8JsonWriter json, string key, object value)
    {
        json.WritePropertyName(key);
        JsonSerializer.Serialize(json, value);
    }

    static Dictionary<string, T> Patterns<T>(ConfigKeys keys, string key, Func<ConfigKeys, string, T> read) =>
        keys.Object(key) is { } patterns ? patterns.Names.ToDictionary(name => name, name => read(patterns, name)) : [];

    /// <summary>The first pattern that the name, or its last parts, fit.</summary>
    static string? Find<T>(IReadOnlyDictionary<string, T> patterns, string module) => patterns.Keys.FirstOrDefault(pattern =>
    {
        try
        {
            return Regex.IsMatch(module, $@"\A(.*\.)?({pattern})\z", RegexOptions.CultureInvariant, Patience);
        }
        catch (Exception problem) when (problem is ArgumentException or RegexMatchTimeoutException)
        {
            throw new TernException($"{FileName}: '{pattern}' is no regular expression for the names of modules, or one that takes too long: {problem.Message}", problem);
        }
    });
}
