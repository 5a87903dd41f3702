using System.Diagnostics.CodeAnalysis;

namespace Tern.Models;

/// <summary>
/// The tensors of a model on disk, memory-mapped, whatever the file format. Names are those of Hugging Face
/// (<c>model.layers.0.self_attn.q_proj.weight</c>) for every format whose names are known.
/// </summary>
public abstract class Checkpoint : IDisposable
{
    /// <summary>All tensors in file order.</summary>
    public abstract IReadOnlyList<Tensor> Tensors { get; }

    public abstract bool TryGet(string name, out Tensor tensor);

    /// <exception cref="TernException">There is no tensor of this name.</exception>
    public abstract Tensor this[string name] { get; }

    /// <summary>Free-form metadata of the file (the __metadata__ of safetensors, the key-values of GGUF as text).</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long ByteLength => Tensors.Sum(tensor => tensor.ByteLength);

    protected abstract void Dispose(bool disposing);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}
