using System.Globalization;
using System.Net;
using System.Text;
using Tern.Models;
using Tern.Models.Files;
using Tern.Run.Evaluation;

namespace Tern.Compress;

/// <summary>A report for people: Markdown, and a page of HTML that needs nothing else.</summary>
public static class CompressionReportPage
{
    /// <summary>Writes .md or .html, as the name says.</summary>
    /// <exception cref="TernException">The name ends otherwise, or the file cannot be written.</exception>
    public static void Write(string path, CompressionReport report)
    {
        CheckName(path);
        AtomicFile.WriteText(path, path.EndsWith(".md", StringComparison.OrdinalIgnoreCase) ? ToMarkdown(report) : ToHtml(report));
    }

    /// <summary>Checks before long work that <see cref="Write"/> will know what to write.</summary>
    /// <exception cref="TernException">The name ends neither in .md nor in .html.</exception>
    public static void CheckName(string path)
    {
        if (!path.EndsWith(".md", StringComparison.OrdinalIgnoreCase) && !path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
            throw new TernException($"{path}: a report is a .html or a .md file; give it such a name.");
    }

    public static string ToMarkdown(CompressionReport report)
    {
        var text = new StringBuilder();
        void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
        {
            text.Append("| ").AppendJoin(" | ", head).Append(" |\n|").Insert(text.Length, "---|", head.Count).Append('\n');
            foreach (var row in rows) text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
            text.Append('\n');
        }

        Table(TensorHead, report.Tensors.Select(TensorRow));
        Table(["", "before", "after"], Totals(report));
        if (report.Evaluation is { } evaluation) Table(["damage", "value", "error"], Damage(evaluation));
        foreach (var notice in report.Notices) text.Append("- ").Append(notice).Append('\n');
        return text.ToString();
    }

    public static string ToHtml(CompressionReport report)
    {
        var page = new StringBuilder();
        var title = WebUtility.HtmlEncode($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(report.Source))} as {report.Method}");
        page.Append(CultureInfo.InvariantCulture, $$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>{{title}}</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222; background: #fff }
            table { border-collapse: collapse; margin: 1em 0 } th, td { padding: .2em .7em; text-align: right; border-bottom: 1px solid #ddd }
            th:first-child, td:first-child { text-align: left } td { font-variant-numeric: tabular-nums }
            </style></head><body><h1>{{title}}</h1>

            """);
        void Table(string caption, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
        {
            page.Append("<h2>").Append(caption).Append("</h2>\n<table><tr>");
            foreach (var cell in head) page.Append("<th>").Append(WebUtility.HtmlEncode(cell)).Append("</th>");
            page.Append("</tr>\n");
            foreach (var row in rows)
            {
                page.Append("<tr>");
                foreach (var cell in row) page.Append("<td>").Append(WebUtility.HtmlEncode(cell)).Append("</td>");
                page.Append("</tr>\n");
            }
            page.Append("</table>\n");
        }

        Table("Size and speed", ["", "before", "after"], Totals(report));
        if (report.Evaluation is { } evaluation) Table("Damage", ["", "value", "error"], Damage(evaluation));
        page.Append("<h2>Relative error of each tensor</h2>\n").Append(Bars(report));
        Table("Tensors", TensorHead, report.Tensors.Select(TensorRow));
        if (report.Notices.Count > 0)
            page.Append("<h2>Stored otherwise</h2>\n<ul>").AppendJoin("", report.Notices.Select(notice => $"<li>{WebUtility.HtmlEncode(notice)}</li>\n")).Append("</ul>\n");
        return page.Append("</body></html>\n").ToString();
    }

    /// <summary>One horizontal bar a tensor that changed, the longest for the largest error.</summary>
    static string Bars(CompressionReport report)
    {
        const int RowHeight = 18, Left = 330, Width = 520;
        var changed = report.Tensors.Where(tensor => tensor.RelativeError > 0).ToList();
        var largest = changed.Count == 0 ? 1 : changed.Max(tensor => double.IsFinite(tensor.RelativeError) ? tensor.RelativeError : 0);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Width + 90}\" height=\"{RowHeight * changed.Count + 6}\" font-size=\"12\" font-family=\"system-ui, sans-serif\">\n");
        for (var i = 0; i < changed.Count; i++)
        {
            var length = largest > 0 ? Width * Math.Min(1, changed[i].RelativeError / largest) : 0;
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{i * RowHeight + 13}\" text-anchor=\"end\">{WebUtility.HtmlEncode(Short(changed[i].Name))}</text>")
                .Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{i * RowHeight + 2}\" width=\"{length:F1}\" height=\"{RowHeight - 4}\" fill=\"#3b6ea5\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + length + 6:F1}\" y=\"{i * RowHeight + 13}\">{100 * changed[i].RelativeError:F2} %</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    static readonly string[] TensorHead = ["tensor", "shape", "before", "after", "bits/weight", "relative error", "largest error", "cosine"];

    static string[] TensorRow(TensorDamage tensor) =>
    [
        Short(tensor.Name), string.Join('×', tensor.Shape), tensor.Before, tensor.After, Number(tensor.BitsPerWeight, "F2"),
        tensor.RelativeError == 0 ? "0" : Number(100 * tensor.RelativeError, "F3") + " %", tensor.MaxError == 0 ? "0" : Number(tensor.MaxError, "G3"), Number(tensor.Cosine, "F6"),
    ];

    static IEnumerable<string[]> Totals(CompressionReport report)
    {
        yield return ["parameters", report.Parameters.ToString("N0", CultureInfo.InvariantCulture), ""];
        yield return ["bytes of weights", report.BytesBefore.ToString("N0", CultureInfo.InvariantCulture), report.BytesAfter.ToString("N0", CultureInfo.InvariantCulture)];
        yield return ["bits/weight", Number(report.BitsPerWeightBefore, "F3"), Number(report.BitsPerWeightAfter, "F3")];
        yield return ["relative error of all weights", "", Number(100 * report.RelativeError, "F3") + " %"];
        if (report.Evaluation is { } evaluation)
        {
            yield return ["nats/token", Number(evaluation.Reference.NatsPerToken.Value, "F4"), Number(evaluation.Model.NatsPerToken.Value, "F4")];
            yield return ["perplexity", Number(evaluation.Reference.Perplexity.Value, "F4"), Number(evaluation.Model.Perplexity.Value, "F4")];
            yield return ["bits/byte", Number(evaluation.Reference.BitsPerByte, "F4"), Number(evaluation.Model.BitsPerByte, "F4")];
        }
        if (report.Speed is { } speed)
            yield return [$"tokens/s ({speed.Tokens} decoded one by one)", Number(speed.Before, "F0"), Number(speed.After, "F0")];
    }

    static IEnumerable<string[]> Damage(KlReport report)
    {
        yield return ["mean KL divergence, nats", Number(report.MeanDivergence.Value, "F6"), Number(report.MeanDivergence.Error, "F6")];
        yield return ["99 % KL divergence, nats", Number(report.Divergence.P99, "F6"), ""];
        yield return ["same top token, %", Number(100 * report.SameTop.Value, "F2"), Number(100 * report.SameTop.Error, "F2")];
        yield return ["RMS Δp, %", Number(100 * report.RmsDeltaP.Value, "F3"), Number(100 * report.RmsDeltaP.Error, "F3")];
        yield return ["perplexity ratio", Number(report.PerplexityRatio.Value, "F5"), Number(report.PerplexityRatio.Error, "F5")];
        yield return [$"targets (context {report.Model.Context}, stride {report.Model.Stride})", report.Model.Targets.ToString("N0", CultureInfo.InvariantCulture), ""];
    }

    /// <summary>Without what all names share.</summary>
    static string Short(string name) => name.StartsWith("model.", StringComparison.Ordinal) ? name["model.".Length..] : name;

    static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
