using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tern.Models;
using Tern.Numerics.Formats;
using Xunit;

namespace Tern.Testing;

/// <summary>A checkpoint of F32 tensors in memory.</summary>
public sealed unsafe class MemoryCheckpoint : Checkpoint
{
    readonly List<Tensor> tensors = [];
    readonly List<float[]> pinned = [];

    public MemoryCheckpoint Add(string name, long[] shape, ReadOnlySpan<float> weights)
    {
        Assert.Equal(shape.Aggregate(1L, (product, dimension) => product * dimension), weights.Length);
        var copy = GC.AllocateUninitializedArray<float>(weights.Length, pinned: true);
        weights.CopyTo(copy);
        pinned.Add(copy);
        tensors.Add(new Tensor(name, TensorType.F32, shape, (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(copy)), 4L * copy.Length));
        return this;
    }

    public override IReadOnlyList<Tensor> Tensors => tensors;

    public override bool TryGet(string name, out Tensor tensor)
    {
        tensor = tensors.FirstOrDefault(candidate => candidate.Name == name);
        return tensor.Name is not null;
    }

    public override Tensor this[string name] => TryGet(name, out var tensor) ? tensor : throw new TernException($"no tensor '{name}'");

    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    protected override void Dispose(bool disposing) => pinned.Clear();

    /// <summary>The weights of a tensor of any float type or block format.</summary>
    public static float[] Weights(Tensor tensor)
    {
        var weights = new float[tensor.Count];
        WeightFormats.Of(tensor.Type).Decode(new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength), weights);
        return weights;
    }
}
