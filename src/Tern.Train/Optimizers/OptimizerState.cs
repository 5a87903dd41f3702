using Tern.Models;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Optimizers;

/// <summary>The named tensors that an optimiser keeps from step to step. Made at once, changed in place, so that the tensors stay the same objects.</summary>
sealed class OptimizerState : IDisposable
{
    readonly List<(string Name, Tensor Value)> _tensors = [];

    /// <summary>In the order in which they were made.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Tensors => _tensors;

    /// <summary>A float32 tensor of zeros beside the weight.</summary>
    public Tensor Zeros(TrainedParameter weight, string kind, params ReadOnlySpan<long> shape) =>
        Keep($"{weight.Name}.{kind}", zeros(shape, dtype: ScalarType.Float32, device: weight.Value.device));

    /// <summary>A tensor of bytes beside the weight, all of one value.</summary>
    public Tensor Codes(TrainedParameter weight, string kind, byte value, params ReadOnlySpan<long> shape) =>
        Keep($"{weight.Name}.{kind}", full(shape.ToArray(), value, dtype: ScalarType.Byte, device: weight.Value.device));

    /// <summary>A counter of steps, in main memory wherever the weight is.</summary>
    public Tensor Counter(TrainedParameter weight, long start) => Keep($"{weight.Name}.step", tensor([start], dtype: ScalarType.Int64));

    /// <summary>Copies the values of the same names.</summary>
    /// <exception cref="TernException">A tensor is missing or has another shape or type; nothing has been changed then.</exception>
    public void Restore(IReadOnlyDictionary<string, Tensor> saved)
    {
        foreach (var (name, value) in _tensors)
        {
            Check(name, value, saved);
        }

        using var untracked = no_grad();
        foreach (var (name, value) in _tensors)
        {
            value.copy_(saved[name]);
        }
    }

    public void Dispose()
    {
        foreach (var (_, value) in _tensors)
        {
            value.Dispose();
        }
    }

    Tensor Keep(string name, Tensor value)
    {
        _tensors.Add((name, value.DetachFromDisposeScope()));
        return value;
    }

    static void Check(string name, Tensor value, IReadOnlyDictionary<string, Tensor> saved)
    {
        if (!saved.TryGetValue(name, out var found))
        {
            throw new TernException($"The saved optimiser state has no tensor '{name}': it belongs to another model or optimiser. Resume with the recipe of the run.");
        }

        if (found.dtype != value.dtype || !found.shape.AsSpan().SequenceEqual(value.shape))
        {
            throw new TernException(
                $"The saved optimiser state has '{name}' as {Described(found)}, but the recipe needs {Described(value)}. Resume with the recipe of the run.");
        }
    }

    static string Described(Tensor value) => $"{value.dtype} [{string.Join(", ", value.shape)}]";
}
