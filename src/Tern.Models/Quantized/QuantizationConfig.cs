using System.Text.Json;
using Tern.Models.Configs;

namespace Tern.Models.Quantized;

/// <summary>
/// quantization_config of config.json in the layout "compressed-tensors" (github.com/vllm-project/compressed-tensors), as far as Tern reads it: integer
/// weights of 4 or 8 bits, symmetric, one scale for each group of a row, each row, or the whole tensor. Quantisation of activations is not
/// applied: the kernels round them to int8 in groups of 32 anyway.
/// </summary>
sealed record QuantizationConfig
{
    public const string Method = "compressed-tensors";

    const string Supported = "Tern reads compressed-tensors with symmetric int4 and int8 weights (formats pack-quantized, int-quantized, naive-quantized), and GGUF";

    /// <summary>What the folders of other methods call themselves, and where else to get such a model.</summary>
    static readonly string[] KnownMethods =
        ["gptq", "awq", "bitsandbytes", "fp8", "fbgemm_fp8", "finegrained_fp8", "hqq", "aqlm", "quip", "eetq", "higgs", "torchao", "vptq", "spqr", "bitnet", "mxfp4", "auto-round", "quanto", "modelopt"];

    /// <summary>"pack-quantized", "int-quantized" or "naive-quantized".</summary>
    public required string Format { get; init; }

    /// <summary>Bits of the weights of each group of layers; 4 or 8.</summary>
    public required IReadOnlyList<int> Bits { get; init; }

    /// <summary>Null where config.json has no quantization_config.</summary>
    /// <exception cref="ModelFormatException">It is of a kind that Tern does not read; the message says which kinds it reads.</exception>
    public static QuantizationConfig? Read(string path) => ConfigKeys.Read(path, keys => Of(keys.Object("quantization_config") ?? keys.Object("compression_config"), path));

    static QuantizationConfig? Of(ConfigKeys? keys, string path)
    {
        if (keys is null) return null;
        var method = keys.Text("quant_method") ?? Guess(keys);
        if (method != Method) throw Unsupported(path, KnownMethods.Contains(method) ? $"the weights are quantised with {method}" : $"quant_method is '{method}'");
        var format = keys.Text("format") ?? "";
        if (format is not ("pack-quantized" or "int-quantized" or "naive-quantized")) throw Unsupported(path, $"the format of the compressed tensors is '{format}'");
        var groups = keys.Object("config_groups") ?? throw keys.Bad("config_groups", "is missing");
        var bits = new List<int>();
        foreach (var name in groups.Names)
        {
            var weights = groups.Object(name)?.Object("weights") ?? throw Unsupported(path, $"config_groups.{name} does not quantise weights");
            bits.Add(BitsOf(weights, path, name));
        }
        if (bits.Count == 0) throw keys.Bad("config_groups", "is empty");
        return new QuantizationConfig { Format = format, Bits = [.. bits.Distinct()] };
    }

    static int BitsOf(ConfigKeys weights, string path, string group)
    {
        var type = weights.Text("type") ?? "int";
        var bits = weights.Int("num_bits", 8, max: 64);
        if (type != "int" || bits is not (4 or 8)) throw Unsupported(path, $"config_groups.{group} has {type}{bits} weights");
        if (!weights.Flag("symmetric", true)) throw Unsupported(path, $"config_groups.{group} is asymmetric (it has zero points)");
        if (weights.Text("strategy") is { } strategy && strategy is not ("group" or "channel" or "tensor"))
            throw Unsupported(path, $"config_groups.{group} has scales by {strategy}");
        return bits;
    }

    /// <summary>Older bitsandbytes folders do not state their method.</summary>
    static string Guess(ConfigKeys keys) => keys.Has("load_in_4bit") || keys.Has("load_in_8bit") ? "bitsandbytes" : keys.Has("config_groups") ? Method : "missing";

    static ModelFormatException Unsupported(string path, string what) =>
        new(path, $"{what}, which Tern does not read. {Supported}. Fetch the model unquantised (or as GGUF) and run tern compress.");
}
