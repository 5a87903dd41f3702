using System.Xml.Linq;
using Tern.Models;
using Tern.Papers.Results;

namespace Tern.Papers.Tests;

public sealed class PapersPageTests
{
    static readonly string Root = FindRoot();

    [Fact]
    public void The_page_in_docs_is_made_of_the_papers_and_the_committed_results() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Root, "docs", "papers.md")).ReplaceLineEndings("\n"), PapersPage.ToMarkdown(Path.Combine(Root, "docs", "results")));

    [Fact]
    public void Every_paper_names_files_that_exist() =>
        Assert.All(PaperRegistry.All.SelectMany(paper => paper.Code), file => Assert.True(File.Exists(Path.Combine(Root, "src", file)), file));

    [Fact]
    public void Names_are_words_and_unique()
    {
        Assert.Distinct(PaperRegistry.All.Select(paper => paper.Name));
        Assert.All(PaperRegistry.All, paper => Assert.Matches("^[a-z0-9-]+$", paper.Name));
        Assert.All(PaperRegistry.All, paper => Assert.Distinct(paper.Claims.Select(claim => claim.Key)));
    }

    [Fact]
    public void A_committed_result_answers_every_claim() => Assert.All(PaperRegistry.All, paper =>
    {
        var result = PapersPage.ResultOf(paper, Path.Combine(Root, "docs", "results"));
        Assert.NotNull(result);
        Assert.Equal(ReproductionScale.Full, result.Scale);
        Assert.Equal(paper.Claims.Select(claim => claim.Key), result.Outcome.Findings.Select(finding => finding.Claim));
    });

    [Fact]
    public void An_unknown_paper_is_refused_with_those_that_there_are() => Assert.Contains("soap", Assert.Throws<TernException>(() => PaperRegistry.Find("soup")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_plot_is_an_SVG_file_with_a_line_for_each_curve()
    {
        var plot = new ResultPlot("a", "Loss", "step", "nats", [new("one", [new(1, 2), new(2, 1)]), new("two", [new(1, 3), new(2, 2)])]) { LogX = true };
        var page = XDocument.Parse(plot.ToSvg()).Root!;
        Assert.Equal("svg", page.Name.LocalName);
        Assert.Contains("Loss", page.Value, StringComparison.Ordinal);
        Assert.Contains("two", page.Value, StringComparison.Ordinal);
    }

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Tern.slnx")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
