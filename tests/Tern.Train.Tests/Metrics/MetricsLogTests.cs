using CsCheck;
using Tern.Models;
using Tern.Testing;
using Tern.Train.Metrics;
using static Tern.Train.Tests.Metrics.MetricsLines;

namespace Tern.Train.Tests.Metrics;

public sealed class MetricsLogTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    string LogPath => _folder["metrics.jsonl"];

    public void Dispose() => _folder.Dispose();

    void Write(params MetricsLine[] lines)
    {
        using var log = MetricsLog.Open(LogPath);
        foreach (var line in lines) log.Write(line);
    }

    [Fact]
    public void A_line_is_one_object_with_the_documented_keys()
    {
        Write(Interval(2, loss: 0), HeldOut(2, 1.5), new PostTrainingMetrics(2, 2000) { Bits = 3, HeldOutLoss = 1.75 });

        Assert.Equal(
            [
                """{"step":2,"tokens":2000,"loss":0,"perplexity":1,"learning_rate":0.0005,"gradient_norm":0.5,"tokens_per_second":12345.678,"flops_per_second":1000000000000,"mfu":0.25}""",
                """{"step":2,"tokens":2000,"held_out_loss":1.5}""",
                """{"step":2,"tokens":2000,"post_training_bits":3,"post_training_loss":1.75}""",
            ],
            File.ReadAllLines(LogPath));
    }

    [Fact]
    public void The_noise_of_gradients_stands_with_its_parts_in_the_line_of_the_interval()
    {
        var noise = new GradientNoiseMetrics { ScaleTokens = 8000, ScaleSequences = 125, Trace = 4, SquaredGradient = 0.0005 };
        MetricsLine[] lines = [Interval(1) with { Noise = noise }, Interval(2) with { Noise = noise with { Adam = new AdamNoiseMetrics(16000, 8, 0.25) } }];
        Write(lines);
        Assert.Equal(lines, MetricsLog.Read(LogPath));
        const string Plain = """"noise_scale_tokens":8000,"noise_scale_sequences":125,"noise_trace":4,"noise_squared_gradient":0.0005"""";
        Assert.EndsWith($"{Plain}}}", File.ReadAllLines(LogPath)[0]);
        Assert.EndsWith($$"""{{Plain}},"adam_noise_scale_tokens":16000,"adam_noise_trace":8,"adam_noise_squared_gradient":0.25}""", File.ReadAllLines(LogPath)[1]);
    }

    [Fact]
    public void A_line_can_be_read_while_the_run_goes_on()
    {
        using var log = MetricsLog.Open(LogPath);
        log.Write(Interval(1));
        Assert.Equal([Interval(1)], MetricsLog.Read(LogPath));
    }

    [Fact]
    public void Lines_are_read_as_they_were_written() => Gen.Select(Gen.Long[0, 1L << 40], Gen.Double, Gen.Double.Nullable(), (step, value, mfu) => (Step: step, Value: value, Mfu: mfu)).Sample(
        drawn =>
        {
            static double Kept(double value) => double.IsFinite(value) ? value : double.NaN;
            Write(Interval(drawn.Step, drawn.Value, drawn.Mfu), HeldOut(drawn.Step, drawn.Value), new PostTrainingMetrics(drawn.Step, 7) { Bits = 3, HeldOutLoss = drawn.Value });
            double? mfu = drawn.Mfu is { } given ? Kept(given) : null;
            Assert.Equal([Interval(drawn.Step, Kept(drawn.Value), mfu), HeldOut(drawn.Step, Kept(drawn.Value)), new PostTrainingMetrics(drawn.Step, 7) { Bits = 3, HeldOutLoss = Kept(drawn.Value) }], MetricsLog.Read(LogPath));
        },
        iter: 50, threads: 1);   // one file

    [Fact]
    public void A_loss_that_is_no_number_is_null()
    {
        Write(HeldOut(1, double.NaN), HeldOut(2, double.PositiveInfinity));
        Assert.All(File.ReadAllLines(LogPath), line => Assert.EndsWith("\"held_out_loss\":null}", line));
    }

    [Fact]
    public void Going_on_from_a_checkpoint_drops_what_came_after_it()
    {
        Write(Interval(10), HeldOut(10, 2), Interval(20), HeldOut(20, 1));
        File.AppendAllText(LogPath, "{\"step\":30,\"tok");

        using (var log = MetricsLog.Open(LogPath, step: 10)) log.Write(Interval(11));

        Assert.Equal([Interval(10), HeldOut(10, 2), Interval(11)], MetricsLog.Read(LogPath));
    }

    [Fact]
    public void A_new_run_begins_empty()
    {
        Write(Interval(10));
        MetricsLog.Open(LogPath).Dispose();
        Assert.Empty(MetricsLog.Read(LogPath));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[1]")]
    [InlineData("""{"step":1}""")]
    [InlineData("""{"step":-1,"tokens":1,"held_out_loss":1}""")]
    [InlineData("""{"step":1,"tokens":1,"held_out_loss":"low"}""")]
    [InlineData("""{"step":1,"tokens":1,"loss":1}""")]
    [InlineData("")]
    public void A_line_that_is_not_of_metrics_is_named(string line)
    {
        Write(Interval(1));
        File.AppendAllText(LogPath, line + "\n");
        Assert.StartsWith($"{LogPath}:2: ", Assert.Throws<TernException>(() => MetricsLog.Read(LogPath)).Message);
    }

    [Fact]
    public void A_missing_log_is_told_so() => Assert.Contains(LogPath, Assert.Throws<TernException>(() => MetricsLog.Read(LogPath)).Message);
}
