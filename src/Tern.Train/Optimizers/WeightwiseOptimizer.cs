using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>How one weight is changed by its gradient.</summary>
abstract class WeightUpdate
{
    /// <summary>Called without gradient tracking, within a dispose scope.</summary>
    /// <param name="gradient">Of the weight's shape, contiguous.</param>
    /// <param name="learningRate">Of this weight in this step.</param>
    public abstract void Step(Tensor gradient, double learningRate);

    /// <summary>What has to be added up over the micro-batches of a step where their gradients are not kept: something linear in the gradient, smaller if the update can do with less.</summary>
    public virtual Tensor Reduce(Tensor gradient) => gradient;

    /// <summary>As <see cref="Step"/>, of a sum of what <see cref="Reduce"/> gave.</summary>
    public virtual void StepReduced(Tensor reduced, double learningRate) => Step(reduced, learningRate);
}

/// <summary>An optimiser that treats each weight by itself; which update a weight gets is decided when the optimiser is built.</summary>
sealed class WeightwiseOptimizer : IOptimizer
{
    readonly OptimizerState _state = new();
    readonly List<(TrainedParameter Weight, WeightUpdate Update)> _updates = [];
    readonly Dictionary<string, Tensor> _sums = [];

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

    /// <summary>Adds the gradient of a micro-batch to the sum of the step and drops it; at the last micro-batch, makes the step of this weight.</summary>
    /// <param name="weight">One of the optimiser's, with a gradient.</param>
    /// <param name="isLast">No other micro-batch follows in this step.</param>
    /// <param name="learningRate">Of this step.</param>
    public void Take(TrainedParameter weight, bool isLast, double learningRate)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        var update = _updates.Find(pair => pair.Weight.Name == weight.Name).Update;
        var reduced = update.Reduce(weight.Gradient!.contiguous());
        weight.Value.grad = null;
        if (_sums.Remove(weight.Name, out var sum))
        {
            reduced = sum.MoveToOtherDisposeScope(scope).add_(reduced);
        }

        if (isLast)
        {
            update.StepReduced(reduced, learningRate * weight.LearningRateMultiplier);
        }
        else
        {
            _sums.Add(weight.Name, reduced.DetachFromDisposeScope());
        }
    }

    public void Restore(IReadOnlyDictionary<string, Tensor> state) => _state.Restore(state);

    public void Dispose()
    {
        foreach (var sum in _sums.Values)
        {
            sum.Dispose();
        }

        _state.Dispose();
    }
}
