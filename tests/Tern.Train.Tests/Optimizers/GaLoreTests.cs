using Tern.Train.Loop;
using Tern.Models;
using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Optimizers;

public sealed class GaLoreTests
{
    const int Never = 1000;

    static readonly GaLore Base = new() { Rank = 2, UpdateProjGap = Never };

    /// <summary>Losses of a float64 implementation in NumPy, which agrees with the authors' projector and Adam in float32 to 3e-7 before the second projection.</summary>
    public static TheoryData<int, int, GaLoreMoments, int, int[], double[]> Golden => new()
    {
        { 5, 8, GaLoreMoments.Keep, Never, [0, 1, 2, 4, 8, 20, 40], [2.092160349, 2.156890737, 2.114387722, 1.886116770, 1.771333642, 1.597535242, 1.545185280] },
        { 8, 5, GaLoreMoments.Keep, Never, [0, 1, 2, 4, 8, 20, 40], [1.360114661, 1.437348484, 1.429656109, 1.138793232, 1.025468914, 0.838828399, 0.785025885] },
        { 5, 8, GaLoreMoments.Keep, 8, [20, 40], [1.622956349, 1.548529287] },
        { 8, 5, GaLoreMoments.Keep, 8, [20, 40], [0.916217852, 0.879509996] },
        { 5, 8, GaLoreMoments.Reproject, 8, [20, 40], [1.593058140, 1.502419162] },
        { 8, 5, GaLoreMoments.Reproject, 8, [20, 40], [0.860157056, 0.856436164] },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Losses_follow_the_golden_trajectory(int rows, int columns, GaLoreMoments moments, int gap, int[] steps, double[] golden)
    {
        using var problem = new LeastSquares(rows, columns, bias: false);
        using var optimizer = (Base with { MomentPolicy = moments, UpdateProjGap = gap }).Build(problem.Parameters);
        var losses = problem.Run(optimizer, 0.1, 41);
        // 3e-7 for float32, and some more for five singular value decompositions whose vectors are as accurate as the gaps between values allow.
        Assert.All(steps.Zip(golden), pair => Assert.Equal(pair.Second, losses[pair.First], 5e-6));
    }

    [Fact]
    public void Weights_after_forty_steps_are_the_golden_ones()
    {
        using var problem = new LeastSquares(5, 8, bias: false);
        using var optimizer = Base.Build(problem.Parameters);
        problem.Run(optimizer, 0.1, 40);
        double[] golden = [0.02266249, 0.36691161, 0.04550796, -0.06384449, -0.0089397, 0.01236696, 0.05688607, 0.00372762];
        // Forty steps of 0.025, each with the relative error of a float32 singular vector.
        Assert.All(golden.Zip(LeastSquares.Values(problem.Weight.Value)), pair => Assert.Equal(pair.First, pair.Second, 5e-6));
    }

    [Theory]
    [InlineData(GaLoreSide.Std, 5, 8, true)]
    [InlineData(GaLoreSide.Std, 8, 5, false)]
    [InlineData(GaLoreSide.Std, 6, 6, false)]
    [InlineData(GaLoreSide.ReverseStd, 5, 8, false)]
    [InlineData(GaLoreSide.ReverseStd, 8, 5, true)]
    [InlineData(GaLoreSide.Left, 8, 5, true)]
    [InlineData(GaLoreSide.Right, 5, 8, false)]
    public void Changes_lie_in_the_span_of_an_orthonormal_projector(GaLoreSide side, int rows, int columns, bool left)
    {
        var choice = Base with { ProjType = side, MomentPolicy = GaLoreMoments.Reset };
        using var scope = NewDisposeScope();
        using var problem = new LeastSquares(rows, columns, bias: false);
        using var optimizer = choice.Build(problem.Parameters);
        var before = problem.Weight.Value.detach().clone();
        problem.Run(optimizer, 0.1, 10);
        var change = problem.Weight.Value.detach() - before;
        var projector = optimizer.State.Single(entry => entry.Name == "weight.projector").Value;
        Assert.Equal(left ? [rows, 2] : [2, columns], projector.shape);
        var p = left ? projector : projector.t();
        // Products of eight float32 terms of order 1.
        Assert.True((p.t().mm(p) - eye(2)).abs().max().item<float>() < 1e-5f);
        var outside = left ? change - p.mm(p.t().mm(change)) : change - change.mm(p).mm(p.t());
        Assert.True(outside.abs().max().item<float>() < 1e-5f);
        Assert.Equal(choice.StateBytes([rows, columns], ParameterRole.Matrix), LeastSquares.Bytes(optimizer));
    }

    /// <summary>The published residuals of projections of the first gradient.</summary>
    [Theory]
    [InlineData(1, 0.565115060)]
    [InlineData(2, 0.263624334)]
    [InlineData(3, 0.091376208)]
    public void A_projected_gradient_keeps_the_energy_of_the_largest_singular_values(int rank, double golden)
    {
        using var scope = NewDisposeScope();
        using var problem = new LeastSquares(5, 8, bias: false);
        using var optimizer = (Base with { Rank = rank }).Build(problem.Parameters);
        problem.Backward(0);
        optimizer.Step(0.1);
        var gradient = problem.Weight.Gradient!;
        var projector = State(optimizer, "projector");
        var residual = (gradient - projector.mm(projector.t().mm(gradient))).norm() / gradient.norm();
        Assert.Equal(golden, residual.item<float>(), 1e-6);                            // float32
    }

    [Theory]
    [InlineData(5, 8)]
    [InlineData(8, 5)]
    public void Projected_on_both_sides_a_gradient_is_its_singular_values(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var problem = new LeastSquares(rows, columns, bias: false);
        var choice = Base with { ProjType = GaLoreSide.Full };
        using var optimizer = choice.Build(problem.Parameters);
        problem.Backward(0);
        var before = problem.Weight.Value.detach().clone();
        optimizer.Step(0.1);
        var (left, right) = (State(optimizer, "left_projector"), State(optimizer, "right_projector"));
        Assert.True((left.t().mm(left) - eye(2)).abs().max().item<float>() < 1e-5f);
        Assert.True((right.mm(right.t()) - eye(2)).abs().max().item<float>() < 1e-5f);
        var projected = left.t().mm(problem.Weight.Gradient!).mm(right.t()).abs();     // signs: the largest entries of both vectors are positive
        Assert.True((projected - diag(linalg.svdvals(problem.Weight.Gradient!).narrow(0, 0, 2))).abs().max().item<float>() < 1e-6f);
        problem.Run(optimizer, 0.1, 10, start: 1);
        var change = problem.Weight.Value.detach() - before;
        Assert.True((change - left.mm(left.t().mm(change).mm(right.t())).mm(right)).abs().max().item<float>() < 1e-5f);
        Assert.Equal(choice.StateBytes([rows, columns], ParameterRole.Matrix), LeastSquares.Bytes(optimizer));
    }

    [Theory]
    [InlineData(GaLoreSide.Std, 5, 8)]
    [InlineData(GaLoreSide.Std, 8, 5)]
    [InlineData(GaLoreSide.Full, 5, 8)]
    [InlineData(GaLoreSide.Full, 8, 5)]
    public void Gradient_descent_on_all_directions_is_gradient_descent(GaLoreSide side, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var state = new OptimizerState();
        using LeastSquares problem = new(rows, columns, bias: false), plain = new(rows, columns, bias: false);
        var update = new GaLoreUpdate(Base with { Rank = 5, Scale = 1, ProjType = side, Inner = GaLoreInner.Sgd, UpdateProjGap = 4 }, problem.Weight, state, 0);
        for (var step = 0; step < 12; step++)
        {
            problem.Backward(step);
            plain.Backward(step);
            using var untracked = no_grad();
            // Over a whole period a constant projector on both sides leaves out what is orthogonal to the first gradient's longer side.
            if (side == GaLoreSide.Full && step > 0) break;
            update.Step(problem.Weight.Gradient!, 0.1);
            plain.Weight.Value.add_(plain.Weight.Gradient!, -0.1);
        }

        Assert.True((problem.Weight.Value - plain.Weight.Value).abs().max().item<float>() < 1e-6f);
    }

    [Fact]
    public void A_step_has_the_rank_of_the_projection_and_two_periods_twice_that()
    {
        using var scope = NewDisposeScope();
        using var problem = new LeastSquares(6, 8, bias: false);
        using var optimizer = (Base with { UpdateProjGap = 4, MomentPolicy = GaLoreMoments.Reset }).Build(problem.Parameters);
        var start = problem.Weight.Value.detach().clone();
        float Singular(int index) => linalg.svdvals(problem.Weight.Value.detach() - start)[index].item<float>();
        problem.Run(optimizer, 0.1, 1);
        Assert.InRange(Singular(1), 1e-4f, 1);
        Assert.InRange(Singular(2), 0, 1e-6f);                                         // weights of order 1 in float32
        problem.Run(optimizer, 0.1, 7, start: 1);
        Assert.InRange(Singular(3), 1e-4f, 1);
        Assert.InRange(Singular(4), 0, 1e-6f);
    }

    [Fact]
    public void A_gradient_of_zeros_leaves_the_projector_and_waits_for_the_first()
    {
        using var scope = NewDisposeScope();
        using var problem = new LeastSquares(5, 8, bias: false);
        using var optimizer = (Base with { UpdateProjGap = 2 }).Build(problem.Parameters);
        var start = LeastSquares.Values(problem.Weight.Value);
        problem.Weight.Value.grad = zeros(5, 8);
        optimizer.Step(0.1);
        Assert.Equal(start, LeastSquares.Values(problem.Weight.Value));
        Assert.Equal(0, State(optimizer, "step").item<long>());
        problem.Run(optimizer, 0.1, 2);
        var projector = LeastSquares.Values(State(optimizer, "projector"));
        problem.Weight.Value.grad = zeros(5, 8);
        optimizer.Step(0.1);                                                           // the third step refreshes, but for this
        Assert.Equal(projector, LeastSquares.Values(State(optimizer, "projector")));
        Assert.Equal(3, State(optimizer, "step").item<long>());
        Assert.All(LeastSquares.Values(problem.Weight.Value), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_gradient_that_is_not_finite_names_the_weight(float value)
    {
        using var scope = NewDisposeScope();
        using var problem = new LeastSquares(5, 8, bias: false);
        using var optimizer = Base.Build(problem.Parameters);
        var gradient = zeros(5, 8);
        gradient[2, 3] = value;
        problem.Weight.Value.grad = gradient;
        Assert.Contains("the gradient of weight", Assert.Throws<DivergenceException>(() => optimizer.Step(0.1)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 8)]
    [InlineData(8, 5)]
    public void Eigenvectors_of_the_gram_matrices_are_the_singular_directions(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var problem = new LeastSquares(rows, columns, bias: false);
        problem.Backward(0);
        var gradient = problem.Weight.Gradient! * 1e-20;                               // squares would vanish in float32
        var (left, right) = GradientDirections.Of(gradient, 3);
        var (left2, right2) = GradientDirections.OfGram(gradient, 3);
        Assert.True((left - left2).abs().max().item<float>() < 1e-5f);                 // float32 vectors of well separated values
        Assert.True((right - right2).abs().max().item<float>() < 1e-5f);
    }

    [Theory]
    [InlineData(60, 90)]
    [InlineData(90, 60)]
    public void Directions_from_a_random_start_keep_nearly_all_that_the_best_ones_keep(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var gradient = randn(rows, 40).mm(diag(pow(tensor(0.9f), arange(40)))).mm(randn(40, columns));     // no gap at the rank
        random.manual_seed(9);
        var (left, right) = GradientDirections.OfRandomStart(gradient, 12, 5);
        var drawn = randn(1).item<float>();
        var (again, _) = GradientDirections.OfRandomStart(gradient, 12, 5);
        Assert.Equal(LeastSquares.Values(left), LeastSquares.Values(again));
        random.manual_seed(9);
        Assert.Equal(randn(1).item<float>(), drawn);                                   // the generator of torch was left alone
        Assert.Equal([rows, 12], left.shape);
        Assert.Equal([12, columns], right.shape);
        Assert.True((left.t().mm(left) - eye(12)).abs().max().item<float>() < 1e-5f);
        var best = linalg.svdvals(gradient).narrow(0, 0, 12).square().sum().item<float>();
        // Two passes and eight more directions: the error of Halko et al. is far below a percent of the energy.
        Assert.InRange(left.t().mm(gradient).square().sum().item<float>() / best, 0.995f, 1.00001f);
        Assert.InRange(gradient.mm(right.t()).square().sum().item<float>() / best, 0.995f, 1.00001f);
    }

    [Fact]
    public void Seeds_are_of_the_weight_and_the_step()
    {
        Assert.Equal(GradientDirections.SeedOf("a", 3), GradientDirections.SeedOf("a", 3));
        Assert.Equal(3, new[] { GradientDirections.SeedOf("a", 3), GradientDirections.SeedOf("a", 4), GradientDirections.SeedOf("b", 3) }.Distinct().Count());
    }

    [Fact]
    public void Staggered_weights_renew_their_projectors_in_turn()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        TrainedParameter[] weights = [.. Enumerable.Range(0, 4).Select(i => new TrainedParameter($"w{i}", randn(6, 9).requires_grad_(), ParameterRole.Matrix))];
        using var optimizer = (Base with { UpdateProjGap = 8, Staggered = true }).Build(weights);
        var renewed = weights.Select(_ => new List<int>()).ToArray();
        for (var step = 0; step < 20; step++)
        {
            var before = weights.Select(weight => LeastSquares.Values(optimizer.State.Single(entry => entry.Name == weight.Name + ".projector").Value)).ToArray();
            foreach (var weight in weights) weight.Value.grad = randn(6, 9);
            optimizer.Step(0.01);
            for (var i = 0; i < 4; i++)
            {
                if (!before[i].SequenceEqual(LeastSquares.Values(optimizer.State.Single(entry => entry.Name == $"w{i}.projector").Value))) renewed[i].Add(step);
            }
        }

        Assert.Equal([[0, 8, 16], [0, 6, 14], [0, 4, 12], [0, 2, 10, 18]], renewed);
    }

    /// <summary>Parameters of LLaMA models of 32000 tokens, and the numbers that GaLore keeps of their matrices, in bfloat16 gigabytes.</summary>
    [Theory]
    [InlineData(512, 1376, 8, 128, 58_073_600, 0.033)]
    [InlineData(768, 2048, 12, 256, 134_105_856, 0.146)]
    [InlineData(1024, 2736, 24, 256, 367_969_280, 0.390)]
    [InlineData(2048, 5461, 24, 512, 1_339_082_752, 1.560)]
    [InlineData(4096, 11008, 32, 1024, 6_738_415_616, 8.355)]
    public void State_of_the_published_models_has_the_published_size(long hidden, long inner, int layers, int rank, long parameters, double gigabytes)
    {
        var choice = new GaLore { Rank = rank };
        long[][] matrices = [[hidden, hidden], [hidden, hidden], [hidden, hidden], [hidden, hidden], [inner, hidden], [inner, hidden], [hidden, inner]];
        Assert.Equal(parameters, (2 * 32000 * hidden) + hidden + (layers * (matrices.Sum(shape => shape[0] * shape[1]) + (2 * hidden))));
        var bytes = layers * matrices.Sum(shape => choice.StateBytes(shape, ParameterRole.Matrix) - sizeof(long));
        Assert.Equal(gigabytes, bytes / 2 / 1e9, 0.0005);                              // given to three digits
    }

    [Fact]
    public void Reset_moments_hold_only_what_came_after_the_refresh()
    {
        var bits = new List<float[]>();
        foreach (var moments in new[] { GaLoreMoments.Keep, GaLoreMoments.Reset })
        {
            using var problem = new LeastSquares(5, 8, bias: false);
            using var optimizer = (Base with { MomentPolicy = moments, UpdateProjGap = 8 }).Build(problem.Parameters);
            problem.Run(optimizer, 0.1, 9);
            using var scope = NewDisposeScope();
            var state = LeastSquares.Saved(optimizer);
            bits.Add(LeastSquares.Values(state["weight.exp_avg_sq"]));
        }

        Assert.All(bits[0].Zip(bits[1]), pair => Assert.True(pair.First > pair.Second));
    }

    [Theory]
    [InlineData(GaLoreMoments.Keep)]
    [InlineData(GaLoreMoments.Reproject)]
    [InlineData(GaLoreMoments.Reset)]
    public void A_restored_optimizer_goes_on_with_the_same_bits_across_a_refresh(GaLoreMoments moments) =>
        LeastSquares.AssertResumes(Base with { MomentPolicy = moments, UpdateProjGap = 8 }, 6, 12);

    public static TheoryData<GaLore> Variants => new()
    {
        Base with { ProjInit = GaLoreProjection.RandomizedSvd },
        Base with { ProjType = GaLoreSide.Full, MomentPolicy = GaLoreMoments.Reproject },
        Base with { Inner = GaLoreInner.Sgd },
        Base with { Staggered = true },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Variants_go_on_with_the_same_bits_across_a_refresh(GaLore choice) => LeastSquares.AssertResumes(choice with { UpdateProjGap = 8 }, 6, 12);

    [Theory]
    [InlineData(GaLoreMoments.Keep)]
    [InlineData(GaLoreMoments.Reproject)]
    [InlineData(GaLoreMoments.Reset)]
    public void Moments_in_8_bits_go_on_with_the_same_bits_across_a_refresh(GaLoreMoments moments)
    {
        var choice = Base with { Rank = 48, UpdateProjGap = 4, State = MomentType.Int8, MomentPolicy = moments };
        using var scope = NewDisposeScope();
        float[] Run(bool interrupted)
        {
            random.manual_seed(6);
            var weight = new TrainedParameter("w", randn(64, 96).requires_grad_(), ParameterRole.Matrix);
            var optimizer = choice.Build([weight]);
            Assert.Equal(choice.StateBytes([64, 96], ParameterRole.Matrix), LeastSquares.Bytes(optimizer));
            Assert.Contains(optimizer.State, entry => entry.Name == "w.exp_avg.absmax");
            for (var step = 0; step < 10; step++)
            {
                if (interrupted && step == 3)
                {
                    var saved = LeastSquares.Saved(optimizer);
                    optimizer.Dispose();
                    optimizer = choice.Build([weight]);
                    optimizer.Restore(saved);
                }

                weight.Value.grad = randn(64, 96);
                optimizer.Step(0.01);
            }

            optimizer.Dispose();
            return LeastSquares.Values(weight.Value);
        }

        Assert.Equal(Run(false), Run(true));
    }

    [Theory]
    [InlineData(2, ParameterRole.Embedding)]
    [InlineData(5, ParameterRole.Matrix)]
    public void Tables_and_small_matrices_get_Adam(int rank, ParameterRole role)
    {
        using var scope = NewDisposeScope();
        var choice = Base with { Rank = rank };
        using var optimizer = choice.Build([new TrainedParameter("w", ones(5, 8).requires_grad_(), role)]);
        Assert.DoesNotContain(optimizer.State, entry => entry.Name == "w.projector");
        Assert.Equal(choice.StateBytes([5, 8], role), LeastSquares.Bytes(optimizer));
    }

    [Fact]
    public void Without_moments_only_the_projector_is_kept()
    {
        using var scope = NewDisposeScope();
        var choice = Base with { Inner = GaLoreInner.Sgd };
        using var optimizer = choice.Build([new TrainedParameter("w", ones(5, 8).requires_grad_(), ParameterRole.Matrix), new TrainedParameter("e", ones(5, 8).requires_grad_(), ParameterRole.Embedding)]);
        Assert.Equal(["w.projector", "w.step"], optimizer.State.Select(entry => entry.Name));
        Assert.Equal(choice.StateBytes([5, 8], ParameterRole.Matrix) + choice.StateBytes([5, 8], ParameterRole.Embedding), LeastSquares.Bytes(optimizer));
    }

    [Fact]
    public void A_rank_of_zero_is_refused() =>
        Assert.Contains("rank", Assert.Throws<TernException>(() => new GaLore { Rank = 0 }.Build([])).Message, StringComparison.Ordinal);

    static torch.Tensor State(IOptimizer optimizer, string kind) => optimizer.State.Single(entry => entry.Name == "weight." + kind).Value;
}
