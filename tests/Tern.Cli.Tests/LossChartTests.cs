using CsCheck;
using Tern.Cli.Terminal;

namespace Tern.Cli.Tests;

public sealed class LossChartTests
{
    const int Width = 40, Height = 6;

    static IReadOnlyList<string> Lines(IEnumerable<(long Step, double Loss)> training, params (long Step, double Loss)[] heldOut) =>
        LossChart.Lines(training.Select(point => new LossPoint(point.Step, point.Loss)), heldOut.Select(point => new LossPoint(point.Step, point.Loss)), Width, Height);

    /// <summary>The characters of a line of the chart behind its axis.</summary>
    static string Cells(string line) => line[(line.IndexOf('│') + 1)..];

    [Fact]
    public void A_falling_line_goes_from_the_upper_left_to_the_lower_right_without_a_gap()
    {
        var lines = Lines(Enumerable.Range(1, 100).Select(step => ((long)step, 10 - step * 0.05)));
        Assert.Equal(Height, lines.Count);
        Assert.StartsWith(" 9.950 │⠉", lines[0]);
        Assert.StartsWith(" 5.000 │", lines[4]);
        Assert.Equal('⣀', lines[4][^1]);
        Assert.StartsWith("       └1─", lines[5]);
        Assert.EndsWith("─100", lines[5]);
        for (var column = 0; column < Width - 8; column++) Assert.Contains(lines.Take(5), line => Cells(line)[column] != '\u2800');
    }

    [Fact]
    public void A_held_out_loss_is_a_circle_at_its_step_and_loss()
    {
        var lines = Lines([(0, 4), (100, 2)], (50, 3), (100, 2));
        Assert.Equal('●', Cells(lines[2])[16]);                              // half of the 31 cells behind the first, rounded to even; half of the rows
        Assert.Equal('●', Cells(lines[4])[31]);
        Assert.Equal(2, string.Concat(lines).Count(character => character == LossChart.HeldOut));
    }

    [Fact]
    public void A_step_of_the_curve_is_a_vertical_line()
    {
        var lines = Lines(Enumerable.Range(0, 64).Select(step => ((long)step, step < 32 ? 2.0 : 1.0)));
        Assert.All(lines.Take(5), line => Assert.NotEqual('\u2800', Cells(line)[16]));
    }

    [Fact]
    public void Few_points_are_joined_by_straight_lines()
    {
        var lines = Lines([(0, 2), (100, 1)]);
        for (var column = 0; column < Width - 8; column++) Assert.Contains(lines.Take(5), line => Cells(line)[column] != '\u2800');
    }

    [Fact]
    public void Without_a_finite_loss_there_is_no_chart()
    {
        Assert.Empty(Lines([]));
        Assert.Empty(Lines([(1, double.NaN)], (1, 2)));
        Assert.Equal(Height, Lines([(1, double.PositiveInfinity), (2, 1)]).Count);
    }

    [Fact]
    public void Every_chart_keeps_its_size_whatever_the_points() =>
        Gen.Select(Gen.Select(Gen.Long[0, 1L << 40], Gen.Double).Array[0, 50], Gen.Int[0, 120], Gen.Int[0, 30]).Sample((points, width, height) =>
        {
            var lines = LossChart.Lines(points.Select(point => new LossPoint(point.Item1, point.Item2)), [], width, height);
            Assert.True(lines.Count == 0 || lines.Count == height);
            // Labels of huge losses and of huge steps are as long as they are.
            if (points.All(point => Math.Abs(point.Item2) < 10 && point.Item1 < 1000)) Assert.All(lines, line => Assert.Equal(width, line.Length));
        });
}
