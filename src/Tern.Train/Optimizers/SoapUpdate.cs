using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>SOAP on one weight W of any number of axes; the comments write it as a matrix [m, n].</summary>
sealed class SoapUpdate : WeightUpdate
{
    readonly Soap _choice;
    readonly double _weightDecay;
    readonly int _phase;
    readonly Tensor _weight, _momentum, _step;
    readonly KroneckerFactors _factors;
    readonly EigenBasis[] _bases;
    readonly SecondMoment _second;

    /// <param name="phase">Steps by which refreshes come early.</param>
    public SoapUpdate(Soap choice, TrainedParameter weight, OptimizerState state, double weightDecay, int phase)
    {
        (_choice, _weightDecay, _weight, _phase) = (choice, weightDecay, weight.Value, phase);
        var axes = choice.AxesOf(weight.Shape);
        _factors = new KroneckerFactors(weight, state, axes);
        _bases = [.. _factors.All.Select(factor => new EigenBasis(factor, state.Zeros(weight, $"basis_{factor.Axis}", factor.Fibres.Length, factor.Fibres.Length)))];
        _momentum = state.Zeros(weight, "exp_avg", axes.Shape);
        _second = choice.Factorized
            ? new FactorizedSecondMoment([.. axes.Shape.Select((length, axis) => state.Zeros(weight, $"exp_avg_sq_{axis}", length))])
            : new FullSecondMoment(state.Zeros(weight, "exp_avg_sq", axes.Shape));
        _step = state.Counter(weight, start: -1);
    }

    public override void Step(Tensor gradient, double learningRate)
    {
        var g = gradient.view(_momentum.shape);
        var begins = _step.item<long>() < 0;
        if (_factors.FiniteNorm(g) == 0 && begins)
        {
            return;
        }

        var step = _step.add_(1).item<long>();
        if (begins)
        {
            Begin(g, learningRate);
            return;
        }

        var rotated = ToEigenbasis(g);
        _momentum.mul_(_choice.Beta1).add_(rotated, 1 - _choice.Beta1);
        _second.Update(rotated, _choice.Beta2);
        var update = FromEigenbasis(_momentum / _second.Root().add_(_choice.Epsilon));
        if (_choice.NormalizeGrads)
        {
            update.div_(update.square().mean().sqrt().add_(1e-30));
        }

        var adam = _choice.Adam;
        Apply(update, learningRate * adam.Correction2(step) / adam.Correction1(step), learningRate);

        // After the weights: a gradient is never used in the basis that it made.
        UpdateFactors(g);
        if ((step + _phase) % _choice.PreconditionFrequency == 0)
        {
            RefreshBasis();
        }
    }

    /// <summary>The first gradient that is not zero makes the basis.</summary>
    void Begin(Tensor g, double learningRate)
    {
        UpdateFactors(g);
        foreach (var basis in _bases)
        {
            basis.Begin();
        }

        if (_choice.FirstStep == SoapFirstStep.Adam)
        {
            var adam = _choice.Adam;
            double gain1 = 1 - _choice.Beta1, gain2 = Math.Sqrt(1 - _choice.Beta2);
            var update = (g * gain1) / g.abs().mul_(gain2).add_(_choice.Epsilon);
            Apply(update, learningRate * adam.Correction2(1) / adam.Correction1(1), learningRate);
        }
    }

    /// <summary>W ← W - stepSize · U, then the decay.</summary>
    void Apply(Tensor update, double stepSize, double learningRate)
    {
        _weight.view(update.shape).add_(update, -stepSize);
        if (_weightDecay != 0)
        {
            _weight.mul_(1 - (learningRate * _weightDecay));
        }
    }

    void UpdateFactors(Tensor g) => _factors.Update(g, _choice.FactorBeta, 1 - _choice.FactorBeta);

    /// <summary>The momentum goes to the new basis through the coordinates of the weight; the second moment has no exact transform and only follows the order of the axes.</summary>
    void RefreshBasis()
    {
        var momentum = FromEigenbasis(_momentum);
        foreach (var basis in _bases)
        {
            _second.Permute(basis.Axis, basis.Refresh(_choice.Basis));
        }

        _momentum.copy_(ToEigenbasis(momentum));
    }

    /// <summary>Qₗᵀ X Qᵣ.</summary>
    Tensor ToEigenbasis(Tensor x) => _bases.Aggregate(x, (turned, basis) => basis.Rotate(turned));

    /// <summary>Qₗ X Qᵣᵀ.</summary>
    Tensor FromEigenbasis(Tensor x) => _bases.Aggregate(x, (turned, basis) => basis.RotateBack(turned));
}
