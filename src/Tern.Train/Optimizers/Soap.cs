namespace Tern.Train.Optimizers;

/// <summary>
/// SOAP: Adam run in the slowly rotating eigenbasis of Shampoo's preconditioner (Vyas et al. 2024, arXiv 2409.11321, Algorithm 3).
/// Differs: the momentum is kept rotated and turned only when the basis turns, which is algebraically the same; weight decay follows the step, and every axis of a tensor
/// has a factor, as in the authors' code; the basis begins at the first gradient that is not zero.
/// </summary>
public sealed record Soap : OptimizerChoice
{
    public Soap() => (LearningRate, WeightDecay) = (3e-3, 0.01);

    /// <summary>Of the average of gradients.</summary>
    public double Beta1 { get; init; } = 0.95;

    /// <summary>Of the average of squared gradients in the rotated basis.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Of the factors G Gᵀ and Gᵀ G; null: <see cref="Beta2"/>.</summary>
    public double? ShampooBeta { get; init; }

    /// <summary>Added to the root of the second moment, before its bias is corrected.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Steps between refreshes of the basis.</summary>
    public int PreconditionFrequency { get; init; } = 10;

    /// <summary>A longer side is not rotated: its factor would have the square of its length. Vocabularies should exceed it.</summary>
    public int MaxPrecondDim { get; init; } = 10_000;

    /// <summary>
    /// Neighbouring axes become one as long as their product is no more than <see cref="MaxPrecondDim"/>. For convolutions; a small matrix becomes a vector, whose factor has
    /// the square of its elements.
    /// </summary>
    public bool MergeDims { get; init; }

    /// <summary>Rotates vectors too, by a factor g gᵀ; false: they get Adam.</summary>
    public bool Precondition1d { get; init; }

    /// <summary>Divides each update by its root mean square; of use where the basis is refreshed every 100 steps or more rarely.</summary>
    public bool NormalizeGrads { get; init; }

    /// <summary>Divides moments by 1 - βᵗ.</summary>
    public bool CorrectBias { get; init; } = true;

    /// <summary>Rotates only the shortest side, of a square matrix the left one (section 7.1).</summary>
    public bool OneSided { get; init; }

    /// <summary>The second moment is the outer product of its row and column sums, as in Adafactor (section 7.2).</summary>
    public bool Factorized { get; init; }

    /// <summary>Weights refresh their bases in turn, 1 / <see cref="PreconditionFrequency"/> of them at each step, so that steps take equally long; false: all at once.</summary>
    public bool Staggered { get; init; }

    public SoapFirstStep FirstStep { get; init; } = SoapFirstStep.Skip;

    public SoapBasis Basis { get; init; } = SoapBasis.PowerQr;

    /// <summary>1 - this is the weight of a gradient in the factors.</summary>
    internal double FactorBeta => ShampooBeta ?? Beta2;

    internal AdamRule Adam => new(Beta1, Beta2, Epsilon, EpsilonAfterCorrection: false, DecayFirst: false, CorrectBias);

    public override IOptimizer Build(IReadOnlyList<TrainedParameter> parameters)
    {
        HyperParameter.RequireAdam(this, Beta1, Beta2, Epsilon);
        HyperParameter.Require(FactorBeta is >= 0 and < 1, "shampoo_beta", FactorBeta, "at least 0 and less than 1");
        HyperParameter.Require(PreconditionFrequency >= 1, "precondition_frequency", PreconditionFrequency, "at least 1");
        HyperParameter.Require(MaxPrecondDim >= 0, "max_precond_dim", MaxPrecondDim, "at least 0");
        var rotated = 0;
        return new WeightwiseOptimizer(parameters, (weight, state) =>
        {
            var decay = DecayOf(weight.Role);
            return AxesOf(weight.Shape).Factored is []
                ? new AdamUpdate(weight, state, Adam, decay, firstStep: FirstStep == SoapFirstStep.Skip ? -1 : 0)
                : new SoapUpdate(this, weight, state, decay, phase: Staggered ? rotated++ % PreconditionFrequency : 0);
        });
    }

    /// <summary>Per rotated side of length d, two matrices d × d; the first moment; the second, or its row and column sums; the count of steps.</summary>
    /// <summary>Eigenvectors of the largest factor.</summary>
    public override long WorkspaceBytes(ReadOnlySpan<long> shape, ParameterRole role) => AxesOf(shape).EigenBytes;

    public override long StateBytes(ReadOnlySpan<long> shape, ParameterRole role)
    {
        var axes = AxesOf(shape);
        if (axes.Factored is [])
        {
            return AdamUpdate.StateBytes(shape);
        }

        var elements = AdamUpdate.Elements(shape);
        var second = Factorized ? axes.Shape.Sum() : elements;
        return (sizeof(float) * ((2 * axes.FactorElements) + elements + second)) + sizeof(long);
    }

    /// <summary>Which sides are rotated.</summary>
    internal KroneckerAxes AxesOf(ReadOnlySpan<long> shape) => KroneckerAxes.Of(shape, MaxPrecondDim, MergeDims, Precondition1d, OneSided);
}

/// <summary>What happens at the first gradient, from which the basis is made.</summary>
public enum SoapFirstStep
{
    /// <summary>Weights stay, as in the authors' code: a gradient is never used in its own basis.</summary>
    Skip,

    /// <summary>Adam's first step in the coordinates of the weight; the moments of rotated weights begin at the second gradient.</summary>
    Adam,
}

/// <summary>How a basis is refreshed.</summary>
public enum SoapBasis
{
    /// <summary>One step of orthogonal iteration: the Q of L Q = Q R.</summary>
    PowerQr,

    /// <summary>The eigenvectors of the factor, anew.</summary>
    Eigh,
}
