using System.Globalization;
using Tern.Models.Files;
using Tern.Numerics.Formats;

namespace Tern.Models.Llama2c;

/// <summary>
/// The tensors of a llama2.c model (karpathy/llama2.c, export version 0) under their Hugging Face names, as views of the mapped file.
/// The file keeps one kind of tensor of all layers together; q_proj and k_proj have interleaved rows (see <see cref="RotaryLayout"/>);
/// the rotary tables are skipped, as they follow from the configuration.
/// </summary>
public sealed unsafe class Llama2cCheckpoint : Checkpoint
{
    readonly MappedFile file;
    readonly List<Tensor> tensors = [];
    readonly Dictionary<string, int> indices = new(StringComparer.Ordinal);
    long position = Llama2cHeader.Length;

    Llama2cCheckpoint(MappedFile file)
    {
        this.file = file;
        Header = Llama2cHeader.Read(file.Slice(0, (int)Math.Min(file.Length, Llama2cHeader.Length)), file.Length, file.Path);
        Metadata = new Dictionary<string, string> { ["layout"] = "llama2.c version 0" };
        AddTensors();
        if (position != file.Length) throw new ModelFormatException(file.Path, $"the tensors end at {position}, the file at {file.Length}");
    }

    public Llama2cHeader Header { get; }

    public override IReadOnlyList<Tensor> Tensors => tensors;

    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <exception cref="TernException">The file is missing, or not a llama2.c model of version 0.</exception>
    public static Llama2cCheckpoint Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            return new Llama2cCheckpoint(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override bool TryGet(string name, out Tensor tensor)
    {
        var found = indices.TryGetValue(name, out var index);
        tensor = found ? tensors[index] : default;
        return found;
    }

    public override Tensor this[string name] => TryGet(name, out var tensor) ? tensor : throw new TernException($"{file.Path}: there is no tensor '{name}'.");

    void AddTensors()
    {
        long dim = Header.Dim, hidden = Header.HiddenDim, keyValues = (long)Header.NKvHeads * Header.HeadDim;
        Add("model.embed_tokens.weight", Header.VocabSize, dim);
        AddLayers("input_layernorm", dim);
        AddLayers("self_attn.q_proj", dim, dim);
        AddLayers("self_attn.k_proj", keyValues, dim);
        AddLayers("self_attn.v_proj", keyValues, dim);
        AddLayers("self_attn.o_proj", dim, dim);
        AddLayers("post_attention_layernorm", dim);
        AddLayers("mlp.gate_proj", hidden, dim);      // w1
        AddLayers("mlp.down_proj", dim, hidden);      // w2
        AddLayers("mlp.up_proj", hidden, dim);        // w3
        Add("model.norm.weight", dim);
        position += 2 * Header.RotaryLength * sizeof(float);
        if (!Header.SharedClassifier) Add("lm_head.weight", Header.VocabSize, dim);
    }

    void AddLayers(string part, params long[] shape)
    {
        for (var layer = 0; layer < Header.NLayers; layer++)
            Add(string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.{part}.weight"), shape);
    }

    void Add(string name, params long[] shape)
    {
        long length = sizeof(float);
        foreach (var dimension in shape) length *= dimension;
        indices.Add(name, tensors.Count);
        tensors.Add(new Tensor(name, TensorType.F32, shape, file.At(position, length), length));
        position += length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
    }
}
