using System.Globalization;
using System.Text;
using Tern.Geometry.Search;
using Tern.Models;
using Tern.Models.Files;
using Tern.Plots;

namespace Tern.Geometry.Benchmark;

/// <summary>A benchmark as a page of Markdown, with the plot of what was proved within which time.</summary>
public static class BenchmarkSummary
{
    /// <summary>Writes results.md, cactus.svg and cactus.png.</summary>
    /// <exception cref="TernException">They cannot be written, or the machine has no font for the PNG.</exception>
    public static void Write(string folder, BenchmarkReport report)
    {
        AtomicFile.WriteText(Path.Combine(folder, "results.md"), ToMarkdown(report));
        var plot = CactusPlot.Of(report);
        plot.WriteSvg(folder);
        plot.WritePng(folder);
    }

    public static string ToMarkdown(BenchmarkReport report)
    {
        var text = new StringBuilder();
        Line($"# Benchmark: {report.Source}");
        Line($"");
        Line($"{report.Machine}; begun {report.Started:yyyy-MM-dd}; at most {report.PeakMemory / 1e9:F2} GB in memory. \"Proved\" is what the checker accepts; the proofs are in the folder proofs.");
        if (report.Closures is { } closures)
        {
            Line($"");
            Line($"Base closures, without auxiliary points, to the end, on one core: {closures.Rows.Count} problems in {closures.Cold:F3} s cold, {closures.Warm:F3} s warm (the slowest {closures.Rows.Select(row => row.Warm).DefaultIfEmpty().Max():F3} s), {closures.Solved} solved. Diagrams before that: {closures.Drawing:F3} s.");
        }
        Line($"");
        Line($"| auxiliary points | seed | s a problem | threads | proved | certified | of | sum of s of the proved | median | longest |");
        Line($"|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var run in report.Runs())
        {
            var proved = run.Where(row => row.IsProved).Select(row => row.Seconds).Order().ToArray();
            Line($"| {Name(run.Key.Settings)} | {run.Key.Seed} | {run.Key.Settings.TimeLimit:G5} | {run.Key.Settings.Threads} | {proved.Length} | {(run.Key.Settings.Algebra ? run.Count(row => row.Outcome == BenchmarkOutcome.Certified) : "")} | {run.Count()} | {Seconds(proved.Sum())} | {(proved.Length == 0 ? "" : Seconds(proved[proved.Length / 2]))} | {(proved.Length == 0 ? "" : Seconds(proved[^1]))} |");
        }
        Line($"");
        Line($"![proved within a time](cactus.svg)");
        foreach (var run in report.Runs()) AppendRun(run.Key.Settings, run.Key.Seed, [.. run]);
        return text.ToString();

        void AppendRun(BenchmarkSettings settings, ulong seed, IReadOnlyList<BenchmarkRow> rows)
        {
            Line($"");
            Line($"## {Name(settings)}, seed {seed}, {settings.TimeLimit:G5} s");
            Line($"");
            Line($"| problem | outcome | s | attempts | closures | auxiliary points | steps | checker |");
            Line($"|---|---|--:|--:|--:|--:|--:|---|");
            foreach (var row in rows)
                Line($"| {row.Problem} | {Words(row.Outcome)} | {Seconds(row.Seconds)} | {row.Attempts} | {row.Closures} | {(row.IsProved ? row.AuxiliaryPoints : "")} | {(row.IsProved ? row.Steps : "")} | {Checker(row)} |");
        }

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>"heuristic", and what differs from the usual.</summary>
    public static string Name(BenchmarkSettings settings) => settings.Source.ToString().ToLowerInvariant() + (settings.Attempts is { } attempts ? string.Create(CultureInfo.InvariantCulture, $", {attempts} attempts") : "")
        + (settings.MaxPoints == SearchOptions.Default.MaxPoints ? "" : $", {settings.MaxPoints} points at most") + (settings.AssertsRemarks ? "" : ", without remarks") + (settings.Algebra ? ", Wu's method" : "");

    /// <summary>"not in closure".</summary>
    public static string Words(BenchmarkOutcome outcome) => string.Concat(outcome.ToString().Select((letter, i) => char.IsUpper(letter) ? (i == 0 ? "" : " ") + char.ToLowerInvariant(letter) : letter.ToString()));

    static string Checker(BenchmarkRow row)
    {
        var says = row.Message ?? string.Join("; ", row.Checks.Distinct());
        if (row.Rejected > 0) says += (says.Length > 0 ? "; " : "") + $"{row.Rejected} proof{(row.Rejected == 1 ? "" : "s")} rejected before";
        return says.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
    }

    static string Seconds(double seconds) => seconds.ToString(seconds < 10 ? "F2" : "F0", CultureInfo.InvariantCulture);
}
