using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using Tern.Plots;

namespace Tern.Geometry.Benchmark;

/// <summary>How many problems are proved within which time each: a step for every problem, a line for every run.</summary>
public static class CactusPlot
{
    /// <summary>Seconds where the axis begins: less is noise.</summary>
    const double Shortest = 0.01;

    public static Picture Of(BenchmarkReport report)
    {
        var runs = report.Runs().ToList();
        var limit = Math.Max(10 * Shortest, runs.Max(run => run.Key.Settings.TimeLimit));
        var most = runs.Max(run => run.Count());
        var sources = runs.Select(run => BenchmarkSummary.Name(run.Key.Settings)).Distinct().ToList();
        var picture = new Picture("cactus", $"{report.Source}: proved within a time", "Each step is a problem whose proof the checker accepts; the line ends at the time limit.");
        picture.AddAxis(new LogarithmicAxis { Minimum = Shortest, Maximum = limit }, AxisPosition.Bottom, "seconds for a problem", seconds => seconds.ToString("G5", CultureInfo.InvariantCulture));
        picture.AddAxis(new LinearAxis { Minimum = 0, Maximum = most * 1.03, MinimumMajorStep = 1 }, AxisPosition.Left, $"problems proved, of {most}");
        foreach (var (i, run) in runs.Index())
        {
            var source = sources.IndexOf(BenchmarkSummary.Name(run.Key.Settings));
            picture.AddCurve($"{sources[source]}, seed {run.Key.Seed}", Steps([.. run], run.Key.Settings.TimeLimit), PlotStyle.Colors[i % PlotStyle.Colors.Count], source switch { 0 => LineStyle.Solid, 1 => LineStyle.Dash, _ => LineStyle.Dot });
        }
        return picture;
    }

    static List<DataPoint> Steps(IReadOnlyList<BenchmarkRow> rows, double limit)
    {
        var points = new List<DataPoint> { new(Shortest, 0) };
        foreach (var seconds in rows.Where(row => row.IsProved).Select(row => Math.Max(Shortest, row.Seconds)).Order())
        {
            var proved = points[^1].Y;
            points.Add(new(seconds, proved));
            points.Add(new(seconds, proved + 1));
        }
        points.Add(new(Math.Max(limit, points[^1].X), points[^1].Y));
        return points;
    }
}
