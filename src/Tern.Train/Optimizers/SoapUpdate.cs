using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>SOAP on one weight, seen as a matrix W [m, n].</summary>
sealed class SoapUpdate : WeightUpdate
{
    readonly Soap _choice;
    readonly double _weightDecay;
    readonly Tensor _weight, _momentum, _step;
    readonly EigenBasis? _left, _right;
    readonly SecondMoment _second;

    public SoapUpdate(Soap choice, TrainedParameter weight, OptimizerState state, double weightDecay)
    {
        (_choice, _weightDecay, _weight) = (choice, weightDecay, weight.Value);
        var (rows, columns) = Soap.MatrixShape(weight.Shape);
        var (left, right) = choice.RotatedSides(weight.Shape);
        _left = left ? new EigenBasis(state.Zeros(weight, "left_factor", rows, rows), state.Zeros(weight, "left_basis", rows, rows)) : null;
        _right = right ? new EigenBasis(state.Zeros(weight, "right_factor", columns, columns), state.Zeros(weight, "right_basis", columns, columns)) : null;
        _momentum = state.Zeros(weight, "exp_avg", rows, columns);
        _second = choice.Factorized
            ? new FactorizedSecondMoment(state.Zeros(weight, "exp_avg_sq_row", rows), state.Zeros(weight, "exp_avg_sq_col", columns))
            : new FullSecondMoment(state.Zeros(weight, "exp_avg_sq", rows, columns));
        _step = state.Counter(weight, start: -1);
    }

    public override void Step(Tensor gradient, double learningRate)
    {
        var g = gradient.view(_momentum.shape);
        var step = _step.add_(1).item<long>();
        if (step == 0)
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
        if (step % _choice.PreconditionFrequency == 0)
        {
            RefreshBasis();
        }
    }

    /// <summary>The first gradient makes the basis.</summary>
    void Begin(Tensor g, double learningRate)
    {
        UpdateFactors(g);
        _left?.Begin();
        _right?.Begin();
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

    void UpdateFactors(Tensor g)
    {
        _left?.Update(g.mm(g.t()), _choice.FactorBeta);
        _right?.Update(g.t().mm(g), _choice.FactorBeta);
    }

    /// <summary>Both bases; the second moment has no exact transform and only follows the order of the axes, the momentum turns: M ← (Q'ᵀ Q) M (Qᵀ Q').</summary>
    void RefreshBasis()
    {
        var turned = _momentum;
        if (_left is not null)
        {
            var (order, turn) = _left.Refresh(_choice.Basis);
            _second.Permute(0, order);
            turned = turn.mm(turned);
        }

        if (_right is not null)
        {
            var (order, turn) = _right.Refresh(_choice.Basis);
            _second.Permute(1, order);
            turned = turned.mm(turn.t());
        }

        _momentum.copy_(turned);
    }

    /// <summary>Qₗᵀ X Qᵣ.</summary>
    Tensor ToEigenbasis(Tensor x)
    {
        var left = _left is null ? x : _left.Vectors.t().mm(x);
        return _right is null ? left : left.mm(_right.Vectors);
    }

    /// <summary>Qₗ X Qᵣᵀ.</summary>
    Tensor FromEigenbasis(Tensor x)
    {
        var left = _left is null ? x : _left.Vectors.mm(x);
        return _right is null ? left : left.mm(_right.Vectors.t());
    }
}

/// <summary>A Kronecker factor L [d, d] of Shampoo and the orthonormal basis Q [d, d] that follows its eigenvectors, largest eigenvalue first.</summary>
sealed class EigenBasis(Tensor factor, Tensor vectors)
{
    public Tensor Vectors => vectors;

    /// <summary>L ← β L + (1 - β) G Gᵀ.</summary>
    public void Update(Tensor product, double beta) => factor.mul_(beta).add_(product, 1 - beta);

    public void Begin() => vectors.copy_(Eigenvectors());

    /// <summary>Moves the basis towards the eigenvectors of the factor.</summary>
    /// <returns>The order in which the old axes are sorted before the move, and Q'ᵀ Q, which turns old coordinates into new ones.</returns>
    public (Tensor Order, Tensor Turn) Refresh(SoapBasis method)
    {
        var old = vectors.clone();
        var image = factor.mm(old);
        var order = (old * image).sum([0]).argsort(0, descending: true);
        vectors.copy_(method == SoapBasis.Eigh ? Eigenvectors() : linalg.qr(image.index_select(1, order)).Q);
        return (order, vectors.t().mm(old));
    }

    /// <summary>In float64: single precision may not converge where eigenvalues are close.</summary>
    Tensor Eigenvectors() => linalg.eigh(factor.to(ScalarType.Float64)).Item2.flip(1);
}

/// <summary>The average of squared gradients in the rotated basis.</summary>
abstract class SecondMoment
{
    public abstract void Update(Tensor gradient, double beta);

    /// <summary>A new tensor [m, n].</summary>
    public abstract Tensor Root();

    /// <summary>Puts the axes of a side (0: rows) into this order.</summary>
    public abstract void Permute(int side, Tensor order);
}

/// <summary>V [m, n].</summary>
sealed class FullSecondMoment(Tensor average) : SecondMoment
{
    public override void Update(Tensor gradient, double beta) => average.mul_(beta).addcmul_(gradient, gradient, 1 - beta);

    public override Tensor Root() => average.sqrt();

    public override void Permute(int side, Tensor order) => average.copy_(average.index_select(side, order));
}

/// <summary>Row sums A [m] and column sums C [n]: V = A Cᵀ / ΣA.</summary>
sealed class FactorizedSecondMoment(Tensor rows, Tensor columns) : SecondMoment
{
    public override void Update(Tensor gradient, double beta)
    {
        var square = gradient.square();
        rows.mul_(beta).add_(square.sum([1]), 1 - beta);
        columns.mul_(beta).add_(square.sum([0]), 1 - beta);
    }

    public override Tensor Root() => rows.sqrt().outer((columns / rows.sum().clamp_min(1.1754944e-38f)).sqrt_());

    public override void Permute(int side, Tensor order)
    {
        var sums = side == 0 ? rows : columns;
        sums.copy_(sums.index_select(0, order));
    }
}
