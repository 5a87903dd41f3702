using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>
/// Shampoo: W ← W - η L^(-1/p) M R^(-1/p), with L and R averages of G Gᵀ and Gᵀ G (Gupta, Koren, Singer 2018, arXiv 1802.09568, Algorithm 1), as the baseline that SOAP is
/// compared with (arXiv 2409.11321): p = 2.5, the length of each step is Adam's, roots are renewed every few steps (Shi et al. 2023, arXiv 2309.06497).
/// Differs: eigenvalues that rounding made negative count as 0; no blocks: a side longer than the limit has no factor. Vectors get AdamW.
/// </summary>
public sealed record Shampoo : OptimizerChoice
{
    public Shampoo() => (LearningRate, WeightDecay) = (3e-3, 0.01);

    /// <summary>Of the average of gradients M, which is what is preconditioned.</summary>
    public double Beta1 { get; init; } = 0.95;

    /// <summary>Of the average of squared gradients of Adam.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Of the factors; 1: they are sums, as in the original; null: <see cref="Beta2"/>.</summary>
    public double? ShampooBeta { get; init; }

    /// <summary>p of the exponents -1/p: 4 in the original for matrices, 2 for the closest approximation of full-matrix Adagrad (arXiv 2406.17748).</summary>
    public double Root { get; init; } = 2.5;

    /// <summary>Added to the eigenvalues of the factors.</summary>
    public double MatrixEpsilon { get; init; } = 1e-12;

    /// <summary>Of Adam, added to the root of its second moment after bias correction.</summary>
    public double Epsilon { get; init; } = 1e-8;

    public ShampooGrafting Grafting { get; init; } = ShampooGrafting.Adam;

    /// <summary>Steps between new roots.</summary>
    public int PreconditionFrequency { get; init; } = 10;

    /// <summary>A longer side has no factor, which would have the square of its length. Vocabularies should exceed it.</summary>
    public int MaxPrecondDim { get; init; } = 10_000;

    /// <summary>Neighbouring axes become one as long as their product is no more than <see cref="MaxPrecondDim"/>.</summary>
    public bool MergeDims { get; init; }

    /// <summary>Divides averages by 1 - βᵗ.</summary>
    public bool CorrectBias { get; init; } = true;

    /// <summary>1 - this is the weight of a gradient in the factors; 1: so is 1.</summary>
    internal double FactorBeta => ShampooBeta ?? Beta2;

    internal AdamRule Adam => new(Beta1, Beta2, Epsilon, EpsilonAfterCorrection: true, DecayFirst: true, CorrectBias);

    public override IOptimizer Build(IReadOnlyList<TrainedParameter> parameters)
    {
        HyperParameter.RequireAdam(this, Beta1, Beta2, Epsilon);
        HyperParameter.Require(FactorBeta is >= 0 and <= 1, "shampoo_beta", FactorBeta, "from 0 to 1");
        HyperParameter.Require(Root is >= 1 and < double.PositiveInfinity, "root", Root, "a number of at least 1");
        HyperParameter.Require(MatrixEpsilon is >= 1e-30 and < double.PositiveInfinity, "matrix_epsilon", MatrixEpsilon, "a number of at least 1e-30");
        HyperParameter.Require(PreconditionFrequency >= 1, "precondition_frequency", PreconditionFrequency, "at least 1");
        HyperParameter.Require(MaxPrecondDim >= 0, "max_precond_dim", MaxPrecondDim, "at least 0");
        return new WeightwiseOptimizer(parameters, (weight, state) =>
        {
            var decay = DecayOf(weight.Role);
            return AxesOf(weight.Shape).Factored is [] ? new AdamUpdate(weight, state, Adam, decay) : new ShampooUpdate(this, weight, state, decay);
        });
    }

    /// <summary>Per factor of a side of length d, it and its root, d × d; the first moment; Adam's second, if grafted; the count of steps.</summary>
    /// <summary>Eigenvectors of the largest factor.</summary>
    public override long WorkspaceBytes(ReadOnlySpan<long> shape, ParameterRole role) => AxesOf(shape).EigenBytes;

    public override long StateBytes(ReadOnlySpan<long> shape, ParameterRole role)
    {
        var axes = AxesOf(shape);
        return axes.Factored is []
            ? AdamUpdate.StateBytes(shape)
            : (sizeof(float) * ((2 * axes.FactorElements) + (AdamUpdate.Elements(shape) * (Grafting == ShampooGrafting.Adam ? 2 : 1)))) + sizeof(long);
    }

