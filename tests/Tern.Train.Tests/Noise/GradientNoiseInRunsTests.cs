using Tern.Testing;
using Tern.Train.Architectures;
using Tern.Train.Data;
using Tern.Train.Loop;
using Tern.Train.Metrics;
using Tern.Train.Noise;
using Tern.Train.Optimizers;
using Tern.Train.Recipes;
using Tern.Train.Tests.Architectures;
using Tern.Train.Tests.Loop;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Noise;

public sealed class GradientNoiseInRunsTests
{
    /// <summary>Micro-batches of different sizes with targets that do not count; the last has none at all.</summary>
    static List<TokenBatch> Batches => [.. new[] { 3, 1, 2, 1 }.Select((sequences, micro) =>
    {
        var random = new Random(micro);
        int[] Draw() => [.. Enumerable.Range(0, sequences * 16).Select(_ => random.Next(280))];
        return new TokenBatch(sequences, 16, Draw(), [.. Draw().Select((target, i) => micro == 3 || i % 5 == 0 ? TokenBatch.NoTarget : target)], null);
    })];

    static float[][] Gradients(CausalModel model) => [.. model.Parameters.Select(weight => weight.Gradient!.contiguous().data<float>().ToArray())];

    static double Square(CausalModel model, Func<TrainedParameter, int, double>? divisor = null) => model.Parameters.Sum(weight =>
        weight.Gradient!.contiguous().data<float>().ToArray().Select((value, i) => Math.Pow(value / (divisor?.Invoke(weight, i) ?? 1), 2)).Sum());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Measured_steps_have_the_same_gradients_and_the_noise_of_their_micro_batches(bool checkpointing)
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build();
        using var optimizer = new AdamW().Build(model.Parameters);
        var step = new GradientStep(model, ScalarType.Float32, 0, checkpointing);
        step.Run([Batches[1]], _ => 1);
        optimizer.Step(1e-3);                                                  // so that there are second moments
        step.Run(Batches, _ => 1);
        var plain = Gradients(model);

        var probe = new GradientNoiseProbe(model.Trained, AdamMetric.Of(new AdamW(), optimizer));
        step.Run(Batches, _ => 1, noise: probe);
        Assert.Equal(plain, Gradients(model));

