using Tern.Train.Optimizers;
using static TorchSharp.torch;

namespace Tern.Train.Noise;

/// <summary>
/// Gradients as Adam feels them: divided by sqrt(v̂) + ε, with the second moment of before the step. Embeddings are left out: the second moment of a token that is rarely read is next to nothing when it is,
/// and its quotient would be all that is seen.
/// </summary>
sealed class AdamMetric(AdamW choice, IOptimizer optimizer)
{
    readonly Dictionary<string, Tensor> _state = optimizer.State.ToDictionary(tensor => tensor.Name, tensor => tensor.Value);

    /// <summary>Null for optimisers that keep no second moment of every weight in float32.</summary>
    public static AdamMetric? Of(OptimizerChoice choice, IOptimizer optimizer) => choice is AdamW { State: MomentType.Float32 } adam ? new AdamMetric(adam, optimizer) : null;

    /// <summary>Before the first step there is no second moment.</summary>
    public bool IsKnown => _state.First(tensor => tensor.Key.EndsWith(".step", StringComparison.Ordinal)).Value.item<long>() > 0;

    /// <summary>The squared norm over all weights that have a gradient, but for embeddings.</summary>
    public double Square(IReadOnlyList<TrainedParameter> weights)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return weights.Where(weight => weight.Role != ParameterRole.Embedding && weight.Gradient is not null).Sum(weight =>
        {
            using var temporaries = NewDisposeScope();
            var correction = 1 / Math.Sqrt(1 - Math.Pow(choice.Beta2, _state[$"{weight.Name}.step"].item<long>()));
            var norm = weight.Gradient!.div(_state[$"{weight.Name}.exp_avg_sq"].sqrt().mul_(correction).add_(choice.Epsilon)).norm().item<float>();
            return (double)norm * norm;
        });
    }
}
