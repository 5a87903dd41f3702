using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>How one weight is changed by its gradient.</summary>
abstract class WeightUpdate
{
    /// <summary>Called without gradient tracking, within a dispose scope.</summary>
    /// <param name="gradient">Of the weight's shape, contiguous.</param>
    /// <param name="learningRate">Of this weight in this step.</param>
    public abstract void Step(Tensor gradient, double learningRate);
}

/// <summary>An optimiser that treats each weight by itself; which update a weight gets is decided when the optimiser is built.</summary>
sealed class WeightwiseOptimizer : IOptimizer
{
    readonly OptimizerState _state = new();
    readonly List<(TrainedParameter Weight, WeightUpdate Update)> _updates = [];

    public WeightwiseOptimizer(IReadOnlyList<TrainedParameter> parameters, Func<TrainedParameter, OptimizerState, WeightUpdate> update)
    {
        foreach (var weight in parameters)
        {
            if (weight.Value.dtype != ScalarType.Float32 || !weight.Value.is_contiguous())
            {
                throw new ArgumentException($"'{weight.Name}' must be contiguous float32 to be trained.", nameof(parameters));
            }

            _updates.Add((weight, update(weight, _state)));
        }
    }

    public IEnumerable<(string Name, Tensor Value)> State => _state.Tensors;

    public void Step(double learningRate)
    {
        using var untracked = no_grad();
        foreach (var (weight, update) in _updates)
        {
            using var scope = NewDisposeScope();
            if (weight.Gradient is { } gradient)
            {
                update.Step(gradient.contiguous(), learningRate * weight.LearningRateMultiplier);
            }
        }
    }

    public void Restore(IReadOnlyDictionary<string, Tensor> state) => _state.Restore(state);

    public void Dispose() => _state.Dispose();
}
