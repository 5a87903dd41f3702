using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>
/// GaLore: Adam on the projection of each gradient on its dominant singular directions (Zhao et al. 2024, arXiv 2403.03507, Algorithm 2).
/// A square matrix is projected from the right and ε is added before bias correction, as in the authors' code. Differs: the largest entry of each singular vector is
/// positive, so that runs do not depend on the LAPACK; a gradient of zeros leaves the projector as it is. Embeddings, the output and vectors get the inner optimiser on the whole gradient, as do
/// matrices whose shorter side is no longer than the rank.
/// </summary>
public sealed record GaLore : OptimizerChoice
{
    public GaLore() => (LearningRate, WeightDecay) = (0.01, 0);

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment, before its bias is corrected.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Directions that are kept.</summary>
    public int Rank { get; init; } = 128;

    /// <summary>Steps between new projections.</summary>
    public int UpdateProjGap { get; init; } = 200;

    /// <summary>Multiplies the steps of projected weights.</summary>
    public double Scale { get; init; } = 0.25;

    public GaLoreSide ProjType { get; init; } = GaLoreSide.Std;

    public GaLoreMoments MomentPolicy { get; init; } = GaLoreMoments.Keep;

    /// <summary>How the directions are found.</summary>
    public GaLoreProjection ProjInit { get; init; } = GaLoreProjection.Svd;

    /// <summary>Weight l of L has its new projections l/L of <see cref="UpdateProjGap"/> earlier than the first one has, which spreads their cost over the steps; false: all in one step.</summary>
    public bool Staggered { get; init; }

    /// <summary>What is done with the projected gradient.</summary>
    public GaLoreInner Inner { get; init; } = GaLoreInner.Adam;

    /// <summary>Of the moments.</summary>
    public MomentType State { get; init; } = MomentType.Float32;

    /// <summary>Elements of an int8 moment that share a largest magnitude: 256 or 2048.</summary>
    public int BlockSize { get; init; } = 256;

    internal MomentStorage Storage => new(State, BlockSize);

    internal AdamRule Adam => new(Beta1, Beta2, Epsilon, EpsilonAfterCorrection: false, DecayFirst: false);

    public override IOptimizer Build(IReadOnlyList<TrainedParameter> parameters)
    {
        HyperParameter.RequireAdam(this, Beta1, Beta2, Epsilon);
        HyperParameter.Require(Rank >= 1, "rank", Rank, "at least 1");
        HyperParameter.Require(UpdateProjGap >= 1, "update_proj_gap", UpdateProjGap, "at least 1");
        HyperParameter.Require(Scale is >= 0 and < double.PositiveInfinity, "scale", Scale, "a number of at least 0");
        Storage.Require();
        int projected = parameters.Count(weight => Projects(weight.Shape, weight.Role)), index = 0;
        return new WeightwiseOptimizer(parameters, (weight, state) =>
        {
            var decay = DecayOf(weight.Role);
            if (Projects(weight.Shape, weight.Role))
            {
                return new GaLoreUpdate(this, weight, state, decay, phase: Staggered ? (long)index++ * UpdateProjGap / projected : 0);
            }

            return Inner == GaLoreInner.Sgd ? new SgdUpdate(weight, decay) : new AdamUpdate(weight, state, Adam, decay, storage: Storage);
        });
    }

    /// <summary>Projectors, two moments of the projected gradient, and the count of steps; r (s + 2 l) numbers for a projected side s and the other side l, r (m + n + 2 r) for both sides.</summary>
    public override long StateBytes(ReadOnlySpan<long> shape, ParameterRole role)
    {
        if (!Projects(shape, role))
        {
            return Inner == GaLoreInner.Sgd ? 0 : AdamUpdate.StateBytes(shape, Storage);
        }

        var projectors = (ProjectsLeft(shape) ? shape[0] : 0) + (ProjectsRight(shape) ? shape[1] : 0);
        long rows = ProjectsLeft(shape) ? Rank : shape[0], columns = ProjectsRight(shape) ? Rank : shape[1];
        return (sizeof(float) * Rank * projectors) + (Inner == GaLoreInner.Sgd ? 0 : Storage.Bytes(rows * columns)) + sizeof(long);
    }

    /// <summary>Whether a weight is projected.</summary>
    internal bool Projects(ReadOnlySpan<long> shape, ParameterRole role) =>
        role == ParameterRole.Matrix && shape.Length == 2 && Rank < Math.Min(shape[0], shape[1]);

    /// <summary>Whether columns of U are kept: the side m of [m, n].</summary>
    internal bool ProjectsLeft(ReadOnlySpan<long> shape) => ProjType switch
    {
        GaLoreSide.Left or GaLoreSide.Full => true,
        GaLoreSide.Right => false,
        GaLoreSide.ReverseStd => shape[0] >= shape[1],
        _ => shape[0] < shape[1],
    };

    /// <summary>Whether rows of Vᵀ are kept: the side n of [m, n].</summary>
    internal bool ProjectsRight(ReadOnlySpan<long> shape) => ProjType == GaLoreSide.Full || !ProjectsLeft(shape);
}

/// <summary>Which side of a gradient [m, n] is projected.</summary>
public enum GaLoreSide
{
    /// <summary>The shorter one; the right one of a square matrix.</summary>
    Std,

    /// <summary>The other one.</summary>
    ReverseStd,

    /// <summary>m.</summary>
    Left,

    /// <summary>n.</summary>
    Right,

    /// <summary>Both: R = Uᵀ G V is [r, r].</summary>
    Full,
}

/// <summary>How the singular directions of a gradient are found.</summary>
public enum GaLoreProjection
{
    /// <summary>By the decomposition of the whole gradient.</summary>
    Svd,

    /// <summary>By subspace iteration from a random start: close to the leading directions, for a fraction of the work.</summary>
    RandomizedSvd,
}

/// <summary>What makes the step of a projected gradient.</summary>
public enum GaLoreInner
{
    /// <summary>Adam.</summary>
    Adam,

    /// <summary>Gradient descent without momentum.</summary>
    Sgd,
}

/// <summary>What happens to the moments when the projection changes.</summary>
public enum GaLoreMoments
{
    /// <summary>They stay, although their coordinates have another meaning (the paper).</summary>
    Keep,

    /// <summary>The first moment is expressed in the new directions; the second stays.</summary>
    Reproject,

    /// <summary>Both begin at zero.</summary>
    Reset,
}
