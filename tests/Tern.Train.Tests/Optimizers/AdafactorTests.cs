using Tern.Models;
using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Optimizers;

public sealed class AdafactorTests
{
    static TrainedParameter Weight(torch.Tensor start) => new("w", start.clone().requires_grad_(), ParameterRole.Matrix);

    /// <summary>β₂ of the first step is 0 and the factored moment of rank one is exact, so that G / √V is the sign of G.</summary>
    [Fact]
    public void The_first_step_is_the_sign_of_the_gradient_where_its_square_has_rank_one()
    {
        using var scope = NewDisposeScope();
        var weight = Weight(zeros(3, 2));
        weight.Value.grad = tensor([1f, -20f, 3f]).outer(tensor([-0.5f, 4f]));
        using var optimizer = new Adafactor().Build([weight]);
        optimizer.Step(0.01);
        // A handful of float32 operations.
        Assert.True(weight.Value.detach().allclose(weight.Value.grad.sign() * -0.01, rtol: 1e-6));
    }

    [Theory]
    [InlineData(false, false, null)]
    [InlineData(true, false, null)]
    [InlineData(true, true, 0.9)]
    public void A_trajectory_follows_the_equations_in_double_precision(bool isVector, bool relative, double? beta1)
    {
        const int Rows = 4, Columns = 3, Size = Rows * Columns;
        const double Rate = 0.02, Decay = 0.1;
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var shape = isVector ? new long[] { Size } : [Rows, Columns];
        var weight = Weight(randn(shape, generator: generator));
        var choice = new Adafactor { Beta1 = beta1, RelativeStep = relative, ScaleParameter = relative, WeightDecay = Decay };
        using var optimizer = choice.Build([weight]);
        double[] w = [.. LeastSquares.Values(weight.Value).Select(x => (double)x)], v = new double[Size], average = new double[Size], row = new double[Rows], column = new double[Columns];
        for (var t = 1; t <= 12; t++)
        {
            // Gradients of growing size are clipped, of falling size are not.
            weight.Value.grad = randn(shape, generator: generator).mul_(t % 5);
            optimizer.Step(Rate);
            var g = LeastSquares.Values(weight.Value.grad).Select(x => (double)x).ToArray();
            var beta = 1 - Math.Pow(t, -0.8);
            for (var i = 0; i < Size; i++) v[i] = (beta * v[i]) + ((1 - beta) * ((g[i] * g[i]) + 1e-30));
            for (var i = 0; i < Rows; i++) row[i] = Enumerable.Range(0, Columns).Sum(j => v[(i * Columns) + j]);
            for (var j = 0; j < Columns; j++) column[j] = Enumerable.Range(0, Rows).Sum(i => v[(i * Columns) + j]);
            var update = g.Select((x, i) => x / Math.Sqrt(isVector ? v[i] : row[i / Columns] * column[i % Columns] / row.Sum())).ToArray();
            var clip = Math.Max(1, Math.Sqrt(update.Average(x => x * x)));
            var size = Rate * (relative ? Math.Max(1e-3, Math.Sqrt(w.Average(x => x * x))) * Math.Min(1e-2, 1 / Math.Sqrt(t)) : 1);
            for (var i = 0; i < Size; i++)
            {
                var step = size * update[i] / clip;
                average[i] = beta1 is { } b ? (b * average[i]) + ((1 - b) * step) : step;
                w[i] = (w[i] * (1 - (size * Decay))) - average[i];
            }
        }

        // Twelve sums with weights below 4, each rounded to 2.4e-7 at most.
        var found = LeastSquares.Values(weight.Value);
        Assert.All(Enumerable.Range(0, Size), i => Assert.Equal(w[i], found[i], 12 * 2.4e-7));
    }

    [Fact]
    public void Updates_are_cut_to_the_threshold()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var weight = Weight(zeros(6, 5));
        using var optimizer = new Adafactor { ClipThreshold = 0.5 }.Build([weight]);
        weight.Value.grad = randn(6, 5, generator: generator);
        optimizer.Step(0);
        weight.Value.grad.mul_(100);
        optimizer.Step(0.02);
        // Thirty squares in float32.
        Assert.Equal(0.01, weight.Value.detach().square().mean().sqrt().item<float>(), 1e-7);
    }

    [Fact]
    public void Each_matrix_of_a_stack_is_treated_by_itself()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(8);
        var gradient = randn(2, 4, 3, generator: generator);
        TrainedParameter stack = Weight(zeros(2, 4, 3)), first = Weight(zeros(4, 3));
        (stack.Value.grad, first.Value.grad) = (gradient, gradient[0].clone());
        // Clipping would tie the matrices together.
        var choice = new Adafactor { ClipThreshold = 1000 };
        using var whole = choice.Build([stack]);
        using var part = choice.Build([first]);
        whole.Step(0.02);
        part.Step(0.02);
        // The same operations, but for the order of sums.
        Assert.True(stack.Value.detach()[0].allclose(first.Value.detach(), rtol: 1e-6));
        Assert.Equal(choice.StateBytes([2, 4, 3], ParameterRole.Matrix), LeastSquares.Bytes(whole));
    }

    [Fact]
    public void Zero_gradients_leave_the_weight_alone()
    {
        using var scope = NewDisposeScope();
        var weight = Weight(ones(4, 3));
        weight.Value.grad = zeros(4, 3);
        using var optimizer = new Adafactor().Build([weight]);
        for (var step = 0; step < 3; step++) optimizer.Step(0.1);
        Assert.All(LeastSquares.Values(weight.Value), value => Assert.Equal(1f, value));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.9)]
    public void State_has_the_bytes_that_are_announced_and_resumes(double? beta1)
    {
        var choice = new Adafactor { Beta1 = beta1, ScaleParameter = true };
        using var problem = new LeastSquares(6, 5, bias: true);
        using var optimizer = choice.Build(problem.Parameters);
        Assert.Equal(choice.StateBytes([6, 5], ParameterRole.Matrix) + choice.StateBytes([5], ParameterRole.Vector), LeastSquares.Bytes(optimizer));
        LeastSquares.AssertResumes(choice, 6, 7);
    }

    [Fact]
    public void A_decay_rate_of_zero_is_refused() =>
        Assert.Contains("decay_rate", Assert.Throws<TernException>(() => new Adafactor { DecayRate = 0 }.Build([])).Message, StringComparison.Ordinal);
}
