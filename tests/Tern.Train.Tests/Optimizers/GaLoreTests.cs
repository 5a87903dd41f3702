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

    [Fact]
    public void A_projected_gradient_keeps_the_energy_of_the_largest_singular_values()
    {
        using var scope = NewDisposeScope();
        using var problem = new LeastSquares(5, 8, bias: false);
        using var optimizer = Base.Build(problem.Parameters);
        problem.Backward(0);
        optimizer.Step(0.1);
        var gradient = problem.Weight.Gradient!;
        var projector = optimizer.State.Single(entry => entry.Name == "weight.projector").Value;
        var residual = (gradient - projector.mm(projector.t().mm(gradient))).norm() / gradient.norm();
        // The published residual of rank 2, in float32.
        Assert.Equal(0.263624334, residual.item<float>(), 1e-6);
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
    public void A_rank_of_zero_is_refused() =>
        Assert.Contains("rank", Assert.Throws<TernException>(() => new GaLore { Rank = 0 }.Build([])).Message, StringComparison.Ordinal);
}
