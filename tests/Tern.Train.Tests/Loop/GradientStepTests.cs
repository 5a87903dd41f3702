using Tern.Models;
using Tern.Train.Architectures;
using Tern.Train.Data;
using Tern.Train.Loop;
using Tern.Train.Precision;
using Tern.Train.Tests.Architectures;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Tests.Loop;

public sealed class GradientStepTests
{
    /// <summary>Random tokens; every fifth target counts for nothing, and the first half of each row is another document.</summary>
    static TokenBatch Batch(int sequences, int seed = 1, int length = 16)
    {
        var random = new Random(seed);
        var tokens = Enumerable.Range(0, sequences * length).Select(_ => random.Next(280)).ToArray();
        return new TokenBatch(sequences, length, tokens, [.. tokens.Select((_, i) => i % 5 == 0 ? TokenBatch.NoTarget : random.Next(280))], [.. tokens.Select((_, i) => i % length < length / 2 ? 0 : 1)]);
    }

    static TokenBatch Rows(TokenBatch batch, int first, int count)
    {
        int[] Part(int[] all) => all[(first * batch.Length)..((first + count) * batch.Length)];
        return new TokenBatch(count, batch.Length, Part(batch.Inputs), Part(batch.Targets), Part(batch.Documents!));
    }

    static (double Loss, float[][] Gradients) Run(CausalModel model, IReadOnlyList<TokenBatch> batches, bool checkpointing = false, double zLoss = 1e-3)
    {
        var loss = new GradientStep(model, ScalarType.Float32, zLoss, checkpointing).Run(batches, micro => 1000 + micro * 128);
        return (loss, [.. model.Parameters.Select(weight => weight.Gradient!.contiguous().data<float>().ToArray())]);
    }

    /// <param name="tolerance">Of the largest gradient of each weight.</param>
    static void AssertSame(float[][] expected, float[][] actual, double tolerance)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            var largest = expected[i].Max(Math.Abs);
            Assert.True(largest > 0);
            for (var k = 0; k < expected[i].Length; k++) Assert.Equal(expected[i][k], actual[i][k], tolerance * largest);
        }
    }

    [Fact]
    public void Micro_batches_add_up_to_the_gradient_of_the_whole_batch()
    {
        using var scope = NewDisposeScope();
        var batch = Batch(6);
        var whole = Run(TinyLlama.Build(), [batch]);
        var parts = Run(TinyLlama.Build(), [Rows(batch, 0, 2), Rows(batch, 2, 1), Rows(batch, 3, 3)]);
        Assert.Equal(whole.Loss, parts.Loss, 1e-5);                            // float32 sums in another order
        AssertSame(whole.Gradients, parts.Gradients, 1e-4);
    }

    [Fact]
    public void Activation_checkpointing_gives_the_same_gradients_with_dropout_on()
    {
        using var scope = NewDisposeScope();
        var twice = Run(TinyLlama.Build(dropout: 0.2), [Batch(3)], checkpointing: true);
        var again = Run(TinyLlama.Build(dropout: 0.2), [Batch(3)], checkpointing: true);
        Assert.Equal(twice.Loss, again.Loss);
        AssertSame(twice.Gradients, again.Gradients, 0);
        var kept = Run(TinyLlama.Build(), [Batch(3)]);
        var recomputed = Run(TinyLlama.Build(), [Batch(3)], checkpointing: true);
        Assert.Equal(kept.Loss, recomputed.Loss, 1e-6);
        AssertSame(kept.Gradients, recomputed.Gradients, 1e-5);
    }

    [Fact]
    public void The_gradient_is_the_slope_of_the_loss()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build();
        var step = new GradientStep(model, ScalarType.Float32, 0, false);
        var batch = Batch(2);
        step.Run([batch], _ => 1);
        foreach (var weight in model.Parameters)
        {
            var direction = weight.Gradient!.clone() / weight.Gradient.norm();
            var slope = (weight.Gradient * direction).sum().item<float>();
            const double Small = 3e-3;
            using var frozen = no_grad();
            weight.Value.add_(direction * Small);
            var above = step.Evaluate([batch]);
            weight.Value.sub_(direction * (2 * Small));
            var below = step.Evaluate([batch]);
            weight.Value.add_(direction * Small);
            Assert.Equal(slope, (above - below) / (2 * Small), 0.02 * slope + 2e-3);   // the third derivative, and float32 losses of 1e-7 relative over 6e-3
        }
    }

    [Fact]
    public void Gradients_are_cut_to_the_norm_and_keep_their_direction()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build();
        var step = new GradientStep(model, ScalarType.Float32, 0, false);
        step.Run([Batch(2)], _ => 1);
        var norm = step.Clip(0);
        Assert.Equal(norm, step.Clip(norm / 3));
        Assert.Equal(norm / 3, step.Clip(0), 1e-4 * norm);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(4)]
    public void Steps_leave_no_tensors_behind(int? bits)
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build(quantization: new FakeQuantization { WeightBits = bits, ActivationBits = bits, KvBits = bits });
        var step = new GradientStep(model, ScalarType.Float32, 1e-3, false);
        var checkpointed = new GradientStep(model, ScalarType.Float32, 1e-3, true);
        var optimizer = new Tern.Train.Optimizers.AdamW().Build(model.Parameters);
        void Once()
        {
            step.Run([Batch(2), Batch(1)], micro => micro);
            step.Clip(0.1);
            checkpointed.Run([Batch(2)], micro => micro);
            optimizer.Step(1e-3);
            step.Evaluate([Batch(2)]);
        }
        Once();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 5; i++) Once();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_loss_that_is_not_finite_names_the_first_bad_tensor()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build();
        var weight = model.Parameters.Single(weight => weight.Name == "model.layers.1.mlp.up_proj.weight");
        using (no_grad()) weight.Value[0, 0] = float.NaN;
        var refused = Assert.Throws<DivergenceException>(() => Run(model, [Batch(1)]));
        Assert.Contains("model.layers.1.mlp.up_proj.weight", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_without_targets_is_refused()
    {
        using var scope = NewDisposeScope();
        var batch = Batch(1);
        Assert.Throws<TernException>(() => Run(TinyLlama.Build(), [batch with { Targets = [.. batch.Targets.Select(_ => TokenBatch.NoTarget)] }]));
    }
}
