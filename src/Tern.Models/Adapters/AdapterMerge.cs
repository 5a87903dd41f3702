using Tern.Models.Gguf;
using Tern.Models.Quantized;
using Tern.Models.Safetensors;
using Tern.Numerics.Formats;

namespace Tern.Models.Adapters;

/// <summary>What was done with a model and an adapter.</summary>
/// <param name="Matrices">Matrices that a low-rank change was added to.</param>
/// <param name="Replaced">Tensors that the adapter brings in full.</param>
public sealed record AdapterMergeReport(int Matrices, int Replaced);

/// <summary>An adapter moved into the weights of its model, or out of them again: W ± s B A, computed in float32, tensor by tensor.</summary>
public static class AdapterMerge
{
    /// <summary>Problems that one message lists.</summary>
    const int Listed = 5;

    /// <summary>Writes the model with the adapter merged in, as a Hugging Face folder that is complete or does not appear.</summary>
    /// <param name="folder">Must not exist or be empty.</param>
    /// <param name="model">The base.</param>
    /// <param name="adapter">Of this base.</param>
    /// <param name="floatType">F32, F16 or BF16 for all weights; null keeps each tensor's type.</param>
    /// <param name="progress">Told after every few megabytes.</param>
    /// <param name="cancellationToken">Cancelling removes what was written.</param>
    /// <exception cref="TernException">The adapter does not fit the model, the folder is taken, or the disk is full.</exception>
    public static AdapterMergeReport Merge(string folder, ModelOnDisk model, PeftAdapter adapter, TensorType? floatType = null, IProgress<HfProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Write(folder, model, adapter, 1, floatType, progress, cancellationToken);

    /// <summary>Writes the model that a merged one was made of, to rounding.</summary>
    /// <inheritdoc cref="Merge"/>
    /// <exception cref="TernException">As <see cref="Merge"/>; or the adapter has changed weights in ways that cannot be taken back (DoRA, tensors in full).</exception>
    public static AdapterMergeReport Unmerge(string folder, ModelOnDisk model, PeftAdapter adapter, TensorType? floatType = null, IProgress<HfProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (adapter.Config.UseDora) throw new TernException($"{adapter.Path}: a DoRA adapter cannot be taken out again: the merged weights do not say what the norms of the rows were. Keep the base model.");
        if (adapter.Full is [var (name, _), ..]) throw new TernException($"{adapter.Path}: the adapter has replaced '{name}' in full, and what it was is lost. Keep the base model.");
        return Write(folder, model, adapter, -1, floatType, progress, cancellationToken);
    }

    static AdapterMergeReport Write(string folder, ModelOnDisk model, PeftAdapter adapter, int sign, TensorType? floatType, IProgress<HfProgress>? progress, CancellationToken cancellationToken)
    {
        RequireFit(model, adapter);
        var modules = adapter.Modules.ToDictionary(module => module.Name + ".weight");
        var full = adapter.Full.ToDictionary(part => part.Name, part => part.Value);
        IReadOnlyList<SafetensorsSource>? Replace(Tensor tensor)
        {
            var type = floatType ?? HfFolder.FloatTypeOf(tensor);
            SafetensorsSource Rows(string path, Tensor source, Func<long, long>? order, RowEdit? edit = null) => new(tensor.Name, type, tensor.Shape.ToArray(),
                stream => new RowTranscoder(path, source, type, shift: 0, order, edit).WriteTo(stream, null, cancellationToken));
            if (full.TryGetValue(tensor.Name, out var value)) return [Rows(adapter.Path, value, null)];
            if (!modules.TryGetValue(tensor.Name, out var module)) return null;
            var delta = new Lazy<LowRankDelta>(() => new LowRankDelta(module, sign));
            return [Rows(model.Path, tensor, HfFolder.RowOrder(model.Config, tensor.Name), (row, weights) => delta.Value.Apply(row, weights))];
        }
        HfFolder.Write(folder, model, floatType, progress, quantization: new QuantizedTensors(null, Replace), cancellationToken: cancellationToken);
        return new AdapterMergeReport(modules.Count, full.Count);
    }

    static void RequireFit(ModelOnDisk model, PeftAdapter adapter)
    {
        var problems = adapter.Modules.Select(module => Problem(model, module)).Concat(adapter.Full.Select(part => Problem(model, part.Name, part.Value))).OfType<string>().ToList();
        if (problems.Count == 0) return;
        var more = problems.Count > Listed ? $"{Environment.NewLine}  and {problems.Count - Listed} more" : "";
        throw new TernException($"{adapter.Path}: the adapter does not fit {model.Path}{(adapter.Config.BaseModel is { Length: > 0 } name ? $" (it was trained on {name})" : "")}:"
            + string.Concat(problems.Take(Listed).Select(problem => $"{Environment.NewLine}  {problem}")) + more);
    }

    static string? Problem(ModelOnDisk model, PeftModule module)
    {
        if (module is { Transposed: true, Magnitude: not null }) return $"'{module.Name}': DoRA of weights stored [in, out] is not merged by this version";
        if (module.Name == "lm_head" && model.Config.TieWordEmbeddings) return TiedOutput;
        if (!model.Weights.TryGet(module.Name + ".weight", out var weight)) return $"the model has no '{module.Name}.weight'";
        var (rows, columns) = module.Transposed ? (module.A.Shape[1], module.B.Shape[0]) : (module.B.Shape[0], module.A.Shape[1]);
        return weight.Shape.SequenceEqual([rows, columns]) ? null : $"'{module.Name}': the adapter is for [{rows}, {columns}], the weight is [{Text(weight)}]";
    }

    static string? Problem(ModelOnDisk model, string name, Tensor value)
    {
        if (name == "lm_head.weight" && model.Config.TieWordEmbeddings) return TiedOutput;
        if (!model.Weights.TryGet(name, out var weight)) return $"the model has no '{name}'";
        return weight.Shape.SequenceEqual(value.Shape) ? null : $"'{name}' is [{Text(value)}] in the adapter, [{Text(weight)}] in the model";
    }

    const string TiedOutput = "the adapter changes lm_head, but the output matrix of this model is its embedding";

    static string Text(Tensor tensor) => string.Join(", ", tensor.Shape.ToArray());
}
