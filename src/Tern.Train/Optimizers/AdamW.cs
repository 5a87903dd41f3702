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

    /// <summary>Of the moments. <see cref="MomentType.Int8"/> is Adam8bit.</summary>
    public MomentType State { get; init; } = MomentType.Float32;

    /// <summary>Elements of an int8 moment that share a largest magnitude: 256 or 2048.</summary>
    public int BlockSize { get; init; } = 256;

    MomentStorage Storage => new(State, BlockSize);

    public override IOptimizer Build(IReadOnlyList<TrainedParameter> parameters)
    {
        HyperParameter.RequireAdam(this, Beta1, Beta2, Epsilon);
        Storage.Require();
        var rule = new AdamRule(Beta1, Beta2, Epsilon, EpsilonAfterCorrection: true, DecayFirst: true);
        return new WeightwiseOptimizer(parameters, (weight, state) => new AdamUpdate(weight, state, rule, DecayOf(weight.Role), storage: Storage));
    }

    /// <summary>Two moments, and the count of steps.</summary>
    public override long StateBytes(ReadOnlySpan<long> shape, ParameterRole role) => AdamUpdate.StateBytes(shape, Storage);
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

    /// <summary>The numbers of step <paramref name="step"/>, counted from 1.</summary>
    public AdamCoefficients Coefficients(long step, double learningRate, double weightDecay)
    {
        var root = Correction2(step);
        return new AdamCoefficients(
            Gain1: (float)(1 - Beta1),
            Gain2: (float)(1 - Beta2),
            Decay: DecayFirst ? (float)(1 - (learningRate * weightDecay)) : 1,
            StepSize: (float)(learningRate / Correction1(step)),
            RootCorrection: (float)(1 / root),
            Epsilon: (float)(EpsilonAfterCorrection ? Epsilon : Epsilon / root));
    }
}

/// <summary>Adam on one weight of any shape.</summary>
sealed class AdamUpdate : WeightUpdate
{
    readonly Tensor _weight, _step;
    readonly AdamMoments _moments;
    readonly AdamRule _rule;
    readonly double _weightDecay;

    /// <param name="firstStep">Steps that are counted before the first: -1 leaves the weight and the moments alone at the first gradient.</param>
    public AdamUpdate(TrainedParameter weight, OptimizerState state, AdamRule rule, double weightDecay, long firstStep = 0, MomentStorage storage = default)
    {
        _weight = weight.Value;
        _moments = storage.Make(weight, state, weight.Shape);
        _step = state.Counter(weight, firstStep);
        (_rule, _weightDecay) = (rule, weightDecay);
    }

    public static long StateBytes(ReadOnlySpan<long> shape, MomentStorage storage = default) => storage.Bytes(Elements(shape)) + sizeof(long);

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

        _moments.Step(_weight, gradient, _rule.Coefficients(step, learningRate, _weightDecay));
        if (!_rule.DecayFirst && _weightDecay != 0)
        {
            _weight.mul_(1 - (learningRate * _weightDecay));
        }
    }
}
