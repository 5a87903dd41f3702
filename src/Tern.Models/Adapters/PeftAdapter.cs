using Tern.Models.Files;
using Tern.Models.Gguf;
using Tern.Models.Safetensors;
using Tern.Numerics.Formats;

namespace Tern.Models.Adapters;

/// <summary>
/// A LoRA adapter in the folder format of PEFT: adapter_config.json and adapter_model.safetensors, whose tensors are named base_model.model.&lt;module&gt;.lora_A.weight and so on. Tensors are views of
/// the mapped file until <see cref="Dispose"/>.
/// </summary>
public sealed class PeftAdapter : IDisposable
{
    public const string FileName = "adapter_model.safetensors";

    const string Prefix = "base_model.model.";

    readonly SafetensorsCheckpoint _file;

    PeftAdapter(string path, PeftConfig config, SafetensorsCheckpoint file)
    {
        (Path, Config, _file) = (path, config, file);
        var parts = file.Tensors.Select(tensor => (Tensor: tensor, Name: NameInModel(tensor.Name))).ToList();
        Full = [.. parts.Where(part => !PeftNames.IsFactor(part.Name)).Select(part => (PeftNames.WithoutWrappers(part.Name), part.Tensor))];
        Modules = [.. parts.Where(part => PeftNames.IsFactor(part.Name)).Select(part => (part.Tensor, Parsed: PeftNames.Parse(part.Name)
                ?? throw Bad($"the tensor '{part.Tensor.Name}' is none that LoRA adapters have"))).GroupBy(part => part.Parsed.Module, part => (part.Tensor, part.Parsed.Kind))
            .Select(module => ModuleOf(module.Key, [.. module]))];
        if (Modules.Count == 0 && Full.Count == 0) throw Bad("holds no tensors");
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    public PeftConfig Config { get; }

    /// <summary>Low-rank changes, by module.</summary>
    public IReadOnlyList<PeftModule> Modules { get; }

    /// <summary>Tensors that take the place of those of the model (modules_to_save, biases), under the names of the model.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Full { get; }

    /// <summary>Opens a folder; every low-rank pair is checked to be complete and to have the rank that the configuration says.</summary>
    /// <exception cref="TernException">It is no adapter, or a damaged one; the message names the tensor.</exception>
    public static PeftAdapter Open(string folder)
    {
        if (File.Exists(folder)) folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(folder))!;
        var config = System.IO.Path.Combine(folder, PeftConfig.FileName);
        if (!File.Exists(config)) throw Missing(folder);
        var weights = System.IO.Path.Combine(folder, FileName);
        if (!File.Exists(weights))
            throw new TernException(File.Exists(System.IO.Path.ChangeExtension(weights, ".bin"))
                ? $"{folder}: the adapter is a PyTorch pickle, which Tern does not read; convert it to safetensors (in Python: model.save_pretrained(folder, safe_serialization=True))."
                : $"{folder}: there is no {FileName} beside {PeftConfig.FileName}.");
        var file = SafetensorsCheckpoint.Open(weights);
        try
        {
            return new PeftAdapter(folder, PeftConfig.Read(config), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter folder; it is complete or does not appear.</summary>
    /// <param name="folder">Must not exist or be empty.</param>
    /// <param name="config">Of the adapter.</param>
    /// <param name="tensors">Named as in the model: "model.norm.weight", "model.layers.0.self_attn.q_proj.lora_A.weight".</param>
    /// <param name="cancellationToken">Cancelling removes what was written.</param>
    /// <exception cref="TernException">The folder is taken or the disk is full.</exception>
    public static void Write(string folder, PeftConfig config, IReadOnlyList<SafetensorsSource> tensors, CancellationToken cancellationToken = default) =>
        AtomicFolder.Write(folder, temporary =>
        {
            AtomicFile.WriteText(System.IO.Path.Combine(temporary, PeftConfig.FileName), config.ToJson(), cancellationToken);
            SafetensorsWriter.Write(System.IO.Path.Combine(temporary, FileName), [.. tensors.Select(tensor => tensor with { Name = Prefix + tensor.Name })], cancellationToken);
        }, cancellationToken);

    /// <summary>Writes this adapter to another folder: the same tensors, bit for bit.</summary>
    /// <exception cref="TernException">As <see cref="Write"/>.</exception>
    public void Save(string folder, CancellationToken cancellationToken = default) => Write(folder, Config,
        [.. _file.Tensors.Select(tensor => new SafetensorsSource(NameInModel(tensor.Name), tensor.Type, tensor.Shape.ToArray(),
            stream => new RowTranscoder(Path, tensor, tensor.Type, shift: 0, sourceRow: null).WriteTo(stream, null, cancellationToken)))], cancellationToken);

    public void Dispose() => _file.Dispose();

    string NameInModel(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : throw Bad($"the tensor '{name}' does not begin with '{Prefix}', as those of PEFT do");

    PeftModule ModuleOf(string module, IReadOnlyList<(Tensor Tensor, PeftTensor Kind)> tensors)
    {
        Tensor? Of(PeftTensor kind) => tensors.Where(part => part.Kind == kind).Select(part => (Tensor?)part.Tensor).FirstOrDefault();
        var isEmbedding = tensors.Any(part => part.Kind is PeftTensor.EmbeddingA or PeftTensor.EmbeddingB);
        var a = Of(isEmbedding ? PeftTensor.EmbeddingA : PeftTensor.A) ?? throw Bad($"the module '{module}' has no lora_A");
        var b = Of(isEmbedding ? PeftTensor.EmbeddingB : PeftTensor.B) ?? throw Bad($"the module '{module}' has no lora_B");
        var magnitude = Of(PeftTensor.Magnitude);
        foreach (var (tensor, _) in tensors)
            if (tensor.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.F64)) throw Bad($"'{tensor.Name}' is of {tensor.Type}, which is no type for adapters");
        if (a.Shape.Length != 2 || b.Shape.Length != 2 || a.Shape[0] != b.Shape[1])
            throw Bad($"the factors of '{module}' do not fit together: lora_A is [{Text(a)}], lora_B is [{Text(b)}]; expected [r, in] and [out, r]");
        if (a.Shape[0] != Config.RankOf(module)) throw Bad($"the factors of '{module}' have rank {a.Shape[0]}, {PeftConfig.FileName} says {Config.RankOf(module)}");
        if (Config.UseDora != magnitude is not null) throw Bad($"the module '{module}' {(Config.UseDora ? "has no lora_magnitude_vector" : "has a lora_magnitude_vector")}, but use_dora is {(Config.UseDora ? "true" : "false")}");
        if (magnitude is { } vector && vector.Count != b.Shape[0]) throw Bad($"the magnitude of '{module}' has {vector.Count} numbers, lora_B has {b.Shape[0]} rows");
        return new PeftModule(module, a, b, magnitude, Config.ScaleOf(module), Transposed: isEmbedding || Config.FanInFanOut);
    }

    ModelFormatException Bad(string problem) => new(System.IO.Path.Combine(Path, FileName), $"{problem}.");

    static TernException Missing(string folder)
    {
        if (!Directory.Exists(folder)) return new TernException($"{folder}: there is no such folder.");
        var inside = Directory.GetDirectories(folder).Where(sub => File.Exists(System.IO.Path.Combine(sub, PeftConfig.FileName))).Order(StringComparer.Ordinal).ToList();
        return new TernException(inside.Count > 0
            ? $"{folder}: there is no {PeftConfig.FileName}; name the folder of one adapter, such as {inside[0]}."
            : $"{folder}: there is no {PeftConfig.FileName}, so this is no adapter of PEFT.");
    }

    static string Text(Tensor tensor) => string.Join(", ", tensor.Shape.ToArray());
}

/// <summary>The low-rank change of one module: scale B A, or its transpose.</summary>
/// <param name="Name">"model.layers.0.self_attn.q_proj".</param>
/// <param name="A">[r, in]; of an embedding [r, vocabulary].</param>
/// <param name="B">[out, r]; of an embedding [hidden, r].</param>
/// <param name="Magnitude">[out], DoRA; null without.</param>
/// <param name="Scale">alpha / r, or what the configuration makes of it.</param>
/// <param name="Transposed">The weight is stored [in, out], as embeddings are.</param>
public sealed record PeftModule(string Name, Tensor A, Tensor B, Tensor? Magnitude, double Scale, bool Transposed);
