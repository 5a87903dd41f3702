using Tern.Train.Loop;
using static TorchSharp.torch;

namespace Tern.Train.Noise;

/// <summary>
/// Takes the norms of the gradients of a step's micro-batches. As torch adds each to the sum of those before it, the sum is kept apart while the next is computed, and each is added to it here: one more
/// set of gradients, and the same sums.
/// </summary>
/// <param name="weights">Whose gradients are measured.</param>
/// <param name="metric">Null: not measured as Adam feels them.</param>
sealed class GradientNoiseProbe(IReadOnlyList<TrainedParameter> weights, AdamMetric? metric)
{
    const string Remedy = "Lower the learning rate, or lengthen the warm-up";

    readonly GradientNoiseSample _plain = new(), _adam = new();
    readonly Tensor?[] _sums = new Tensor?[weights.Count];

    /// <summary>Of the step; null before its end, or for fewer than two micro-batches with targets.</summary>
    public GradientNoise? Plain { get; private set; }

    /// <summary>In the metric of Adam; null without one.</summary>
    public GradientNoise? Adam { get; private set; }

    /// <summary>Targets of the step.</summary>
    public long Targets => _plain.Targets;

    /// <summary>Takes the gradients of a micro-batch, which are those of a sum of losses divided by the targets of the whole step, and leaves none.</summary>
    /// <exception cref="DivergenceException">A gradient is not finite.</exception>
    public void Take(long targets)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _plain.Add(Square(), targets);
        if (metric is not null) _adam.Add(metric.Square(weights), targets);
        for (var i = 0; i < _sums.Length; i++)
        {
            if (weights[i].Gradient is not { } gradient) continue;
            if (_sums[i] is { } sum) sum.add_(gradient);
            else _sums[i] = gradient.DetachFromDisposeScope();
            weights[i].Value.grad = null;
        }
    }

    /// <summary>After the last micro-batch: the sums are the gradients again.</summary>
    public void Finish()
    {
        using var frozen = no_grad();
        for (var i = 0; i < _sums.Length; i++)
        {
            if (_sums[i] is not { } sum) continue;
            weights[i].Value.grad = sum;
            sum.Dispose();                                                       // the handle; the weight has its own
        }
        Plain = _plain.Of(Square(), Targets);
        if (metric is not null) Adam = _adam.Of(metric.Square(weights), Targets);
    }

    double Square() => Math.Pow(GradientNorm.Of(weights, Remedy), 2);
}
