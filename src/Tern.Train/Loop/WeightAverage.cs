using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Loop;

/// <summary>
/// The exponential average of the weights as Zhang et al. 2024 (arXiv 2410.21676, "How Does Critical Batch Size Scale in Pre-training?") evaluate it: ξ_t = τ ξ_(t-1) + (1 - τ) θ_t from ξ_0 = 0 after every step, divided by 1 - τ^t, so that
/// what weights begin with has no part in it. What is kept is that quotient, for which the recursion is average += (1 - τ) / (1 - τ^t) (θ_t - average).
/// </summary>
sealed class WeightAverage : IDisposable
{
    readonly IReadOnlyList<TrainedParameter> _parameters;
    readonly double _decay;
    readonly List<(string Name, Tensor Value)> _values;

    public WeightAverage(IReadOnlyList<TrainedParameter> parameters, double decay)
    {
        (_parameters, _decay) = (parameters, decay);
        using var frozen = no_grad();
        _values = [.. parameters.Select(weight => (weight.Name, weight.Value.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>The average, by weight; the tensors themselves.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Values => _values;

    /// <summary>After step <paramref name="step"/>, counted from 1.</summary>
    public void Add(long step)
    {
        var share = (1 - _decay) / (1 - Math.Pow(_decay, step));
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        for (var i = 0; i < _values.Count; i++) _values[i].Value.lerp_(_parameters[i].Value, share);
    }

    /// <summary>Exchanges the weights of the model and the average; called twice, nothing has changed.</summary>
    public void Swap()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        for (var i = 0; i < _values.Count; i++)
        {
            var weight = _parameters[i].Value;
            var kept = weight.clone();
            weight.copy_(_values[i].Value);
            _values[i].Value.copy_(kept);
        }
    }

    public void Dispose()
    {
        foreach (var (_, value) in _values) value.Dispose();
    }
}