    /// <summary>L^(-1/p) [d, d] of L / correction + ε I, in the type of the factor.</summary>
    /// <param name="correction">1 - βᵗ.</param>
    internal static Tensor InverseRoot(KroneckerFactor factor, double root, double epsilon, double correction)
    {
        var (values, vectors) = factor.Eigen();
        var powers = values.div(correction).clamp_min(0).add(epsilon).pow(-1 / root);
        return (vectors * powers).mm(vectors.t()).to(factor.Value.dtype);
    }

    /// <summary>Which sides have factors.</summary>
    internal KroneckerAxes AxesOf(ReadOnlySpan<long> shape) => KroneckerAxes.Of(shape, MaxPrecondDim, MergeDims);
}

/// <summary>Whose length the steps of a weight have.</summary>
public enum ShampooGrafting
{
    /// <summary>Those of Adam, weight by weight. Steps are wholly Adam's until the first roots, which wait for <see cref="Shampoo.PreconditionFrequency"/> gradients.</summary>
    Adam,

    /// <summary>Their own. The first gradient makes the first roots.</summary>
    None,
}

/// <summary>Shampoo on one weight W of any number of axes; the comments write it as a matrix [m, n].</summary>
sealed class ShampooUpdate : WeightUpdate
{
    readonly Shampoo _choice;
    readonly double _weightDecay;
    readonly Tensor _weight, _first, _step;
    readonly Tensor? _second;
    readonly KroneckerFactors _factors;
    readonly Tensor[] _roots;

    public ShampooUpdate(Shampoo choice, TrainedParameter weight, OptimizerState state, double weightDecay)
    {
        (_choice, _weightDecay, _weight) = (choice, weightDecay, weight.Value);
        var axes = choice.AxesOf(weight.Shape);
        _factors = new KroneckerFactors(weight, state, axes);
        _roots = [.. _factors.All.Select(factor => state.Zeros(weight, $"root_{factor.Axis}", factor.Fibres.Length, factor.Fibres.Length))];
        _first = state.Zeros(weight, "exp_avg", axes.Shape);
        _second = choice.Grafting == ShampooGrafting.Adam ? state.Zeros(weight, "exp_avg_sq", axes.Shape) : null;
        _step = state.Counter(weight, start: 0);
    }

    public override void Step(Tensor gradient, double learningRate)
    {
        var g = gradient.view(_first.shape);
        _factors.FiniteNorm(g);
        var step = _step.add_(1).item<long>();
        var beta = _choice.FactorBeta;
        _factors.Update(g, beta, beta == 1 ? 1 : 1 - beta);
        _first.mul_(_choice.Beta1).add_(g, 1 - _choice.Beta1);
        _second?.mul_(_choice.Beta2).addcmul_(g, g, 1 - _choice.Beta2);

        if (step % _choice.PreconditionFrequency == 0 || (step == 1 && _second is null))
        {
            RefreshRoots(step);
        }

        var average = _first / _choice.Adam.Correction1(step);
        var update = _second is null ? Preconditioned(average) : Grafted(average, AdamStep(average, _second, step), step);
        _weight.mul_(1 - (learningRate * _weightDecay));
        _weight.view(update.shape).add_(update, -learningRate);
    }

    void RefreshRoots(long step)
    {
        var correction = _choice.CorrectBias && _choice.FactorBeta < 1 ? 1 - Math.Pow(_choice.FactorBeta, step) : 1;
        for (var i = 0; i < _roots.Length; i++)
        {
            _roots[i].copy_(Shampoo.InverseRoot(_factors.All[i], _choice.Root, _choice.MatrixEpsilon, correction));
        }
    }

    /// <summary>L^(-1/p) X R^(-1/p).</summary>
    Tensor Preconditioned(Tensor x) => _factors.All.Zip(_roots).Aggregate(x, (product, side) => side.First.Fibres.Multiply(side.Second, product));

    Tensor AdamStep(Tensor average, Tensor second, long step) => average / second.sqrt().div_(_choice.Adam.Correction2(step)).add_(_choice.Epsilon);

    /// <summary>The direction of Shampoo with the length of Adam.</summary>
    Tensor Grafted(Tensor average, Tensor adam, long step)
    {
        if (step < _choice.PreconditionFrequency)
        {
            return adam;
        }

        var direction = Preconditioned(average);
        return direction.mul_(adam.norm() / direction.norm().clamp_min(1e-30));
    }
}
