using System.Text.Json;
using Tern.Models;
using Tern.Models.Configs;
using Tern.Models.Files;
using Tern.Models.Gguf;
using Tern.Numerics.Formats;

namespace Tern.Plan.Memory;

/// <summary>A weight as a file has it, or would have it.</summary>
/// <param name="Name">Of Hugging Face.</param>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Type">How it is stored.</param>
public sealed record PlannedTensor(string Name, IReadOnlyList<long> Shape, TensorType Type)
{
    /// <summary>Numbers.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The table of token embeddings.</summary>
    public bool IsEmbedding => Name == "model.embed_tokens.weight";

    /// <summary>Embedding or output: a row for each token of the vocabulary.</summary>
    public bool IsTable => IsEmbedding || Name == "lm_head.weight";

    /// <summary>In the file.</summary>
    public long StoredBytes => Type.BytesFor(Elements);
}

/// <summary>A model that may not exist yet: its configuration, and its weights by name, shape and type.</summary>
/// <param name="Path">Where it was read.</param>
/// <param name="Config">Of any architecture that Tern knows.</param>
/// <param name="Tensors">In the order of the files, or of the forward pass.</param>
/// <param name="HasWeights">Types are those of the files; false: there is only a configuration, whose dtype all weights have.</param>
public sealed record PlannedModel(string Path, ModelConfig Config, IReadOnlyList<PlannedTensor> Tensors, bool HasWeights)
{
    /// <summary>Weights of the architecture, exactly; tied embeddings once.</summary>
    public long Parameters => ParametersOf(Config);

    /// <summary>Bytes of the tensors of the files.</summary>
    public long StoredBytes => Tensors.Sum(tensor => tensor.StoredBytes);

    /// <summary>Weights that a configuration calls for; tied embeddings once.</summary>
    public static long ParametersOf(ModelConfig config) => ExpectedTensors.Of(config).Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>A model on disk of any kind that Tern reads; a Hugging Face folder without weights; or a config.json alone, whatever its name.</summary>
    /// <exception cref="TernException">It is none of these.</exception>
    public static PlannedModel Open(string path)
    {
        if (File.Exists(path) && path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !path.EndsWith(".index.json", StringComparison.Ordinal)) return OfConfig(path, path);
        if (Directory.Exists(path) && !Directory.EnumerateFiles(path, "*.safetensors").Any() && System.IO.Path.Combine(path, ModelConfigs.FileName) is var config && File.Exists(config)) return OfConfig(path, config);
        using var model = ModelOnDisk.Open(path);
        var tensors = new List<PlannedTensor>();
        foreach (var (name, _) in ExpectedTensors.Of(model.Config))
        {
            var tensor = model.Weights[name];
            tensors.Add(new PlannedTensor(name, tensor.Shape.ToArray(), tensor.Type));
        }
        return new PlannedModel(path, model.Config, tensors, HasWeights: true);
    }

    /// <summary>A model of this configuration, all weights of one type.</summary>
    public static PlannedModel Of(ModelConfig config, TensorType type, string path = "") =>
        new(path, config, [.. ExpectedTensors.Of(config).Select(tensor => new PlannedTensor(tensor.Name, tensor.Shape, type))], HasWeights: false);

    /// <summary>The same model as a GGUF file whose matrices have the types that are chosen, or those that fit their rows; vectors are F32 there (<see cref="GgufExport"/>).</summary>
    /// <param name="choose">From the name of a tensor.</param>
    public PlannedModel Converted(Func<string, TensorType> choose) => this with
    {
        Tensors = [.. Tensors.Select(tensor => tensor with { Type = tensor.Shape.Count < 2 ? TensorType.F32 : GgufExport.Fitting(choose(tensor.Name), tensor.Shape[^1]) })],
    };

    /// <summary>As tern convert --type makes it.</summary>
    /// <exception cref="TernException">No GGUF file with this type can be written.</exception>
    public PlannedModel ConvertedTo(TensorType type) => GgmlType.Find(type) is not null && WeightFormats.Of(type).CanEncode
        ? Converted(_ => type)
        : throw new TernException($"{type} can be read but not written; choose another type, as q8_0, q4_k or bf16.");

    static PlannedModel OfConfig(string path, string file) => Of(ModelConfigs.ReadFile(file), TypeIn(file), path);

    /// <summary>torch_dtype, or dtype, as newer versions of transformers write it; BF16 where neither is there, as nearly every published model.</summary>
    static TensorType TypeIn(string file)
    {
        using var json = JsonDocument.Parse(DiskFile.ReadAllBytes(file), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        foreach (var scope in json.RootElement.TryGetProperty("text_config", out var text) && text.ValueKind == JsonValueKind.Object ? [json.RootElement, text] : (JsonElement[])[json.RootElement])
        {
            foreach (var key in (string[])["torch_dtype", "dtype"])
                if (scope.TryGetProperty(key, out var name) && name.ValueKind == JsonValueKind.String && WeightFormats.TryParse(name.GetString(), out var type)) return type;
        }
        return TensorType.BF16;
    }
}
