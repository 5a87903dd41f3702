using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>
/// Muon: steps of momentum, with all singular values brought near 1 (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"). Steps are scaled
/// to the root mean square of Adam's (Liu et al. 2025, arXiv 2502.16982, equation 4), so that one learning rate serves the matrices and the embeddings, output and vectors,
/// which get AdamW. Differs: Newton-Schulz iterations in float32, not bfloat16.
/// </summary>
public sealed record Muon : OptimizerChoice
{
    public double Momentum { get; init; } = 0.95;

    /// <summary>Steps along the gradient averaged with the momentum that already contains it; false: along the momentum.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>Newton-Schulz iterations.</summary>
    public int Iterations { get; init; } = 5;

    /// <summary>Of AdamW, for all but matrices.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Of AdamW, for all but matrices.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Of AdamW, for all but matrices.</summary>
    public double Epsilon { get; init; } = 1e-8;

    public override IOptimizer Build(IReadOnlyList<TrainedParameter> parameters)
    {
        HyperParameter.RequireAdam(this, Beta1, Beta2, Epsilon);
        HyperParameter.Require(Momentum is >= 0 and < 1, "momentum", Momentum, "at least 0 and less than 1");
        HyperParameter.Require(Iterations >= 1, "iterations", Iterations, "at least 1");
        var adam = new AdamRule(Beta1, Beta2, Epsilon, EpsilonAfterCorrection: true, DecayFirst: true);
        return new WeightwiseOptimizer(parameters, (weight, state) => Orthogonalizes(weight.Shape, weight.Role)
            ? new MuonUpdate(this, weight, state)
            : new AdamUpdate(weight, state, adam, DecayOf(weight.Role)));
    }

    /// <summary>One momentum for a matrix; the state of AdamW for everything else.</summary>
    public override long StateBytes(ReadOnlySpan<long> shape, ParameterRole role) =>
        Orthogonalizes(shape, role) ? sizeof(float) * AdamUpdate.Elements(shape) : AdamUpdate.StateBytes(shape);

    /// <summary>
    /// U S Vᵀ for G = U Σ Vᵀ, every entry of S between about 0.7 and 1.2 where the singular value was not far below the largest: five times
    /// X ← a X + (b X Xᵀ + c (X Xᵀ)²) X, from G divided by its Frobenius norm.
    /// </summary>
    /// <param name="gradient">[m, n].</param>
    internal static Tensor Orthogonalized(Tensor gradient, int iterations)
    {
        const double a = 3.4445, b = -4.7750, c = 2.0315;
        var tall = gradient.shape[0] > gradient.shape[1];
        var x = tall ? gradient.t() : gradient;
        x = x / x.norm().add_(1e-7);
        for (var i = 0; i < iterations; i++)
        {
            var gram = x.mm(x.t());
            var polynomial = (b * gram) + (c * gram.mm(gram));
            x = (a * x) + polynomial.mm(x);
        }

        return tall ? x.t() : x;
    }

    static bool Orthogonalizes(ReadOnlySpan<long> shape, ParameterRole role) => role == ParameterRole.Matrix && shape.Length == 2;
}

/// <summary>Muon on one matrix W [m, n].</summary>
sealed class MuonUpdate(Muon choice, TrainedParameter weight, OptimizerState state) : WeightUpdate
{
    readonly Tensor _momentum = state.Zeros(weight, "momentum", weight.Shape);

    /// <summary>0.2 sqrt(max(m, n)): the root mean square of an orthogonal matrix is 1 / sqrt(max(m, n)), that of Adam's steps about 0.2.</summary>
    readonly double _scale = 0.2 * Math.Sqrt(Math.Max(weight.Shape[0], weight.Shape[1]));

    public override void Step(Tensor gradient, double learningRate)
    {
        _momentum.mul_(choice.Momentum).add_(gradient, 1 - choice.Momentum);
        var direction = choice.Nesterov ? (gradient * (1 - choice.Momentum)).add_(_momentum, choice.Momentum) : _momentum;
        weight.Value.mul_(1 - (learningRate * choice.WeightDecay)).add_(Muon.Orthogonalized(direction, choice.Iterations), -learningRate * _scale);
    }
}
