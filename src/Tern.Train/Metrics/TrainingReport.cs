using System.Globalization;
using System.Net;
using System.Text;
using OxyPlot;
using Tern.Models;
using Tern.Models.Files;
using Tern.Train.Recipes;

namespace Tern.Train.Metrics;

/// <summary>The course of a run as a page of HTML that needs nothing else: what it came to, curves, and the recipe.</summary>
public static class TrainingReport
{
    /// <summary>Writes the page from the metrics of a run.</summary>
    /// <param name="path">The page: report.html.</param>
    /// <param name="metrics">metrics.jsonl.</param>
    /// <param name="recipe">What was trained; null leaves its table out.</param>
    /// <exception cref="TernException">The metrics cannot be read, or the page cannot be written.</exception>
    public static void Write(string path, string metrics, Recipe? recipe = null)
    {
        var title = recipe?.Output ?? Path.GetDirectoryName(Path.GetFullPath(metrics)) ?? metrics;
        AtomicFile.WriteText(path, ToHtml(Path.GetFileName(Path.TrimEndingDirectorySeparator(title)), MetricsLog.Read(metrics), recipe));
    }

    public static string ToHtml(string title, IReadOnlyList<MetricsLine> lines, Recipe? recipe = null)
    {
        var page = new StringBuilder();
        var heading = WebUtility.HtmlEncode(title);
        page.Append(CultureInfo.InvariantCulture, $$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>{{heading}}</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; color: #222; background: #fff }
            table { border-collapse: collapse; margin: 1em 0 } td { padding: .2em .9em .2em 0; border-bottom: 1px solid #ddd; vertical-align: top; overflow-wrap: anywhere }
            svg { max-width: 100%; height: auto; margin: .5em 0 }
            </style></head><body><h1>{{heading}}</h1>

            """);
        Table(page, "Result", Summary(lines));
        page.Append("<h2>Curves</h2>\n");
        foreach (var (i, plot) in Plots(lines).Where(plot => !plot.IsEmpty).Index())
            page.Append(plot.ToSvg(string.Create(CultureInfo.InvariantCulture, $"plot{i + 1}"))).Append('\n');
        if (recipe is not null) Table(page, "Recipe", RecipeYaml.Flatten(recipe));
        return page.Append("</body></html>\n").ToString();
    }

    static void Table(StringBuilder page, string caption, IEnumerable<(string Name, string Value)> rows)
    {
        page.Append("<h2>").Append(caption).Append("</h2>\n<table>\n");
        foreach (var (name, value) in rows)
            page.Append("<tr><td>").Append(WebUtility.HtmlEncode(name)).Append("</td><td>").Append(WebUtility.HtmlEncode(value)).Append("</td></tr>\n");
        page.Append("</table>\n");
    }

    static IEnumerable<(string Name, string Value)> Summary(IReadOnlyList<MetricsLine> lines)
    {
        if (lines.Count == 0) yield return ("steps", "0");
        else
        {
            yield return ("steps", Number(lines[^1].Step, "N0"));
            yield return ("tokens", Number(lines[^1].Tokens, "N0"));
        }
        if (lines.OfType<IntervalMetrics>().LastOrDefault() is { } last)
        {
            yield return ("last loss, nats per target", Number(last.Loss, "F4"));
            yield return ("last perplexity", Number(last.Perplexity, "G5"));
            yield return ("tokens/s", Number(last.TokensPerSecond, "N0"));
            if (last.Mfu is { } mfu) yield return ("model FLOPs utilisation, %", Number(100 * mfu, "F1"));
        }
        if (lines.OfType<HeldOutMetrics>().Where(line => double.IsFinite(line.HeldOutLoss)).MinBy(line => line.HeldOutLoss) is { } best)
            yield return ("best held-out loss, nats per target", string.Create(CultureInfo.InvariantCulture, $"{best.HeldOutLoss:F4} at step {best.Step:N0} (perplexity {Math.Exp(best.HeldOutLoss):G5})"));
        foreach (var rounded in lines.OfType<PostTrainingMetrics>().GroupBy(line => line.Bits).Select(same => same.Last()))
            yield return ($"held-out loss with weights of {rounded.Bits} bits", Number(rounded.HeldOutLoss, "F4"));
    }

    static IEnumerable<TrainingPlot> Plots(IReadOnlyList<MetricsLine> lines)
    {
        var intervals = lines.OfType<IntervalMetrics>().ToList();
        IReadOnlyList<DataPoint> Of(Func<IntervalMetrics, double> value) => [.. intervals.Select(line => new DataPoint(line.Step, value(line)))];

        yield return new("Loss", "nats per target")
        {
            Curves =
            [
                ("training", Of(line => line.Loss)),
                ("held out", [.. lines.OfType<HeldOutMetrics>().Select(line => new DataPoint(line.Step, line.HeldOutLoss))]),
            ],
        };
        yield return new("Learning rate", "learning rate") { Curves = [("learning rate", Of(line => line.LearningRate))] };
        yield return new("Gradient norm", "norm over all weights") { Curves = [("gradient norm", Of(line => line.GradientNorm))] };
        yield return new("Gradient noise scale", "tokens") { Curves = [("gradient noise scale", Of(line => line.Noise?.ScaleTokens ?? double.NaN))] };
        yield return new("Speed", "tokens per second") { Curves = [("tokens per second", Of(line => line.TokensPerSecond))] };
    }

    static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
