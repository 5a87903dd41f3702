using Tern.Testing;
using Tern.Train.Loop;
using Tern.Train.Metrics;

namespace Tern.Train.Tests.Loop;

public sealed class StopBelowTests
{
    static TrainingResult Run(TemporaryFolder folder, string output, string target, bool resume = false)
    {
        var recipe = TinyRuns.Recipe(folder, output, $$"""
            precision: float32
            ema_decay: 0.5
            evaluation: { every: 5, sequences: 8, stop_below: {{target}} }
            steps: 40
            """);
        using var run = TrainingPreparation.Prepare(recipe, resume, cancellationToken: TestContext.Current.CancellationToken);
        return run.Run(_ => { }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_run_ends_at_the_first_evaluation_below_its_target_and_goes_on_for_a_lower_one()
    {
        using var folder = new TemporaryFolder();
        var whole = Run(folder, "whole", "null");
        Assert.Equal(40, whole.Steps);
        Assert.Null(whole.ReachedAt);
        var losses = MetricsLog.Read(folder["whole/metrics.jsonl"]).OfType<HeldOutMetrics>().ToList();
        Assert.Equal(8, losses.Count);
        var crossing = losses.FindIndex(line => line.HeldOutLoss < losses[3].HeldOutLoss + 1e-3);

        var stopped = Run(folder, "stopped", FormattableString.Invariant($"{losses[3].HeldOutLoss + 1e-3}"));
        Assert.Equal((losses[crossing].Step, losses[crossing].Step), (stopped.Steps, stopped.ReachedAt));
        Assert.Equal(losses[crossing].HeldOutLoss, stopped.HeldOutLoss);
        Assert.False(stopped.Interrupted);
        Assert.Equal(crossing + 1, MetricsLog.Read(folder["stopped/metrics.jsonl"]).OfType<HeldOutMetrics>().Count());    // no second look at the same weights
        Assert.True(File.Exists(folder["stopped/model/model.safetensors"]));

        var further = Run(folder, "stopped", "0.01", resume: true);
        Assert.Equal((40, null), (further.Steps, further.ReachedAt));
        Assert.Equal(File.ReadAllBytes(folder["whole/model/model.safetensors"]), File.ReadAllBytes(folder["stopped/model/model.safetensors"]));
    }
}
