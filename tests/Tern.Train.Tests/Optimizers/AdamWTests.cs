using CsCheck;
using Tern.Models;
using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Optimizers;

public sealed unsafe class AdamWTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(40_000)]                                       // three chunks, the last one short
    public void A_trajectory_follows_the_equations_in_double_precision(int size)
    {
        var choice = new AdamW { Beta1 = 0.9, Beta2 = 0.99, Epsilon = 1e-6, WeightDecay = 0.1 };
        using var scope = NewDisposeScope();
        var random = new Random(size);
        var start = Normals(random, size);
        var weight = new TrainedParameter("w", tensor(start).requires_grad_(), ParameterRole.Matrix) { LearningRateMultiplier = 0.5 };
        double[] w = [.. start.Select(x => (double)x)], m = new double[size], v = new double[size];
        using var optimizer = choice.Build([weight]);
        for (var step = 1; step <= 20; step++)
        {
            var gradient = Normals(random, size);
            weight.Value.grad = tensor(gradient);
            optimizer.Step(0.02);
            for (var i = 0; i < size; i++)
            {
                m[i] = (0.9 * m[i]) + (0.1 * gradient[i]);
                v[i] = (0.99 * v[i]) + (0.01 * gradient[i] * gradient[i]);
                w[i] -= 0.01 * 0.1 * w[i];
                w[i] -= 0.01 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.99, step))) + 1e-6);
            }
        }

        // Twenty additions to weights of at most 5, each rounded to half of 2⁻²¹; steps are smaller by far.
        var found = LeastSquares.Values(weight.Value);
        Assert.All(Enumerable.Range(0, size), i => Assert.Equal(w[i], found[i], 20 * 5e-7));
    }

    [Fact]
    public void Every_width_gives_the_same_bits() => Gen.Int[0, 100].Select(Gen.Int[0, 1 << 20]).Sample((size, seed) =>
    {
        var coefficients = new AdamCoefficients(0.1f, 0.05f, 0.999f, 0.02f, 1.3f, 1e-8f);
        var scalar = Widths(size, seed, (w, g, m, v) => AdamKernel.Scalar(w, g, m, v, size, coefficients));
        var wide256 = Widths(size, seed, (w, g, m, v) => Rest(AdamKernel.Wide256(w, g, m, v, size, coefficients), w, g, m, v));
        var wide512 = Widths(size, seed, (w, g, m, v) => Rest(AdamKernel.Wide512(w, g, m, v, size, coefficients), w, g, m, v));
        Assert.Equal(scalar, wide256);
        Assert.Equal(scalar, wide512);

        void Rest(int done, float* w, float* g, float* m, float* v) => AdamKernel.Scalar(w + done, g + done, m + done, v + done, size - done, coefficients);
    }, iter: 200);

    [Fact]
    public void Weights_outside_main_memory_follow_the_same_equations()
    {
        using var scope = NewDisposeScope();
        var coefficients = new AdamCoefficients(0.1f, 0.05f, 0.999f, 0.02f, 1.3f, 1e-8f);
        torch.Tensor w = randn(1000), g = randn(1000), m = randn(1000), v = rand(1000);
        torch.Tensor w2 = w.clone(), m2 = m.clone(), v2 = v.clone();
        AdamKernel.Step(w, g, m, v, coefficients);
        Float32Moments.StepOnDevice(w2, g, m2, v2, coefficients);
        // Values of order 1, rounded a few times each: some units of 1.2e-7, divided by roots that may be small.
        Assert.True(w.allclose(w2, rtol: 1e-5, atol: 1e-5));
        Assert.True(m.allclose(m2, rtol: 1e-5, atol: 1e-6));
        Assert.True(v.allclose(v2, rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void A_restored_optimizer_goes_on_with_the_same_bits() => LeastSquares.AssertResumes(new AdamW(), 7, 9);

    [Fact]
    public void Vectors_do_not_decay_and_weights_without_gradient_stay()
    {
        using var scope = NewDisposeScope();
        TrainedParameter Ones(string name, ParameterRole role) => new(name, ones(4).requires_grad_(), role);
        TrainedParameter matrix = Ones("m", ParameterRole.Matrix), vector = Ones("v", ParameterRole.Vector), untouched = Ones("u", ParameterRole.Matrix);
        matrix.Value.grad = zeros(4);
        vector.Value.grad = zeros(4);
        using var optimizer = new AdamW { WeightDecay = 0.5 }.Build([matrix, vector, untouched]);
        optimizer.Step(0.5);
        Assert.Equal([0.75f, 0.75f, 0.75f, 0.75f], LeastSquares.Values(matrix.Value));
        Assert.Equal([1f, 1f, 1f, 1f], LeastSquares.Values(vector.Value));
        Assert.Equal([1f, 1f, 1f, 1f], LeastSquares.Values(untouched.Value));
        Assert.Equal(0, optimizer.State.Single(entry => entry.Name == "u.step").Value.item<long>());
    }

    [Fact]
    public void State_has_the_bytes_that_are_announced_and_names_what_is_missing_or_misshapen()
    {
        using var problem = new LeastSquares(6, 5, bias: false);
        var choice = new AdamW();
        using var optimizer = choice.Build(problem.Parameters);
        Assert.Equal(choice.StateBytes([6, 5], ParameterRole.Matrix), LeastSquares.Bytes(optimizer));
        using var scope = NewDisposeScope();
        var saved = LeastSquares.Saved(optimizer);
        saved["weight.exp_avg"] = zeros(5, 6);
        Assert.Contains("'weight.exp_avg'", Assert.Throws<TernException>(() => optimizer.Restore(saved)).Message, StringComparison.Ordinal);
        saved.Remove("weight.exp_avg");
        Assert.Contains("'weight.exp_avg'", Assert.Throws<TernException>(() => optimizer.Restore(saved)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_beta_of_one_is_refused() =>
        Assert.Contains("beta2", Assert.Throws<TernException>(() => new AdamW { Beta2 = 1 }.Build([])).Message, StringComparison.Ordinal);

    delegate void Kernel(float* w, float* g, float* m, float* v);

    static float[] Widths(int size, int seed, Kernel kernel)
    {
        var random = new Random(seed);
        var all = Normals(random, 4 * size + 1);
        for (var i = 3 * size; i < 4 * size; i++)
        {
            all[i] = Math.Abs(all[i]);
        }

        fixed (float* start = all)
        {
            kernel(start, start + size, start + (2 * size), start + (3 * size));
        }

        return all;
    }

    static float[] Normals(Random random, int size) =>
        [.. Enumerable.Range(0, size).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
}
