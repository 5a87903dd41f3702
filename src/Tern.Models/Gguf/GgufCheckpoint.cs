using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tern.Numerics.Formats;

namespace Tern.Models.Gguf;

/// <summary>
/// The tensors of a GGUF file under their Hugging Face names and with Hugging Face's numbers, as views of the mapped file.
/// The norms of Gemma, which GGUF stores as weight + 1, are the one exception: they are presented as F32 copies of weight.
/// The rows of q_proj and k_proj stay in the order of the file (see <see cref="Configs.ModelConfig.RopeInterleaved"/>).
/// Tensors without a Hugging Face name (rope_freqs.weight) keep their own.
/// </summary>
public sealed unsafe class GgufCheckpoint : Checkpoint
{
    readonly Tensor[] tensors;
    readonly Dictionary<string, int> indices = new(StringComparer.Ordinal);
    readonly List<float[]> copies = [];                      // pinned: the tensors point into them

    internal GgufCheckpoint(GgufFile file, GgufArchitecture architecture)
    {
        File = file;
        Metadata = new MetadataAsText(file.Metadata);
        tensors = new Tensor[file.Tensors.Count];
        for (var i = 0; i < tensors.Length; i++)
        {
            var info = file.Tensors[i];
            var name = architecture.ToHuggingFace(info.Name) ?? info.Name;
            if (name != info.Name && info.Type is (TensorType.I8 or TensorType.I16 or TensorType.I32 or TensorType.I64))
                throw new ModelFormatException(file.Path, $"the tensor '{info.Name}' holds integers ({info.Type}), not weights");
            tensors[i] = architecture.IsShiftedNorm(name) ? Unshifted(info, name) : file.View(info, name);
            if (!indices.TryAdd(name, i)) throw new ModelFormatException(file.Path, $"two tensors stand for '{name}', one of them '{info.Name}'");
        }
    }

    /// <summary>The file itself: names and key-values as they are there.</summary>
    public GgufFile File { get; }

    public override IReadOnlyList<Tensor> Tensors => tensors;

    /// <summary>The key-values as text; arrays are abbreviated ("string[32000]").</summary>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    public override bool TryGet(string name, out Tensor tensor)
    {
        var found = indices.TryGetValue(name, out var index);
        tensor = found ? tensors[index] : default;
        return found;
    }

    public override Tensor this[string name] => TryGet(name, out var tensor)
        ? tensor
        : throw new TernException($"{File.Path}: there is no tensor '{name}'");

    Tensor Unshifted(GgufTensorInfo info, string name)
    {
        var stored = File.View(info, name);
        if (stored.Count > MaxNormLength)
            throw new ModelFormatException(File.Path, $"the norm '{info.Name}' has {stored.Count} elements; the limit is {MaxNormLength}");
        var weights = GC.AllocateUninitializedArray<float>((int)stored.Count, pinned: true);
        WeightFormats.Of(stored.Type).Decode(new ReadOnlySpan<byte>(stored.Data, (int)stored.ByteLength), weights);
        foreach (ref var weight in weights.AsSpan()) weight -= 1;
        copies.Add(weights);
        var data = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(weights));
        return new Tensor(name, TensorType.F32, info.Shape, data, weights.Length * (long)sizeof(float));
    }

    const int MaxNormLength = 1 << 20;

    protected override void Dispose(bool disposing)
    {
        if (disposing) File.Dispose();
    }

    /// <summary>Text forms are made when asked for: a vocabulary is large.</summary>
    sealed class MetadataAsText(GgufMetadata metadata) : IReadOnlyDictionary<string, string>
    {
        public string this[string key] => Text(metadata[key]);

        public IEnumerable<string> Keys => metadata.Keys;

        public IEnumerable<string> Values => metadata.Values.Select(Text);

        public int Count => metadata.Count;

        public bool ContainsKey(string key) => metadata.ContainsKey(key);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
        {
            var found = metadata.TryGetValue(key, out var item);
            value = found ? Text(item!) : null;
            return found;
        }

        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
            metadata.Select(pair => KeyValuePair.Create(pair.Key, Text(pair.Value))).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        static string Text(object value) => value is Array array
            ? $"{array.GetType().GetElementType()!.Name}[{array.Length}]"
            : FormattableString.Invariant($"{value}");
    }
}
