using Tern.Train.Loop;
using Tern.Models;
using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Optimizers;

public sealed class SoapTests
{
    static readonly int[] RecordedSteps = [0, 1, 2, 3, 4, 8, 12, 20, 40];

    /// <summary>Losses before the steps 0, 1, 2, 3, 4, 8, 12, 20, 40 of a float64 implementation in NumPy, which agrees with the authors' file in float32 to 8e-7.</summary>
    public static TheoryData<int, bool, double[]> Golden => new()
    {
        { 1, false, [1.312491368, 1.357422506, 1.375495263, 1.271361845, 1.234682829, 1.133599302, 1.057629157, 0.936473797, 0.817751422] },
        { 2, false, [1.312491368, 1.357422506, 1.375495263, 1.273743273, 1.238182314, 1.136979410, 1.050643187, 0.939282949, 0.846228757] },
        { 10, false, [1.312491368, 1.357422506, 1.375495263, 1.273743273, 1.237314570, 1.162234692, 1.100509285, 1.000717527, 0.859539450] },
        { 2, true, [1.312491368, 1.357422506, 1.410105405, 1.288318049, 1.317413730, 1.207321872, 1.105448922, 0.946551632, 0.789823370] },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Losses_follow_the_golden_trajectory(int frequency, bool oneSided, double[] golden)
    {
        using var problem = new LeastSquares(5, 5, bias: true);
        using var optimizer = new Soap { PreconditionFrequency = frequency, OneSided = oneSided }.Build(problem.Parameters);
        var losses = problem.Run(optimizer, 0.02, 41);
        // Float32 of the authors' file is within 8e-7; another order of the same products may differ as much again.
        Assert.All(RecordedSteps.Zip(golden), pair => Assert.Equal(pair.Second, losses[pair.First], 3e-6));
    }

    [Fact]
    public void Weights_after_forty_steps_are_the_golden_ones()
    {
        using var problem = new LeastSquares(5, 5, bias: true);
        using var optimizer = new Soap { PreconditionFrequency = 1 }.Build(problem.Parameters);
        problem.Run(optimizer, 0.02, 40);
        // Weights move by up to the learning rate whatever the size of the gradient, so they feel rounding more than the loss does.
        double[] row = [0.05388962, 0.64941334, -0.13710052, -0.02171777, -0.00181917], bias = [0.01304924, -0.03711383, -0.02363622, -0.01662657, -0.02602887];
        Assert.All(row.Zip(LeastSquares.Values(problem.Weight.Value)), pair => Assert.Equal(pair.First, pair.Second, 2e-5));
        Assert.All(bias.Zip(LeastSquares.Values(problem.Bias!.Value)), pair => Assert.Equal(pair.First, pair.Second, 2e-5));
    }

    [Fact]
    public void Without_rotated_sides_it_is_Adam_that_skips_the_first_gradient()
    {
        using var soaped = new LeastSquares(5, 4, bias: false);
        using var adamed = new LeastSquares(5, 4, bias: false);
        using var soap = new Soap { MaxPrecondDim = 3, Epsilon = 0, WeightDecay = 0 }.Build(soaped.Parameters);
        using var adam = new AdamW { Beta1 = 0.95, Beta2 = 0.95, Epsilon = 0, WeightDecay = 0 }.Build(adamed.Parameters);
        soaped.Run(soap, 0.02, 12);
        adamed.Run(adam, 0.02, 11, start: 1);
        Assert.Equal(LeastSquares.Values(adamed.Weight.Value), LeastSquares.Values(soaped.Weight.Value));
    }

    [Fact]
    public void The_signs_of_basis_vectors_do_not_matter()
    {
        using var problem = new LeastSquares(5, 5, bias: true);
        using var flipped = new LeastSquares(5, 5, bias: true);
        using var optimizer = new Soap { PreconditionFrequency = 3 }.Build(problem.Parameters);
        using var other = new Soap { PreconditionFrequency = 3 }.Build(flipped.Parameters);
        problem.Run(optimizer, 0.02, 20);
        flipped.Run(other, 0.02, 4);
        using (no_grad())
        using (NewDisposeScope())
        {
            var state = other.State.ToDictionary(entry => entry.Name, entry => entry.Value);
            var signs = tensor([-1f, 1f, -1f, -1f, 1f]);
            state["weight.basis_0"].mul_(signs);
            state["weight.exp_avg"].mul_(signs.unsqueeze(1));
        }

        flipped.Run(other, 0.02, 16, start: 4);
        // Signs commute with every rounding but that of the QR factorisation.
        Assert.All(LeastSquares.Values(problem.Weight.Value).Zip(LeastSquares.Values(flipped.Weight.Value)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void The_order_of_basis_vectors_does_not_matter()
    {
        using var problem = new LeastSquares(5, 5, bias: false);
        using var permuted = new LeastSquares(5, 5, bias: false);
        using var optimizer = new Soap { PreconditionFrequency = 3 }.Build(problem.Parameters);
        using var other = new Soap { PreconditionFrequency = 3 }.Build(permuted.Parameters);
        problem.Run(optimizer, 0.02, 20);
        permuted.Run(other, 0.02, 4);
        using (no_grad())
        using (NewDisposeScope())
        {
            var state = other.State.ToDictionary(entry => entry.Name, entry => entry.Value);
            var order = tensor([3L, 0L, 4L, 1L, 2L]);
            foreach (var (name, axis) in new[] { ("basis_0", 1), ("exp_avg", 0), ("exp_avg_sq", 0) })
            {
                state["weight." + name].copy_(state["weight." + name].index_select(axis, order));
            }
        }

        permuted.Run(other, 0.02, 16, start: 4);
        // Sums of five products in another order, until the next refresh sorts the vectors again.
        Assert.All(LeastSquares.Values(problem.Weight.Value).Zip(LeastSquares.Values(permuted.Weight.Value)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData(SoapBasis.PowerQr)]
    [InlineData(SoapBasis.Eigh)]
    public void The_bases_are_orthonormal_after_every_refresh(SoapBasis basis)
    {
        using var problem = new LeastSquares(7, 4, bias: false);
        using var optimizer = new Soap { PreconditionFrequency = 2, Basis = basis }.Build(problem.Parameters);
        for (var step = 0; step < 21; step++)
        {
            problem.Run(optimizer, 0.02, 1, step);
            AssertOrthonormal(optimizer);
        }
    }

    [Fact]
    public void A_tensor_of_three_axes_is_rotated_by_the_Kronecker_product_of_its_bases()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(8);
        var weight = new TrainedParameter("w", zeros(3, 2, 4).requires_grad_(), ParameterRole.Matrix);
        using var optimizer = new Soap { WeightDecay = 0 }.Build([weight]);
        weight.Value.grad = randn(3, 2, 4, generator: generator);
        optimizer.Step(0.01);
        var q = Enumerable.Range(0, 3).Select(axis => optimizer.State.Single(entry => entry.Name == $"w.basis_{axis}").Value.clone().to(ScalarType.Float64)).ToArray();
        var rotation = kron(kron(q[0], q[1]), q[2]);
        var gradient = randn(3, 2, 4, generator: generator);
        weight.Value.grad = gradient;
        optimizer.Step(0.01);
        var rotated = rotation.t().mv(gradient.to(ScalarType.Float64).flatten());
        var normalized = (rotated * 0.05) / ((rotated.square() * 0.05).sqrt() + 1e-8);
        var expected = rotation.mv(normalized) * (-0.01 * Math.Sqrt(0.05) / 0.05);
        // Coordinates of ±0.01, each from some twenty float32 products.
        Assert.True(weight.Value.detach().flatten().to(ScalarType.Float64).allclose(expected, rtol: 0, atol: 2e-7));
    }

    [Fact]
    public void Epsilon_is_added_before_the_bias_is_corrected()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(9);
        var weight = new TrainedParameter("w", zeros(4, 4).requires_grad_(), ParameterRole.Matrix);
        using var optimizer = new Soap { WeightDecay = 0 }.Build([weight]);
        var gradient = randn(4, 4, generator: generator).mul_(1e-12);
        weight.Value.grad = gradient;
        optimizer.Step(0.01);
        optimizer.Step(0.01);
        // Roots of 0.05 g² of 1e-13 vanish beside ε = 1e-8, so the step is linear in G: 0.05 G / ε · sqrt(0.05) / 0.05. After correction it would be G / ε.
        Assert.True(weight.Value.detach().allclose(gradient * (-0.01 * Math.Sqrt(0.05) / 1e-8), rtol: 1e-3, atol: 1e-9));
    }

    [Fact]
    public void Zero_gradients_make_no_basis_and_unmake_none()
    {
        using var problem = new LeastSquares(5, 5, bias: false);
        using var late = new LeastSquares(5, 5, bias: false);
        var choice = new Soap { PreconditionFrequency = 2, ShampooBeta = 0.5 };
        using var optimizer = choice.Build(problem.Parameters);
        using var other = choice.Build(late.Parameters);
        problem.Run(optimizer, 0.02, 9);
        StepWithoutGradient(late, other, 3);
        late.Run(other, 0.02, 9);
        Assert.Equal(LeastSquares.Values(problem.Weight.Value), LeastSquares.Values(late.Weight.Value));
        // 2⁻³⁰⁰ of a factor is 0 in float32.
        StepWithoutGradient(late, other, 300);
        AssertOrthonormal(other);
        late.Run(other, 0.02, 9);
        Assert.All(other.State, entry => Assert.True(entry.Value.isfinite().all().item<bool>(), entry.Name));
        AssertOrthonormal(other);
    }

    [Theory]
    [InlineData(0, float.NaN)]
    [InlineData(0, 1e30f)]
    [InlineData(5, float.PositiveInfinity)]
    public void A_gradient_that_is_not_finite_is_refused_before_anything_changes(int steps, float bad)
    {
        using var problem = new LeastSquares(5, 5, bias: false);
        using var optimizer = new Soap { PreconditionFrequency = 2 }.Build(problem.Parameters);
        problem.Run(optimizer, 0.02, steps);
        problem.Backward(steps);
        var before = LeastSquares.Saved(optimizer);
        using (no_grad()) problem.Weight.Gradient![1, 2] = bad;
        Assert.Contains("'weight'", Assert.Throws<DivergenceException>(() => optimizer.Step(0.02)).Message, StringComparison.Ordinal);
        Assert.All(optimizer.State, entry => Assert.True(entry.Value.equal(before[entry.Name]).all().item<bool>(), entry.Name));
    }

    [Fact]
    public void Staggered_weights_refresh_in_turn()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(10);
        TrainedParameter[] weights = [.. Enumerable.Range(0, 3).Select(i => new TrainedParameter($"w{i}", zeros(4, 4).requires_grad_(), ParameterRole.Matrix))];
        using var optimizer = new Soap { PreconditionFrequency = 3, Staggered = true }.Build(weights);
        var bases = optimizer.State.Where(entry => entry.Name.EndsWith("basis_0", StringComparison.Ordinal)).Select(entry => entry.Value).ToArray();
        for (var step = 0; step < 10; step++)
        {
            var before = bases.Select(basis => basis.clone()).ToArray();
            foreach (var weight in weights) weight.Value.grad = randn(4, 4, generator: generator);
            optimizer.Step(0.01);
            Assert.Equal(step == 0 ? [0, 1, 2] : [(3 - (step % 3)) % 3], Enumerable.Range(0, 3).Where(i => !bases[i].equal(before[i]).all().item<bool>()));
        }
    }

    [Fact]
    public void Axes_are_merged_where_they_fit()
    {
        var choice = new Soap { MergeDims = true, MaxPrecondDim = 12 };
        using var value = zeros(4, 3, 2).requires_grad_();
        using var optimizer = choice.Build([new TrainedParameter("w", value, ParameterRole.Matrix)]);
        Assert.Equal([12, 12], optimizer.State.Single(entry => entry.Name == "w.basis_0").Value.shape);
        Assert.Equal([2, 2], optimizer.State.Single(entry => entry.Name == "w.basis_1").Value.shape);
        Assert.Equal(choice.StateBytes([4, 3, 2], ParameterRole.Matrix), LeastSquares.Bytes(optimizer));
    }

    [Fact]
    public void The_first_step_of_Adam_moves_each_weight_by_the_learning_rate()
    {
        using var problem = new LeastSquares(5, 5, bias: true);
        var before = LeastSquares.Values(problem.Weight.Value);
        using var optimizer = new Soap { FirstStep = SoapFirstStep.Adam, WeightDecay = 0, Epsilon = 0 }.Build(problem.Parameters);
        problem.Run(optimizer, 0.02, 1);
        // The rounding of a sum below 0.2.
        Assert.All(before.Zip(LeastSquares.Values(problem.Weight.Value)), pair => Assert.Equal(0.02, Math.Abs(pair.Second - pair.First), 1e-7));
    }

    [Fact]
    public void A_factorized_second_moment_is_exact_where_squares_have_rank_one()
    {
        using var scope = NewDisposeScope();
        var g = tensor([1f, 2f, 3f]).outer(tensor([0.5f, 4f]));
        var full = new FullSecondMoment(zeros(3, 2));
        var factorized = new FactorizedSecondMoment([zeros(3), zeros(2)]);
        full.Update(g, 0.9);
        factorized.Update(g, 0.9);
        // A handful of float32 operations.
        Assert.True(full.Root().allclose(factorized.Root(), rtol: 1e-6));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void State_has_the_bytes_that_are_announced_and_resumes_across_a_refresh(bool oneSided, bool factorized)
    {
        var choice = new Soap { OneSided = oneSided, Factorized = factorized, PreconditionFrequency = 4, Precondition1d = factorized, Staggered = oneSided };
        using var problem = new LeastSquares(6, 5, bias: true);
        using var optimizer = choice.Build(problem.Parameters);
        Assert.Equal(choice.StateBytes([6, 5], ParameterRole.Matrix) + choice.StateBytes([5], ParameterRole.Vector), LeastSquares.Bytes(optimizer));
        LeastSquares.AssertResumes(choice, 6, 7);
    }

    [Fact]
    public void Normalised_updates_have_the_length_of_the_learning_rate()
    {
        using var problem = new LeastSquares(5, 5, bias: false);
        using var optimizer = new Soap { NormalizeGrads = true, CorrectBias = false, WeightDecay = 0 }.Build(problem.Parameters);
        problem.Run(optimizer, 0.02, 1);
        var before = LeastSquares.Values(problem.Weight.Value);
        problem.Run(optimizer, 0.02, 1, start: 1);
        var change = before.Zip(LeastSquares.Values(problem.Weight.Value), (old, now) => (double)now - old);
        // Weights of order 0.1 round to 1e-8.
        Assert.Equal(0.02, Math.Sqrt(change.Average(x => x * x)), 1e-6);
    }

    [Fact]
    public void A_frequency_of_zero_is_refused() =>
        Assert.Contains("precondition_frequency", Assert.Throws<TernException>(() => new Soap { PreconditionFrequency = 0 }.Build([])).Message, StringComparison.Ordinal);

    static void AssertOrthonormal(IOptimizer optimizer)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, q) in optimizer.State.Where(entry => entry.Name.Contains(".basis_", StringComparison.Ordinal)))
        {
            // A product of seven terms in float32.
            Assert.True(q.t().mm(q).sub(eye(q.shape[0])).abs().max().item<float>() < 1e-5f, name);
        }
    }

    static void StepWithoutGradient(LeastSquares problem, IOptimizer optimizer, int steps)
    {
        problem.Backward(0);
        using (no_grad()) problem.Weight.Gradient!.zero_();
        for (var step = 0; step < steps; step++) optimizer.Step(0);
    }
}
