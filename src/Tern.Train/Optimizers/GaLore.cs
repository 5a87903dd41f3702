using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>
/// GaLore: Adam on the projection of each gradient on its dominant singular directions (Zhao et al. 2024, arXiv 2403.03507, Algorithm 2).
/// A square matrix is projected from the right and ε is added before bias correction, as in the authors' code. Differs: the largest entry of each singular vector is
/// positive, so that runs do not depend on the LAPACK. Embeddings, the output and vectors get Adam, as do matrices whose shorter side is no longer than the rank.
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

    internal AdamRule Adam => new(Beta1, Beta2, Epsilon, EpsilonAfterCorrection: false, DecayFirst: false);

    public override IOptimizer Build(IReadOnlyList<TrainedParameter> parameters)
    {
        HyperParameter.RequireAdam(this, Beta1, Beta2, Epsilon);
        HyperParameter.Require(Rank >= 1, "rank", Rank, "at least 1");
        HyperParameter.Require(UpdateProjGap >= 1, "update_proj_gap", UpdateProjGap, "at least 1");
        HyperParameter.Require(Scale is >= 0 and < double.PositiveInfinity, "scale", Scale, "a number of at least 0");
        return new WeightwiseOptimizer(parameters, (weight, state) =>
        {
            var decay = DecayOf(weight.Role);
            return Projects(weight.Shape, weight.Role) ? new GaLoreUpdate(this, weight, state, decay) : new AdamUpdate(weight, state, Adam, decay);
        });
    }

    /// <summary>The projector, two moments of the projected gradient, and the count of steps; r (s + 2 l) numbers for a projected side s and the other side l.</summary>
    public override long StateBytes(ReadOnlySpan<long> shape, ParameterRole role)
    {
        if (!Projects(shape, role))
        {
            return AdamUpdate.StateBytes(shape);
        }

        var (projected, other) = ProjectsLeft(shape) ? (shape[0], shape[1]) : (shape[1], shape[0]);
        return (sizeof(float) * Rank * (projected + (2 * other))) + sizeof(long);
    }

    /// <summary>Whether a weight is projected.</summary>
    internal bool Projects(ReadOnlySpan<long> shape, ParameterRole role) =>
        role == ParameterRole.Matrix && shape.Length == 2 && Rank < Math.Min(shape[0], shape[1]);

    /// <summary>Whether the rows are projected: the side m of [m, n].</summary>
    internal bool ProjectsLeft(ReadOnlySpan<long> shape) => ProjType switch
    {
        GaLoreSide.Left => true,
        GaLoreSide.Right => false,
        GaLoreSide.ReverseStd => shape[0] >= shape[1],
        _ => shape[0] < shape[1],
    };
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

/// <summary>GaLore on one matrix W [m, n], with P [m, r] on the left or P [r, n] on the right.</summary>
sealed class GaLoreUpdate : WeightUpdate
{
    readonly GaLore _choice;
    readonly bool _left;
    readonly double _weightDecay;
    readonly Tensor _weight, _projector, _first, _second, _step;

    public GaLoreUpdate(GaLore choice, TrainedParameter weight, OptimizerState state, double weightDecay)
    {
        (_choice, _weight, _weightDecay) = (choice, weight.Value, weightDecay);
        long rows = weight.Shape[0], columns = weight.Shape[1], rank = choice.Rank;
        _left = choice.ProjectsLeft(weight.Shape);
        _projector = _left ? state.Zeros(weight, "projector", rows, rank) : state.Zeros(weight, "projector", rank, columns);
        long[] projected = _left ? [rank, columns] : [rows, rank];
        _first = state.Zeros(weight, "exp_avg", projected);
        _second = state.Zeros(weight, "exp_avg_sq", projected);
        _step = state.Counter(weight, start: 0);
    }

    public override void Step(Tensor gradient, double learningRate)
    {
        var before = _step.item<long>();
        if (before % _choice.UpdateProjGap == 0)
        {
            Refresh(gradient, isFirst: before == 0);
        }

        var step = _step.add_(1).item<long>();
        var projected = _left ? _projector.t().mm(gradient) : gradient.mm(_projector.t());
        _first.mul_(_choice.Beta1).add_(projected, 1 - _choice.Beta1);
        _second.mul_(_choice.Beta2).addcmul_(projected, projected, 1 - _choice.Beta2);
        var normalized = _first / _second.sqrt().add_(_choice.Epsilon);

        var adam = _choice.Adam;
        var stepSize = (float)(learningRate * _choice.Scale * adam.Correction2(step) / adam.Correction1(step));
        _weight.addmm_(_left ? _projector : normalized, _left ? normalized : _projector, 1, -stepSize);
        if (_weightDecay != 0)
        {
            _weight.mul_(1 - (learningRate * _weightDecay));
        }
    }

    /// <summary>A new projector from the dominant singular vectors of this gradient.</summary>
    void Refresh(Tensor gradient, bool isFirst)
    {
        var (u, _, vt) = linalg.svd(gradient, fullMatrices: false);
        var directions = _left ? u.narrow(1, 0, _choice.Rank) : vt.narrow(0, 0, _choice.Rank);
        var axis = _left ? 0 : 1;
        var largest = directions.gather(axis, directions.abs().argmax(axis, keepdim: true));
        var projector = directions * largest.sign();
        if (!isFirst)
        {
            CarryMoments(projector);
        }

        _projector.copy_(projector);
    }

    void CarryMoments(Tensor projector)
    {
        switch (_choice.MomentPolicy)
        {
            case GaLoreMoments.Reproject:
                _first.copy_(_left ? projector.t().mm(_projector).mm(_first) : _first.mm(_projector.mm(projector.t())));
                break;
            case GaLoreMoments.Reset:
                _first.zero_();
                _second.zero_();
                break;
            case GaLoreMoments.Keep:
                break;
        }
    }
}
