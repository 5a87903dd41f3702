using System.Text;

namespace Tern.Papers.Results;

/// <summary>docs/papers.md: every paper, its claims, our numbers, the commands. Made of <see cref="PaperRegistry"/> and the committed results; nobody edits it.</summary>
public static class PapersPage
{
    /// <param name="results">docs/results: a folder for each paper.</param>
    /// <exception cref="Tern.Models.TernException">A result is damaged.</exception>
    public static string ToMarkdown(string results)
    {
        var page = new StringBuilder("""
            # The papers

            Written by `./tern papers --markdown > docs/papers.md`. Each paper's method is an option of a verb, and its claims are checked by `./tern reproduce NAME`: `--quick` takes about two minutes and shows
            that everything runs; `--full` is the run whose numbers stand here.

            """.ReplaceLineEndings("\n"));
        foreach (var paper in PaperRegistry.All)
        {
            Append(page, paper, ResultOf(paper, results));
        }

        return page.ToString();
    }

    /// <summary>The committed result, or null.</summary>
    public static Reproduction? ResultOf(Paper paper, string results)
    {
        var file = Path.Combine(results, paper.Name, ResultFolder.ResultName);
        return File.Exists(file) ? Reproduction.FromJson<Reproduction>(file) : null;
    }

    public static string Words(Verdict verdict) => verdict switch
    {
        Verdict.Reproduced => "reproduced",
        Verdict.Partly => "partly",
        _ => "not reproduced",
    };

    static void Append(StringBuilder page, Paper paper, Reproduction? result)
    {
        page.Append($"\n## {paper.Title}\n\n{paper.Citation}. Code: {string.Join(", ", paper.Code.Select(file => $"[{Path.GetFileName(file)}](../src/{file})"))}. To use it: `{paper.Usage}`.\n\n");
        page.Append("| claim | paper | here | verdict |\n|---|---|---|---|\n");
        foreach (var claim in paper.Claims)
        {
            var finding = result?.Outcome.Findings.FirstOrDefault(finding => finding.Claim == claim.Key);
            page.Append($"| {claim.Text} | {claim.Figure} | {finding?.Figure ?? "not run"} | {(finding is null ? "" : Words(finding.Verdict))} |\n");
        }

        if (result is not null)
        {
            page.Append($"\n`{result.Command}`: [tables and plots](results/{paper.Name}/README.md).\n");
        }
    }
}
