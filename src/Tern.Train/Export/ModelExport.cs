using Tern.Models;
using Tern.Models.Configs;
using Tern.Models.Files;
using Tern.Models.Safetensors;
using Tern.Models.Tokenizers;
using Tern.Train.Architectures;
using Tern.Train.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Export;

/// <summary>Trained weights as a Hugging Face folder, which <c>tern run</c>, transformers and llama.cpp's converter read.</summary>
public static class ModelExport
{
    /// <summary>Writes config.json, generation_config.json, model.safetensors, tokenizer.json, chat_template.jinja. The folder is complete or does not appear.</summary>
    /// <param name="folder">Must not exist or be empty.</param>
    /// <param name="config">The configuration, with the token ids of the tokenizer.</param>
    /// <param name="weights">By Hugging Face name.</param>
    /// <param name="tokenizer">Of the run.</param>
    /// <param name="type">float32, bfloat16 or float16.</param>
    /// <param name="chatTemplate">Jinja; null for none.</param>
    /// <param name="cancellationToken">Cancelling removes what was written.</param>
    /// <exception cref="TernException">The folder is taken or the disk is full.</exception>
    public static void Write(string folder, ModelConfig config, IReadOnlyList<(string Name, Tensor Value)> weights, Tokenizer tokenizer, ScalarType type, string? chatTemplate = null, CancellationToken cancellationToken = default) =>
        AtomicFolder.Write(folder, temporary =>
        {
            using var scope = NewDisposeScope();
            AtomicFile.WriteText(Path.Combine(temporary, ModelConfigs.FileName), ModelConfigs.ToJson(config, NameOf(type)), cancellationToken);
            if (ModelConfigs.GenerationJson(config) is { } generation) AtomicFile.WriteText(Path.Combine(temporary, ModelConfigs.GenerationFileName), generation, cancellationToken);
            TokenizerJson.Write(tokenizer, Path.Combine(temporary, "tokenizer.json"));
            if (chatTemplate is not null) AtomicFile.WriteText(Path.Combine(temporary, "chat_template.jinja"), chatTemplate, cancellationToken);
            SafetensorsWriter.WriteFolder(temporary, [.. weights.Select(weight => TensorFile.Source(weight.Name, weight.Value.detach().to(type)))], cancellationToken: cancellationToken);
        }, cancellationToken);

    /// <summary>
    /// The weights of a model as they are exported: the output matrix once, where it is the embedding; matrices with their adapters merged in, or rounded as the forward pass rounds them, which are new
    /// tensors of the dispose scope.
    /// </summary>
    public static IReadOnlyList<(string Name, Tensor Value)> WeightsOf(CausalModel model)
    {
        var adapters = model.Adapters is { } all ? all.Adapted.Zip(all.Layers).ToDictionary(pair => pair.First.Name, pair => pair.Second) : [];
        var grids = model.Linears.Where(layer => layer.WeightGrid is not null).ToDictionary(layer => $"{layer.Name}.weight", layer => layer.WeightGrid!.Value);
        Tensor Exported(TrainedParameter weight) =>
            adapters.TryGetValue(weight.Name, out var adapter) ? adapter.Merged() : grids.TryGetValue(weight.Name, out var grid) ? grid.StraightThrough(weight.Value.detach()) : weight.Value;
        return [.. model.Parameters.Select(weight => (weight.Name, Exported(weight)))];
    }

    static string NameOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => "float32",
        ScalarType.BFloat16 => "bfloat16",
        ScalarType.Float16 => "float16",
        _ => throw new ArgumentException($"models are not exported as {type}", nameof(type)),
    };
}
