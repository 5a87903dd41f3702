using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>
/// Adafactor: Adam's second moment of a matrix from its row and column means, and updates that are cut to a root mean square (Shazeer and Stern 2018, arXiv 1804.04235,
/// Algorithms 4 and 5). A tensor of more axes is a stack of matrices; vectors have the whole moment. Differs: step sizes are the recipe's unless
/// <see cref="ScaleParameter"/> and <see cref="RelativeStep"/> are set; weight decay is decoupled and comes first.
/// </summary>
public sealed record Adafactor : OptimizerChoice
{
    public Adafactor() => WeightDecay = 0;

    /// <summary>Of the average of updates; null: there is none.</summary>
    public double? Beta1 { get; init; }

    /// <summary>c of β₂ₜ = 1 - t^c.</summary>
    public double DecayRate { get; init; } = -0.8;

    /// <summary>d: updates of a larger root mean square are divided down to it.</summary>
    public double ClipThreshold { get; init; } = 1;

    /// <summary>ε₁, added to squared gradients.</summary>
    public double Epsilon1 { get; init; } = 1e-30;

    /// <summary>ε₂, the least scale of a weight.</summary>
    public double Epsilon2 { get; init; } = 1e-3;

    /// <summary>Multiplies the learning rate by the weight's root mean square, or ε₂ if that is larger.</summary>
    public bool ScaleParameter { get; init; }

    /// <summary>Multiplies the learning rate by ρₜ = min(1e-2, 1/√t). The paper has both, a learning rate of 1 and a constant schedule.</summary>
    public bool RelativeStep { get; init; }

    public override IOptimizer Build(IReadOnlyList<TrainedParameter> parameters)
    {
        HyperParameter.RequireRates(this);
        HyperParameter.Require(Beta1 is null or (>= 0 and < 1), "beta1", Beta1 ?? 0, "at least 0 and less than 1");
        HyperParameter.Require(DecayRate is >= -1 and < 0, "decay_rate", DecayRate, "at least -1 and less than 0");
        HyperParameter.Require(ClipThreshold is > 0, "clip_threshold", ClipThreshold, "more than 0");
        HyperParameter.Require(Epsilon1 is >= 1e-30 and < double.PositiveInfinity, "epsilon1", Epsilon1, "a number of at least 1e-30");
        HyperParameter.Require(Epsilon2 is >= 0 and < double.PositiveInfinity, "epsilon2", Epsilon2, "a number of at least 0");
        return new WeightwiseOptimizer(parameters, (weight, state) => new AdafactorUpdate(this, weight, state, DecayOf(weight.Role)));
    }

    /// <summary>Row and column means, or the whole moment of a vector; the average of updates, if any; the count of steps.</summary>
    public override long StateBytes(ReadOnlySpan<long> shape, ParameterRole role)
    {
        var elements = AdamUpdate.Elements(shape);
        var second = shape.Length < 2 ? elements : AdamUpdate.Elements(RowShape(shape)) + AdamUpdate.Elements(ColumnShape(shape));
        return (sizeof(float) * (second + (Beta1 is null ? 0 : elements))) + sizeof(long);
    }

    /// <summary>[..., m] of [..., m, n].</summary>
    internal static long[] RowShape(ReadOnlySpan<long> shape) => [.. shape[..^1]];

    /// <summary>[..., n] of [..., m, n].</summary>
    internal static long[] ColumnShape(ReadOnlySpan<long> shape) => [.. shape[..^2], shape[^1]];
}

/// <summary>Adafactor on one weight.</summary>
sealed class AdafactorUpdate : WeightUpdate
{
    readonly Adafactor _choice;
    readonly double _weightDecay;
    readonly Tensor _weight, _step;
    readonly Tensor? _rows, _columns, _whole, _average;

    public AdafactorUpdate(Adafactor choice, TrainedParameter weight, OptimizerState state, double weightDecay)
    {
        (_choice, _weightDecay, _weight) = (choice, weightDecay, weight.Value);
        if (weight.Shape.Length < 2)
        {
            _whole = state.Zeros(weight, "exp_avg_sq", weight.Shape);
        }
        else
        {
            _rows = state.Zeros(weight, "exp_avg_sq_row", Adafactor.RowShape(weight.Shape));
            _columns = state.Zeros(weight, "exp_avg_sq_col", Adafactor.ColumnShape(weight.Shape));
        }

        _average = choice.Beta1 is null ? null : state.Zeros(weight, "exp_avg", weight.Shape);
        _step = state.Counter(weight, start: 0);
    }

    public override void Step(Tensor gradient, double learningRate)
    {
        var step = _step.add_(1).item<long>();
        UpdateSecondMoment(gradient, beta: 1 - Math.Pow(step, _choice.DecayRate));
        var update = Normalized(gradient);
        update.div_(RootMeanSquare(update).div_(_choice.ClipThreshold).clamp_min_(1));

        var stepSize = StepSize(step, learningRate);
        update.mul_(stepSize);
        if (_average is not null)
        {
            update = _average.mul_(_choice.Beta1!.Value).add_(update, 1 - _choice.Beta1.Value);
        }

        _weight.mul_(1 - (stepSize * _weightDecay)).sub_(update);
    }

    /// <summary>α = max(ε₂, RMS(W)) ρ, each of the two if chosen.</summary>
    double StepSize(long step, double learningRate)
    {
        var scale = _choice.ScaleParameter ? Math.Max(_choice.Epsilon2, RootMeanSquare(_weight).item<float>()) : 1;
        var relative = _choice.RelativeStep ? Math.Min(1e-2, 1 / Math.Sqrt(step)) : 1;
        return learningRate * scale * relative;
    }

    /// <summary>R, C and V ← β + (1 - β) of the means of G² + ε₁.</summary>
    void UpdateSecondMoment(Tensor gradient, double beta)
    {
        var square = gradient.square().add_(_choice.Epsilon1);
        _rows?.mul_(beta).add_(square.mean([-1]), 1 - beta);
        _columns?.mul_(beta).add_(square.mean([-2]), 1 - beta);
        _whole?.mul_(beta).add_(square, 1 - beta);
    }

    /// <summary>G / √V, a new tensor; V = R Cᵀ / mean(R).</summary>
    Tensor Normalized(Tensor gradient)
    {
        if (_whole is not null)
        {
            return gradient / _whole.sqrt();
        }

        var rows = (_rows! / _rows!.mean([-1], keepdim: true)).rsqrt_().unsqueeze(-1);
        return (gradient * rows).mul_(_columns!.rsqrt().unsqueeze(-2));
    }

    static Tensor RootMeanSquare(Tensor x) => x.square().mean().sqrt_();
}
