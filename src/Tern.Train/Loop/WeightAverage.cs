using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Loop;

/// <summary>An exponential average of the weights (Polyak and Juditsky 1992): average = decay * average + (1 - decay) * weight after every step.</summary>
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

    public void Add()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        for (var i = 0; i < _values.Count; i++) _values[i].Value.lerp_(_parameters[i].Value, 1 - _decay);
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
