using Tern.Train.Loop;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Optimizers;

/// <summary>GaLore on one matrix W [m, n], with projectors U [m, r], Vᵀ [r, n], or both.</summary>
sealed class GaLoreUpdate : WeightUpdate
{
    readonly GaLore _choice;
    readonly string _name;
    readonly long _phase;
    readonly double _weightDecay;
    readonly Tensor? _left, _right;
    readonly AdamMoments? _moments;
    readonly Tensor _weight, _step;

    /// <param name="phase">Steps that a new projection comes earlier than at multiples of the gap.</param>
    public GaLoreUpdate(GaLore choice, TrainedParameter weight, OptimizerState state, double weightDecay, long phase = 0)
    {
        (_choice, _name, _weight, _weightDecay, _phase) = (choice, weight.Name, weight.Value, weightDecay, phase);
        long rows = weight.Shape[0], columns = weight.Shape[1], rank = choice.Rank;
        bool left = choice.ProjectsLeft(weight.Shape), right = choice.ProjectsRight(weight.Shape);
        _left = left ? state.Zeros(weight, right ? "left_projector" : "projector", rows, rank) : null;
        _right = right ? state.Zeros(weight, left ? "right_projector" : "projector", rank, columns) : null;
        _moments = choice.Inner == GaLoreInner.Adam ? choice.Storage.Make(weight, state, left ? rank : rows, right ? rank : columns) : null;
        _step = state.Counter(weight, start: 0);
    }

    /// <summary>The step is the first, or one after which a projector has done its time.</summary>
    bool IsRefreshDue => _step.item<long>() is var before && (before == 0 || (before + _phase) % _choice.UpdateProjGap == 0);

    public override void Step(Tensor gradient, double learningRate) => StepReduced(Reduce(gradient), learningRate);

    /// <summary>R, or the gradient itself where the step needs new directions.</summary>
    public override Tensor Reduce(Tensor gradient) => IsRefreshDue ? gradient : Project(gradient);

    public override void StepReduced(Tensor reduced, double learningRate)
    {
        if (IsRefreshDue)
        {
            if (!Refresh(reduced))
            {
                return;
            }

            reduced = Project(reduced);
        }

        Move(Normalized(reduced, _step.add_(1).item<long>(), learningRate));
        if (_weightDecay != 0)
        {
            _weight.mul_(1 - (learningRate * _weightDecay));
        }
    }

    /// <summary>R = Uᵀ G, G V or Uᵀ G V.</summary>
    Tensor Project(Tensor gradient)
    {
        var projected = _left is null ? gradient : _left.t().mm(gradient);
        return _right is null ? projected : projected.mm(_right.t());
    }

    /// <summary>What is added to the weight, projected and without the scale.</summary>
    Tensor Normalized(Tensor projected, long step, double learningRate)
    {
        if (_moments is null)
        {
            return projected * -learningRate;
        }

        var change = zeros_like(projected);
        _moments.Step(change, projected.contiguous(), _choice.Adam.Coefficients(step, learningRate, weightDecay: 0));
        return change;
    }

    /// <summary>W ← W + a U N, N Vᵀ or U N Vᵀ.</summary>
    void Move(Tensor change)
    {
        var lifted = _left is null || _right is null ? change : _left.mm(change);
        _weight.addmm_(_right is null ? _left! : lifted, _right ?? lifted, 1, (float)_choice.Scale);
    }

    /// <summary>New projectors from the dominant singular directions of this gradient; a gradient of zeros has none, and leaves the old ones.</summary>
    /// <returns>Whether there is a projector.</returns>
    /// <exception cref="DivergenceException">The gradient is not finite.</exception>
    bool Refresh(Tensor gradient)
    {
        var (step, largest) = (_step.item<long>(), gradient.abs().max().item<float>());
        if (!float.IsFinite(largest))
        {
            throw new DivergenceException($"training: the gradient of {_name} is not finite, so GaLore cannot project it. Lower the learning rate, lengthen the warm-up, or clip gradients; the last checkpoint is intact.");
        }

        if (largest == 0)
        {
            return step > 0;
        }

        var (left, right) = _choice.ProjInit == GaLoreProjection.Svd
            ? GradientDirections.Of(gradient, _choice.Rank)
            : GradientDirections.OfRandomStart(gradient, _choice.Rank, GradientDirections.SeedOf(_name, step));
        if (step > 0)
        {
            CarryMoments(left, right);
        }

        _left?.copy_(left);
        _right?.copy_(right);
        return true;
    }

    void CarryMoments(Tensor left, Tensor right)
    {
        switch (_choice.MomentPolicy)
        {
            case GaLoreMoments.Reproject:
                _moments?.ReplaceFirst(first =>
                {
                    var turned = _left is null ? first : left.t().mm(_left).mm(first);
                    return _right is null ? turned : turned.mm(_right.mm(right.t()));
                });
                break;
            case GaLoreMoments.Reset:
                _moments?.Reset();
                break;
            case GaLoreMoments.Keep:
                break;
        }
    }
}

/// <summary>Gradient descent on one weight of any shape, with decoupled decay.</summary>
sealed class SgdUpdate(TrainedParameter weight, double weightDecay) : WeightUpdate
{
    public override void Step(Tensor gradient, double learningRate)
    {
        weight.Value.add_(gradient, -learningRate);
        if (weightDecay != 0)
        {
            weight.Value.mul_(1 - (learningRate * weightDecay));
        }
    }
}
