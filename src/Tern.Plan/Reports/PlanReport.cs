using System.Globalization;
using System.Net;
using System.Text;
using Tern.Models;
using Tern.Models.Files;
using Tern.Plan.Budgets;
using Tern.Plan.Pictures;
using Tern.Plots;

namespace Tern.Plan.Reports;

/// <summary>A plan as a page of HTML that needs nothing else: the answer, sliders that compute it anew, and pictures.</summary>
public static class PlanReport
{
    /// <summary>Pixels of the pictures on wide and on narrow screens, where text keeps its size.</summary>
    static readonly (string Class, int Width, int Height)[] Sizes = [("wide", 860, 420), ("narrow", 358, 330)];

    /// <summary>Writes the page.</summary>
    /// <exception cref="TernException">It cannot be written.</exception>
    public static void Write(string path, PlanRequest request, PlanAnswer answer) => AtomicFile.WriteText(path, ToHtml(request, answer));

    /// <summary>The page. The same plan gives the same page.</summary>
    public static string ToHtml(PlanRequest request, PlanAnswer answer)
    {
        var title = WebUtility.HtmlEncode($"Plan for {answer.Question}");
        var page = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{title}}</title>
            <style>
            {{Part("page.css")}}</style></head><body>
            <h1>{{title}}</h1>
            <p>{{WebUtility.HtmlEncode(answer.Advice)}}</p>

            """));
        foreach (var warning in answer.Warnings) page.Append("<p class=\"warning\">").Append(WebUtility.HtmlEncode(warning)).Append("</p>\n");
        page.Append("<p class=\"faint\">").Append(LawWords(answer.Law)).Append("</p>\n");
        foreach (var table in PlanTables.Of(answer)) AppendTable(page, table);
        page.Append(Part("sliders.html")).Append("<h2>Pictures</h2>\n");
        foreach (var picture in PlanPictures.Of(request, answer)) AppendPicture(page, picture);
        page.Append("<script type=\"application/json\" id=\"data\">").Append(SliderData.Of(request, answer).ToJsonString()).Append("</script>\n");
        foreach (var script in Scripts) page.Append("<script>\n").Append(Part(script)).Append("</script>\n");
        return page.Append("</body></html>\n").ToString();
    }

    static readonly string[] Scripts = ["laws.js", "planner.js", "charts.js", "page.js"];

    /// <summary>A file of the folder Page.</summary>
    internal static string Part(string name)
    {
        using var stream = typeof(PlanReport).Assembly.GetManifestResourceStream("Tern.Plan.Reports." + name)!;
        using var text = new StreamReader(stream);
        return text.ReadToEnd();
    }

    static string LawWords(LawUse law) => string.Create(CultureInfo.InvariantCulture,
        $"Law {WebUtility.HtmlEncode(law.Name)}: L = {law.Constants.E:G6} + {law.Constants.A:G6} N<sup>−{law.Constants.Alpha:G6}</sup> + {law.Constants.B:G6} D<sup>−{law.Constants.Beta:G6}</sup> ({WebUtility.HtmlEncode(law.Source)}). Intervals: {WebUtility.HtmlEncode(law.Uncertainty)}.");

    static void AppendTable(StringBuilder page, PlanTable table)
    {
        page.Append("<h2>").Append(table.Title).Append("</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").Append(table.Title).Append("\"><table>\n");
        if (table.Columns.Count > 0) AppendRow(page, "th", table.Columns);
        foreach (var row in table.Rows) AppendRow(page, "td", row);
        page.Append("</table></div>\n");
        if (table.Remark is { } remark) page.Append("<p class=\"faint\">").Append(WebUtility.HtmlEncode(remark)).Append("</p>\n");
    }

    static void AppendRow(StringBuilder page, string cell, IEnumerable<string> values) =>
        page.Append("<tr>").AppendJoin("", values.Select(value => $"<{cell}>{WebUtility.HtmlEncode(value)}</{cell}>")).Append("</tr>\n");

    static void AppendPicture(StringBuilder page, Picture picture)
    {
        page.Append("<figure><h3>").Append(WebUtility.HtmlEncode(picture.Title)).Append("</h3>\n");
        foreach (var (size, width, height) in Sizes)
        {
            var id = $"{picture.Name}-{size}";
            page.Append("<div class=\"").Append(size).Append("\" role=\"img\" aria-label=\"").Append(WebUtility.HtmlEncode(picture.Caption)).Append("\">").Append(picture.ToSvgElement(id, width, height)).Append("</div>\n");
        }

        page.Append("<ul class=\"legend\">");
        foreach (var entry in picture.Legend) page.Append("<li>").Append(Swatch(entry)).Append(WebUtility.HtmlEncode(entry.Label)).Append("</li>");
        page.Append("</ul>\n<figcaption>").Append(WebUtility.HtmlEncode(picture.Caption)).Append("</figcaption></figure>\n");
    }

    static string Swatch(LegendEntry entry)
    {
        var color = entry.Color is { R: <= 0x22, G: <= 0x22, B: <= 0x22 }
            ? "var(--ink)"
            : string.Create(CultureInfo.InvariantCulture, $"rgba({entry.Color.R},{entry.Color.G},{entry.Color.B},{entry.Color.A / 255.0:F2})");
        return entry.Marker != OxyPlot.MarkerType.None
            ? $"<i class=\"mark {entry.Marker.ToString().ToLowerInvariant()}\" style=\"background:{color}\"></i>"
            : $"<i style=\"color:{color}{entry.Style switch { OxyPlot.LineStyle.Dash => ";border-top-style:dashed", OxyPlot.LineStyle.Dot => ";border-top-style:dotted", _ => "" }}\"></i>";
    }
}
