using System.Globalization;
using System.Text;
using Tern.Models.Files;

namespace Tern.Papers.Results;

/// <summary>The folder of a result: result.json, README.md, and a plot for each <see cref="ResultPlot"/>.</summary>
static class ResultFolder
{
    public const string ResultName = "result.json";

    public static void Write(string folder, Paper paper, Reproduction result)
    {
        foreach (var plot in result.Outcome.Plots)
        {
            AtomicFile.WriteText(Path.Combine(folder, plot.Name + ".svg"), plot.ToSvg());
        }

        AtomicFile.WriteText(Path.Combine(folder, "README.md"), ToMarkdown(paper, result));
        AtomicFile.WriteText(Path.Combine(folder, ResultName), Reproduction.ToJson(result));
    }

    /// <summary>The page of a result.</summary>
    public static string ToMarkdown(Paper paper, Reproduction result)
    {
        var page = new StringBuilder();
        void Line(string text = "") => page.Append(text).Append('\n');
        Line($"# {paper.Title}");
        Line();
        Line($"{paper.Citation}. Reproduced with `{result.Command}` (this page is written by that command).");
        Line();
        Line(result.Outcome.Setup);
        Line();
        Line("| claim | paper | here | verdict |");
        Line("|---|---|---|---|");
        foreach (var (claim, finding) in paper.Claims.Zip(result.Outcome.Findings))
        {
            Line($"| {claim.Text} | {claim.Figure} | {finding.Figure} | **{PapersPage.Words(finding.Verdict)}**{(finding.Remark is null ? "" : $": {finding.Remark}")} |");
        }

        foreach (var table in result.Outcome.Tables)
        {
            Line();
            Line($"## {table.Title}");
            Line();
            Line($"| {string.Join(" | ", table.Columns)} |");
            Line($"|{string.Concat(table.Columns.Select((_, i) => i == 0 ? "---|" : "--:|"))}");
            foreach (var row in table.Rows)
            {
                Line($"| {string.Join(" | ", row)} |");
            }
        }

        foreach (var plot in result.Outcome.Plots)
        {
            Line();
            Line($"![{plot.Title}]({plot.Name}.svg)");
        }

        Line();
        Line("## Run");
        Line();
        Line(string.Create(CultureInfo.InvariantCulture, $"Seed {result.Seed}; {result.Data}; {result.Outcome.Trials.Count} trials in {result.Seconds / 60:F0} minutes; {result.Machine}; {result.Date:yyyy-MM-dd}."));
        Line($"The numbers of every trial are in [{ResultName}]({ResultName}).");
        return page.ToString();
    }
}
