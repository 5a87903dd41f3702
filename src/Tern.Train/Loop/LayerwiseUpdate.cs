using Tern.Models;
using Tern.Train.Optimizers;

namespace Tern.Train.Loop;

/// <summary>
/// Changes the weights of a layer as soon as the backward pass has their gradients, and drops these, so that those of one layer are alive at a time (Lv et al. 2023, arXiv 2306.09782; with GaLore, Zhao et
/// al. 2024, arXiv 2403.03507). Gradients of micro-batches are added up in the form that the optimiser needs. The weights are the same bits as those of a step after the whole backward pass by layers;
/// after several micro-batches, as far as a projected sum is the sum of projections in float32.
/// </summary>
sealed class LayerwiseUpdate(IOptimizer optimizer)
{
    readonly WeightwiseOptimizer _optimizer = optimizer as WeightwiseOptimizer
        ?? throw new TernException("per_layer_updates needs an optimiser that treats each weight by itself; choose another one, or leave per_layer_updates out.");

    double _learningRate, _squares;

    /// <summary>The norm over all gradients since <see cref="Begin"/>; those of several micro-batches as if they stood at right angles.</summary>
    public double Norm => Math.Sqrt(_squares);

    /// <summary>Begins a step.</summary>
    public void Begin(double learningRate) => (_learningRate, _squares) = (learningRate, 0);

    /// <summary>See <see cref="LayerGradients"/>.</summary>
    /// <exception cref="DivergenceException">A gradient is not finite; the message names the first one.</exception>
    public void Take(IReadOnlyList<TrainedParameter> weights, bool isLast)
    {
        if (weights.Count == 0) return;
        var norm = GradientNorm.Of(weights, "Lower the learning rate, or lengthen the warm-up");
        _squares += norm * norm;
        foreach (var weight in weights) _optimizer.Take(weight, isLast, _learningRate);
    }
}