        var moments = optimizer.State.Where(at => at.Name.EndsWith("exp_avg_sq", StringComparison.Ordinal)).ToDictionary(at => at.Name, at => at.Value.contiguous().data<float>().ToArray());
        double Root(TrainedParameter weight, int i) =>
            weight.Role == ParameterRole.Embedding ? double.PositiveInfinity : Math.Sqrt(moments[$"{weight.Name}.exp_avg_sq"][i] / (1 - 0.95)) + 1e-8;        // v / (1 - β₂ᵗ), t = 1
        var (squares, adamSquares, targets) = (0.0, 0.0, (double)Batches.Sum(batch => batch.TargetCount));
        double large = Square(model), adamLarge = Square(model, Root);
        foreach (var batch in Batches[..3])
        {
            step.Run([batch], _ => 1);                                         // the mean over its own targets
            squares += Square(model) * batch.TargetCount / targets;
            adamSquares += Square(model, Root) * batch.TargetCount / targets;
        }
        void AssertNoise(GradientNoise expected, GradientNoise? measured)
        {
            // Norms in float32; |G|² is a difference of squares that are as large as tr Σ over the targets.
            Assert.Equal(expected.Trace, measured!.Trace, 1e-4 * expected.Trace);
            Assert.Equal(expected.SquaredGradient, measured.SquaredGradient, 1e-4 * ((expected.Trace / targets) + Math.Abs(expected.SquaredGradient)));
        }
        AssertNoise(GradientNoise.Of(squares, targets / 3, large, targets), probe.Plain);
        AssertNoise(GradientNoise.Of(adamSquares, targets / 3, adamLarge, targets), probe.Adam);
        Assert.Equal(targets, probe.Targets);
    }

    [Fact]
    public void Measured_steps_leave_no_tensors_behind()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build();
        using var optimizer = new AdamW().Build(model.Parameters);
        var step = new GradientStep(model, ScalarType.Float32, 0, false);
        void Once()
        {
            var meter = new GradientNoiseMeter(new GradientNoiseChoice { Every = 1 }, model.Trained, AdamMetric.Of(new AdamW(), optimizer));
            step.Run(Batches, _ => 1, noise: meter.Probe(0));
            optimizer.Step(1e-3);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Once();
        Once();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 4; i++) Once();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_run_writes_its_noise_and_goes_on_with_it()
    {
        using var folder = new TemporaryFolder();
        Recipe Of(string output, string noise) => TinyRuns.Recipe(folder, output, $$"""
            precision: float32
            evaluation: { every: 0, sequences: 8 }
            checkpoints: { every: 5 }
            gradient_noise: {{noise}}
            steps: 40
            """);
        void Run(Recipe recipe, bool resume = false, long stopAfter = long.MaxValue)
        {
            using var stop = new CancellationTokenSource();
            using var run = TrainingPreparation.Prepare(recipe, resume, cancellationToken: TestContext.Current.CancellationToken);
            run.Run(what => { if (what is TrainingInterval at && at.Metrics.Step >= stopAfter) stop.Cancel(); }, stop.Token);
        }
        static List<IntervalMetrics> Intervals(string path) => [.. MetricsLog.Read(path).OfType<IntervalMetrics>()];

        Run(Of("plain", "null"));
        Run(Of("measured", "{ every: 4 }"));
        Assert.Equal(File.ReadAllBytes(folder["plain/model/model.safetensors"]), File.ReadAllBytes(folder["measured/model/model.safetensors"]));
        Assert.All(Intervals(folder["plain/metrics.jsonl"]), line => Assert.Null(line.Noise));
        var measured = Intervals(folder["measured/metrics.jsonl"]);
        Assert.Equal(4, measured.Count);
        foreach (var noise in measured.Select(line => line.Noise!))
        {
            Assert.True(noise.Trace > 0);
            Assert.Equal(noise.ScaleTokens / 16, noise.ScaleSequences, 1e-9 * Math.Abs(noise.ScaleTokens));    // sequences of 16 targets
            Assert.True(noise.Adam!.Trace > 0);
        }
        Assert.Equal(measured[0].Noise!.Trace / measured[0].Noise!.SquaredGradient, measured[0].Noise!.ScaleTokens, 0.02 * measured[0].Noise!.ScaleTokens);   // so far, the means are nearly the same

        Run(Of("parts", "{ every: 4 }"), stopAfter: 20);
        Run(Of("parts", "{ every: 4 }"), resume: true);
        Assert.Equal(measured.Select(line => line.Noise), Intervals(folder["parts/metrics.jsonl"]).Select(line => line.Noise));
    }

    [Fact]
    public void Other_optimisers_are_measured_without_the_metric_of_Adam()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build();
        foreach (var choice in (OptimizerChoice[])[new AdamW { State = MomentType.Int8 }, new Muon()])
        {
            using var optimizer = choice.Build(model.Parameters);
            Assert.Null(AdamMetric.Of(choice, optimizer));
        }
    }

    [Fact]
    public void The_estimate_counts_the_second_set_of_gradients()
    {
        using var scope = NewDisposeScope();
        var recipe = RecipeFile.Parse(Tests.Recipes.RecipeTexts.Least, "r.yaml", ["batch.micro_batch=16"]);
        using var model = TinyLlama.Build();
        Assert.Equal(2 * TrainingEstimate.Of(recipe, model, 10).GradientBytes, TrainingEstimate.Of(recipe with { GradientNoise = new GradientNoiseChoice() }, model, 10).GradientBytes);
    }
}
