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

    /// <summary>Bytes of all tensors in the file.</summary>
    public long ByteLength => Tensors.Sum(StoredBytes);

    /// <summary>Bytes that a tensor takes in the file, its scales included; differs from its length where it was repacked when the file was opened.</summary>
    public virtual long StoredBytes(Tensor tensor) => tensor.ByteLength;

    /// <summary>How the file keeps a tensor: its type, or the name of a quantisation that only the file knows ("int4, groups of 32").</summary>
    public virtual string StoredAs(Tensor tensor) => tensor.Type.ToString();

    /// <summary>
    /// Whether the data of a tensor lie in a mapped file: pages that the system is told to drop come back when they are read. Tensors that were made
    /// when the file was opened do not.
    /// </summary>
    public virtual bool IsMapped(Tensor tensor) => true;

    protected abstract void Dispose(bool disposing);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}
