using Tern.Train.Loop;
using Tern.Models;
using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Optimizers;

public sealed class ShampooTests
{
    /// <summary>L and R of one gradient U Σ Vᵀ are U Σ² Uᵀ and V Σ² Vᵀ.</summary>
    [Theory]
    [InlineData(4)]                                            // U Vᵀ: the gradient, orthogonalised
    [InlineData(2.5)]
    [InlineData(2)]
    public void The_first_step_has_the_singular_values_to_the_power_one_minus_four_over_p(double root)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var gradient = randn(6, 6, generator: generator);
        var weight = new TrainedParameter("w", zeros(6, 6).requires_grad_(), ParameterRole.Matrix);
        weight.Value.grad = gradient;
        using var optimizer = new Shampoo { Root = root, Grafting = ShampooGrafting.None, WeightDecay = 0 }.Build([weight]);
        optimizer.Step(1);
        var (u, s, vt) = linalg.svd(gradient.to(ScalarType.Float64), fullMatrices: false);
        var expected = (u * s.pow(1 - (4 / root))).mm(vt) * -1;
        // Float32 factors know their smallest eigenvalue, 1/1000 of the largest or more, to 1e-4 of itself.
        Assert.True(weight.Value.detach().to(ScalarType.Float64).allclose(expected, rtol: 1e-3, atol: 1e-3));
    }

    [Theory]
    [InlineData(0.9, ShampooGrafting.Adam)]
    [InlineData(1.0, ShampooGrafting.Adam)]
    [InlineData(0.9, ShampooGrafting.None)]
    [InlineData(1.0, ShampooGrafting.None)]
    public void A_trajectory_follows_the_equations_in_double_precision(double factorBeta, ShampooGrafting grafting)
    {
        const double Rate = 0.01, Decay = 0.1, MatrixEpsilon = 1e-4;
        const int Frequency = 3;
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var start = randn(5, 4, generator: generator);
        var weight = new TrainedParameter("w", start.clone().requires_grad_(), ParameterRole.Matrix);
        var choice = new Shampoo { ShampooBeta = factorBeta, Grafting = grafting, PreconditionFrequency = Frequency, MatrixEpsilon = MatrixEpsilon, WeightDecay = Decay };
        using var optimizer = choice.Build([weight]);
        torch.Tensor Zeros(params long[] shape) => zeros(shape, dtype: ScalarType.Float64);
        torch.Tensor w = start.to(ScalarType.Float64), l = Zeros(5, 5), r = Zeros(4, 4), m = Zeros(5, 4), v = Zeros(5, 4), left = eye(5), right = eye(4);
        for (var t = 1; t <= 10; t++)
        {
            var gradient = randn(5, 4, generator: generator);
            weight.Value.grad = gradient;
            optimizer.Step(Rate);
            var g = gradient.to(ScalarType.Float64);
            var gain = factorBeta < 1 ? 1 - factorBeta : 1;
            (l, r) = ((l * factorBeta) + (g.mm(g.t()) * gain), (r * factorBeta) + (g.t().mm(g) * gain));
            (m, v) = ((m * 0.95) + (g * 0.05), (v * 0.95) + (g.square() * 0.05));
            var average = m / (1 - Math.Pow(0.95, t));
            var adam = average / ((v / (1 - Math.Pow(0.95, t))).sqrt() + 1e-8);
            if (t % Frequency == 0 || (t == 1 && grafting == ShampooGrafting.None))
            {
                var correction = factorBeta < 1 ? 1 - Math.Pow(factorBeta, t) : 1;
                (left, right) = (Power(l / correction, MatrixEpsilon), Power(r / correction, MatrixEpsilon));
            }

            var step = grafting == ShampooGrafting.None || t >= Frequency ? left.to(ScalarType.Float64).mm(average).mm(right.to(ScalarType.Float64)) : adam;
            if (grafting == ShampooGrafting.Adam)
            {
                step = step * (adam.norm() / step.norm());
            }

            w = (w * (1 - (Rate * Decay))) - (step * Rate);
        }

        // Ten steps, each of float32 products with roots whose condition number is below 1000, times the rate.
        Assert.True(weight.Value.detach().to(ScalarType.Float64).allclose(w, rtol: 0, atol: 2e-5));

        static torch.Tensor Power(torch.Tensor factor, double epsilon)
        {
            var (u, s, vt) = linalg.svd(factor + (eye(factor.shape[0], dtype: ScalarType.Float64) * epsilon));
            return (u * s.pow(-1 / 2.5)).mm(vt);
        }
    }

    [Fact]
    public void Without_factors_it_is_AdamW()
    {
        using var shampooed = new LeastSquares(5, 4, bias: true);
        using var adamed = new LeastSquares(5, 4, bias: true);
        using var shampoo = new Shampoo { MaxPrecondDim = 3 }.Build(shampooed.Parameters);
        using var adam = new AdamW { Beta1 = 0.95, Beta2 = 0.95, WeightDecay = 0.01 }.Build(adamed.Parameters);
        shampooed.Run(shampoo, 0.02, 8);
        adamed.Run(adam, 0.02, 8);
        Assert.Equal(LeastSquares.Values(adamed.Weight.Value), LeastSquares.Values(shampooed.Weight.Value));
        Assert.Equal(LeastSquares.Values(adamed.Bias!.Value), LeastSquares.Values(shampooed.Bias!.Value));
    }

    [Fact]
    public void Losses_fall()
    {
        using var problem = new LeastSquares(5, 5, bias: true);
        using var optimizer = new Shampoo { PreconditionFrequency = 2, WeightDecay = 0 }.Build(problem.Parameters);
        var losses = problem.Run(optimizer, 0.02, 41);
        Assert.True(losses[40] < 0.8 * losses[0], $"{losses[0]} to {losses[40]}");
    }

    [Theory]
    [InlineData(ShampooGrafting.Adam)]
    [InlineData(ShampooGrafting.None)]
    public void State_has_the_bytes_that_are_announced_and_resumes_between_roots(ShampooGrafting grafting)
    {
        // Ungrafted roots of one gradient of rank 5 are as large as ε allows.
        var choice = new Shampoo { Grafting = grafting, PreconditionFrequency = 4, MatrixEpsilon = 1e-3 };
        using var problem = new LeastSquares(6, 5, bias: true);
        using var optimizer = choice.Build(problem.Parameters);
        Assert.Equal(choice.StateBytes([6, 5], ParameterRole.Matrix) + choice.StateBytes([5], ParameterRole.Vector), LeastSquares.Bytes(optimizer));
        LeastSquares.AssertResumes(choice, 6, 7);
    }

    [Theory]
    [InlineData(ShampooGrafting.Adam)]
    [InlineData(ShampooGrafting.None)]
    public void Zero_gradients_leave_the_weight_alone_and_bad_ones_are_refused(ShampooGrafting grafting)
    {
        using var problem = new LeastSquares(5, 5, bias: false);
        using var optimizer = new Shampoo { Grafting = grafting, PreconditionFrequency = 2, WeightDecay = 0 }.Build(problem.Parameters);
        problem.Backward(0);
        var before = LeastSquares.Values(problem.Weight.Value);
        using (no_grad()) problem.Weight.Gradient!.zero_();
        for (var step = 0; step < 5; step++) optimizer.Step(0.02);
        Assert.Equal(before, LeastSquares.Values(problem.Weight.Value));
        Assert.All(optimizer.State, entry => Assert.True(entry.Value.isfinite().all().item<bool>(), entry.Name));
        using (no_grad()) problem.Weight.Gradient![0, 0] = float.NaN;
        Assert.Contains("'weight'", Assert.Throws<DivergenceException>(() => optimizer.Step(0.02)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_epsilon_of_zero_is_refused() =>
        Assert.Contains("matrix_epsilon", Assert.Throws<TernException>(() => new Shampoo { MatrixEpsilon = 0 }.Build([])).Message, StringComparison.Ordinal);
}
