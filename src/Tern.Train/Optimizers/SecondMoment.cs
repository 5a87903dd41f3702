using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>The average of squared gradients in the rotated basis of SOAP.</summary>
abstract class SecondMoment
{
    public abstract void Update(Tensor gradient, double beta);

    /// <summary>A new tensor of the gradient's shape.</summary>
    public abstract Tensor Root();

    /// <summary>Puts the coordinates along an axis into this order.</summary>
    public abstract void Permute(int axis, Tensor order);
}

/// <summary>V, of the gradient's shape.</summary>
sealed class FullSecondMoment(Tensor average) : SecondMoment
{
    public override void Update(Tensor gradient, double beta) => average.mul_(beta).addcmul_(gradient, gradient, 1 - beta);

    public override Tensor Root() => average.sqrt();

    public override void Permute(int axis, Tensor order) => average.copy_(average.index_select(axis, order));
}

/// <summary>Sums of V over all axes but one: of a matrix, row sums A [m] and column sums C [n], with V = A Cᵀ / ΣA. In general V = A₀ ⊗ A₁/ΣA₁ ⊗ A₂/ΣA₂ ...</summary>
/// <param name="sums">One for each axis.</param>
sealed class FactorizedSecondMoment(IReadOnlyList<Tensor> sums) : SecondMoment
{
    public override void Update(Tensor gradient, double beta)
    {
        var square = gradient.square();
        for (var axis = 0; axis < sums.Count; axis++)
        {
            long[] others = [.. Enumerable.Range(0, sums.Count).Where(other => other != axis)];
            sums[axis].mul_(beta).add_(others.Length == 0 ? square : square.sum(others), 1 - beta);
        }
    }

    public override Tensor Root()
    {
        var root = sums[0].sqrt();
        foreach (var sum in sums.Skip(1))
        {
            root = root.unsqueeze(-1) * (sum / sum.sum().clamp_min(1.1754944e-38f)).sqrt_();
        }

        return root;
    }

    public override void Permute(int axis, Tensor order) => sums[axis].copy_(sums[axis].index_select(0, order));
}
