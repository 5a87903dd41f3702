using System.Text.Json;
using Tern.Testing;
using Tern.Train.Architectures;
using Tern.Train.Data;
using Tern.Train.Loop;
using Tern.Train.Metrics;
using Tern.Train.Precision;
using Tern.Train.Tests.Architectures;
using Tern.Train.Tests.Loop;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Tests.Precision;

public sealed class PostTrainingRoundingTests
{
    static TokenBatch Batch
    {
        get
        {
            var random = new Random(2);
            int[] Draw() => [.. Enumerable.Range(0, 3 * 16).Select(_ => random.Next(280))];
            return new TokenBatch(3, 16, Draw(), Draw(), null);
        }
    }

    static double Loss(CausalModel model) => new GradientStep(model, ScalarType.Float32, 0, false).Evaluate([Batch]);

    /// <summary>A model whose matrices were rounded before it was built.</summary>
    static Llama RoundedBefore(CausalModel model, int bits) => new(TinyLlama.Config, 64, ScalarType.Float32, 0, (name, _, role) =>
    {
        var value = model.Parameters.Single(weight => weight.Name == name).Value.detach().clone();
        if (role == ParameterRole.Matrix) new SymmetricGrid(bits).RoundRows(value);
        return value;
    });

    [Fact]
    public void The_losses_are_those_of_models_with_rounded_matrices_and_the_model_stays_as_it_was()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build();
        Tensor[] before = [.. model.Parameters.Select(weight => weight.Value.detach().clone())];
        var loss = Loss(model);
        var losses = PostTrainingRounding.Losses(model, [2, 4, 16], () => Loss(model)).ToList();
        Assert.Equal([2, 4, 16], losses.Select(at => at.Bits));
        foreach (var (bits, rounded) in losses) Assert.Equal(Loss(RoundedBefore(model, bits)), rounded);
        Assert.NotEqual(loss, losses[0].HeldOutLoss);
        Assert.Equal(loss, losses[2].HeldOutLoss, 1e-3);
        Assert.Equal(loss, Loss(model));
        Assert.All(model.Parameters.Zip(before), pair => Assert.True(pair.First.Value.detach().Equals(pair.Second)));
    }

    [Fact]
    public void A_model_trained_with_few_bits_loses_nothing_by_more_of_them()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build(quantization: new FakeQuantization { WeightBits = 4, ActivationBits = 8 });
        var loss = Loss(model);
        var losses = PostTrainingRounding.Losses(model, [3, 4, 6], () => Loss(model)).ToList();
        Assert.NotEqual(loss, losses[0].HeldOutLoss);
        Assert.Equal(loss, losses[1].HeldOutLoss);
        Assert.Equal(loss, losses[2].HeldOutLoss);
        Assert.Equal(loss, Loss(model));
    }

    [Fact]
    public void A_model_whose_evaluation_is_broken_off_stays_as_it_was()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build(quantization: new FakeQuantization { WeightBits = 4 });
        Assert.Throws<OperationCanceledException>(() => PostTrainingRounding.Losses(model, [3], () => throw new OperationCanceledException()).ToList());
        Assert.All(model.Linears, layer => Assert.Equal(layer.IsOutput ? null : new SymmetricGrid(4), layer.WeightGrid));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void A_run_ends_with_the_losses_of_what_it_exports(double decay)
    {
        using var folder = new TemporaryFolder();
        TrainingResult Run(string output, string bits)
        {
            var recipe = TinyRuns.Recipe(folder, output, $$"""
                precision: float32
                ema_decay: {{decay}}
                evaluation: { every: 10, sequences: 12, post_training_bits: {{bits}} }
                steps: 20
                """);
            using var run = TrainingPreparation.Prepare(recipe, resume: false, cancellationToken: TestContext.Current.CancellationToken);
            return run.Run(_ => { }, TestContext.Current.CancellationToken);
        }

        TrainingResult plain = Run("plain", "[]"), rounded = Run("rounded", "[2, 8, 16]");
        Assert.Empty(plain.PostTraining);
        Assert.Equal(plain.HeldOutLoss, rounded.HeldOutLoss);
        Assert.Equal(rounded.HeldOutLoss!.Value, rounded.PostTraining[2].HeldOutLoss, 1e-3);
        Assert.True(rounded.PostTraining[0].HeldOutLoss > rounded.HeldOutLoss + 0.02);
        Assert.Equal(File.ReadAllBytes(folder["plain/model/model.safetensors"]), File.ReadAllBytes(folder["rounded/model/model.safetensors"]));
        Assert.Equal(File.ReadAllBytes(folder["plain/checkpoints/step-00000020/weights.safetensors"]), File.ReadAllBytes(folder["rounded/checkpoints/step-00000020/weights.safetensors"]));
        var lines = MetricsLog.Read(folder["rounded/metrics.jsonl"]);
        Assert.Equal(rounded.PostTraining, lines.OfType<PostTrainingMetrics>().Select(line => new PostTrainingLoss(line.Bits, line.HeldOutLoss)));
        Assert.Contains("\"PostTraining\":[{\"Bits\":2,\"HeldOutLoss\":", JsonSerializer.Serialize(rounded), StringComparison.Ordinal);
        Assert.Contains("held-out loss with weights of 2 bits", File.ReadAllText(folder["rounded/report.html"]), StringComparison.Ordinal);
    }
}
