using Tern.Cli.Terminal;
using Tern.Train.Loop;
using Tern.Train.Metrics;

namespace Tern.Cli.Tests;

public sealed class TrainingDisplayTests
{
    static TrainingInterval Interval(long step, double loss) => new(
        new IntervalMetrics(step, step * 100) { Loss = loss, LearningRate = 0.001, GradientNorm = 0.5, TokensPerSecond = 1234, FlopsPerSecond = 56e9, Mfu = 0.25 }, 100, TimeSpan.FromSeconds(93784));

    static HeldOutEvaluation Evaluation(long step, double loss) => new(new HeldOutMetrics(step, step * 100) { HeldOutLoss = loss }, true, ["the sea\nwas"]);

    static string Shown(int? width, bool colors, params TrainingEvent[] events)
    {
        var text = new StringWriter { NewLine = "\n" };
        var display = new TrainingDisplay(text, width is { } given ? () => given : null, colors);
        foreach (var what in events) display.Show(what);
        return text.ToString();
    }

    [Fact]
    public void Without_a_terminal_every_event_is_a_line_with_the_time_left()
    {
        var shown = Shown(null, true, Interval(1, 2), Evaluation(1, 3), new TrainingNote("stopped"));
        Assert.Equal("step 1/100  loss 2.0000  ppl 7.39  lr 0.001  norm 0.50  1234 tok/s  56 GFLOP/s  mfu 25 %  left 1 d 02:03:04\n"
            + "step 1  held-out loss 3.0000  ppl 20.09  (best)\n  | the sea\n  | was\nstopped\n", shown);
    }

    [Fact]
    public void On_a_terminal_the_chart_takes_its_own_place_and_evaluations_stay_above()
    {
        var shown = Shown(80, false, Interval(1, 2), Interval(2, 1.5), Evaluation(2, 1.8), Interval(3, 1));
        string[] screen = Screen(shown);
        Assert.Equal("step 2  held-out loss 1.8000  ppl 6.05  (best)", screen[0]);
        Assert.Equal(["  | the sea", "  | was"], screen[1..3]);
        Assert.Equal(10 + 2, screen[3..].Length);
        Assert.StartsWith(" 2.000 │", screen[3]);
        Assert.Contains(LossChart.HeldOut, string.Concat(screen));
        Assert.StartsWith("step 3/100  loss 1.0000", screen[13]);
        Assert.EndsWith("left 1 d 02:03:04", screen[14]);
        Assert.All(screen, line => Assert.True(line.Length < 80));
        Assert.DoesNotContain("\e[3", shown);
    }

    [Fact]
    public void Colors_are_for_held_out_losses_alone() => Assert.Contains("\e[33m●\e[39m", Shown(80, true, Interval(1, 2), Evaluation(1, 3)));

    /// <summary>What stands on the terminal in the end: "up n lines, to the start, clear below" is all that a display does to the cursor.</summary>
    static string[] Screen(string written)
    {
        var lines = new List<string>();
        foreach (var piece in written.Split("\e["))
        {
            var text = piece;
            if (piece.IndexOf('A') is > 0 and < 4 and var end && int.TryParse(piece[..end], out var up))
            {
                lines.RemoveRange(lines.Count - up, up);
                Assert.Equal("\r", piece[(end + 1)..]);
                continue;
            }
            if (text.StartsWith('J')) text = text[1..];
            lines.AddRange(text.Split('\n')[..^1]);
        }
        return [.. lines];
    }
}
