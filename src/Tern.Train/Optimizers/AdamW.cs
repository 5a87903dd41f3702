using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101), in the order of torch.optim.AdamW: decay, then the step; ε after bias correction.</summary>
public sealed record AdamW : OptimizerChoice
{
    /// <summary>Of the average of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Of the average of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.95;

    public double Epsilon { get; init; } = 1e-8;

    public override IOptimizer Build(IReadOnlyList<TrainedParameter> parameters)
    {
        HyperParameter.RequireAdam(this, Beta1, Beta2, Epsilon);
        return new WeightwiseOptimizer(parameters, (weight, state) =>
            new AdamUpdate(weight, state, new AdamRule(Beta1, Beta2, Epsilon, EpsilonAfterCorrection: true, DecayFirst: true), DecayOf(weight.Role)));
    }

    /// <summary>Two moments, and the count of steps.</summary>
    public override long StateBytes(ReadOnlySpan<long> shape, ParameterRole role) => AdamUpdate.StateBytes(shape);
}

/// <summary>How published versions of Adam differ.</summary>
/// <param name="EpsilonAfterCorrection">ε is added to the bias-corrected root of the second moment (torch); false: to the uncorrected one (Kingma and Ba 2014, end of section 2).</param>
/// <param name="DecayFirst">The weight decays before the step (torch); false: after it.</param>
/// <param name="CorrectBias">Moments are divided by 1 - βᵗ.</param>
readonly record struct AdamRule(double Beta1, double Beta2, double Epsilon, bool EpsilonAfterCorrection, bool DecayFirst, bool CorrectBias = true)
{
    /// <summary>1 - β₁ᵗ, or 1.</summary>
    public double Correction1(long step) => CorrectBias ? 1 - Math.Pow(Beta1, step) : 1;

    /// <summary>sqrt(1 - β₂ᵗ), or 1.</summary>
    public double Correction2(long step) => CorrectBias ? Math.Sqrt(1 - Math.Pow(Beta2, step)) : 1;
}

/// <summary>Adam on one weight of any shape.</summary>
sealed class AdamUpdate : WeightUpdate
{
    readonly Tensor _weight, _first, _second, _step;
    readonly AdamRule _rule;
    readonly double _weightDecay;

    /// <param name="firstStep">Steps that are counted before the first: -1 leaves the weight and the moments alone at the first gradient.</param>
    public AdamUpdate(TrainedParameter weight, OptimizerState state, AdamRule rule, double weightDecay, long firstStep = 0)
    {
        _weight = weight.Value;
        _first = state.Zeros(weight, "exp_avg", weight.Shape);
        _second = state.Zeros(weight, "exp_avg_sq", weight.Shape);
        _step = state.Counter(weight, firstStep);
        (_rule, _weightDecay) = (rule, weightDecay);
    }

    public static long StateBytes(ReadOnlySpan<long> shape) => (2 * sizeof(float) * Elements(shape)) + sizeof(long);

    public static long Elements(ReadOnlySpan<long> shape)
    {
        var elements = 1L;
        foreach (var size in shape)
        {
            elements *= size;
        }

        return elements;
    }

    public override void Step(Tensor gradient, double learningRate)
    {
        var step = _step.add_(1).item<long>();
        if (step == 0)
        {
            return;
        }

        var decay = 1 - (learningRate * _weightDecay);
        var root = _rule.Correction2(step);
        var coefficients = new AdamCoefficients(
            Gain1: (float)(1 - _rule.Beta1),
            Gain2: (float)(1 - _rule.Beta2),
            Decay: _rule.DecayFirst ? (float)decay : 1,
            StepSize: (float)(learningRate / _rule.Correction1(step)),
            RootCorrection: (float)(1 / root),
            Epsilon: (float)(_rule.EpsilonAfterCorrection ? _rule.Epsilon : _rule.Epsilon / root));
        if (_weight.device_type == TorchSharp.DeviceType.CPU)
        {
            AdamKernel.Step(_weight, gradient, _first, _second, coefficients);
        }
        else
        {
            StepOnDevice(_weight, gradient, _first, _second, coefficients);
        }

        if (!_rule.DecayFirst && _weightDecay != 0)
        {
            _weight.mul_(decay);
        }
    }

    /// <summary>The equations of <see cref="AdamKernel"/>, for weights outside main memory.</summary>
    internal static void StepOnDevice(Tensor weight, Tensor gradient, Tensor first, Tensor second, AdamCoefficients c)
    {
        first.mul_(1 - c.Gain1).add_(gradient, c.Gain1);
        second.mul_(1 - c.Gain2).addcmul_(gradient, gradient, c.Gain2);
        var root = second.sqrt().mul_(c.RootCorrection).add_(c.Epsilon);
        weight.mul_(c.Decay).addcdiv_(first, root, -c.StepSize);
    }
}
