using Tern.Models;
using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Optimizers;

public sealed class MuonTests
{
    [Theory]
    [InlineData(16, 16)]
    [InlineData(24, 7)]
    [InlineData(7, 24)]
    public void Singular_vectors_stay_and_singular_values_follow_the_polynomial(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var gradient = randn(rows, columns, generator: generator);
        var (u, s, vt) = linalg.svd(gradient, fullMatrices: false);
        var norm = gradient.norm().item<float>();
        var expected = LeastSquares.Values(s).Select(value =>
        {
            double x = value / norm;
            for (var i = 0; i < 5; i++)
            {
                x = (3.4445 * x) - (4.7750 * Math.Pow(x, 3)) + (2.0315 * Math.Pow(x, 5));
            }

            return (float)x;
        }).ToArray();
        var found = Muon.Orthogonalized(gradient, 5);
        // The polynomial enlarges errors of small singular values by 3.4445⁵ = 485 at most: 485 · 6e-8.
        Assert.True(found.allclose(u.mm(diag(tensor(expected))).mm(vt), rtol: 0, atol: 5e-5));
    }

    [Fact]
    public void The_first_step_has_the_root_mean_square_of_Adam()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var value = zeros(48, 16);
        var weight = new TrainedParameter("w", value.requires_grad_(), ParameterRole.Matrix);
        weight.Value.grad = randn(48, 16, generator: generator);
        using var optimizer = new Muon().Build([weight]);
        optimizer.Step(0.01);
        // 0.2 times the learning rate, times singular values between 0.68 and 1.14.
        Assert.InRange(weight.Value.detach().square().mean().sqrt().item<float>(), 0.68 * 0.002, 1.14 * 0.002);
    }

    [Fact]
    public void Losses_fall()
    {
        using var problem = new LeastSquares(6, 5, bias: true);
        using var optimizer = new Muon { WeightDecay = 0 }.Build(problem.Parameters);
        var losses = problem.Run(optimizer, 0.05, 81);
        Assert.True(losses[80] < 0.7 * losses[0], $"{losses[0]} to {losses[80]}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void State_has_the_bytes_that_are_announced_and_resumes(bool nesterov)
    {
        var choice = new Muon { Nesterov = nesterov };
        using var problem = new LeastSquares(6, 5, bias: true);
        using var optimizer = choice.Build(problem.Parameters);
        Assert.Equal(choice.StateBytes([6, 5], ParameterRole.Matrix) + choice.StateBytes([5], ParameterRole.Output), LeastSquares.Bytes(optimizer));
        LeastSquares.AssertResumes(choice, 5, 6);
    }

    [Fact]
    public void A_momentum_of_one_is_refused() =>
        Assert.Contains("momentum", Assert.Throws<TernException>(() => new Muon { Momentum = 1 }.Build([])).Message, StringComparison.Ordinal);
}
