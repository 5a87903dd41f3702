using System.Text.RegularExpressions;
using System.Xml.Linq;
using Tern.Models;
using Tern.Testing;
using Tern.Train.Metrics;
using Tern.Train.Recipes;
using Tern.Train.Tests.Recipes;
using static Tern.Train.Tests.Metrics.MetricsLines;

namespace Tern.Train.Tests.Metrics;

public class TrainingReportTests
{
    static readonly MetricsLine[] Run = [.. Enumerable.Range(1, 50).Select(i => (MetricsLine)Interval(10 * i)), HeldOut(250, 1.5), HeldOut(500, 1.25)];

    static List<XElement> Plots(string page) => [.. Regex.Matches(page, "<svg.*?</svg>", RegexOptions.Singleline).Select(svg => XElement.Parse(svg.Value))];

    static bool Says(XElement plot, string text) => plot.Descendants().Any(element => element.Name.LocalName == "text" && element.Value.Contains(text, StringComparison.Ordinal));

    [Fact]
    public void The_page_is_made_of_the_metrics_alone()
    {
        using var folder = new TemporaryFolder();
        using (var log = MetricsLog.Open(folder["metrics.jsonl"]))
            foreach (var line in Run) log.Write(line);
        TrainingReport.Write(folder["report.html"], folder["metrics.jsonl"]);
        var page = File.ReadAllText(folder["report.html"]);

        var plots = Plots(page);
        Assert.Equal(4, plots.Count);
        Assert.True(Says(plots[0], "Loss") && Says(plots[0], "training") && Says(plots[0], "held out") && Says(plots[0], "step"));
        Assert.True(Says(plots[1], "Learning rate"));
        Assert.True(Says(plots[2], "Gradient norm"));
        Assert.True(Says(plots[3], "tokens per second"));
        Assert.Contains("1.2500 at step 500", page);
        Assert.DoesNotContain("<h2>Recipe</h2>", page);
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere() =>
        Assert.DoesNotMatch("(src|href)\\s*=|url\\((?!#)|@import", TrainingReport.ToHtml("run", Run, RecipeFile.Parse(RecipeTexts.Least, "r.yaml")));

    [Fact]
    public void No_two_elements_of_the_page_share_an_id()
    {
        var page = TrainingReport.ToHtml("run", Run);
        var ids = Regex.Matches(page, " id=\"([^\"]*)\"").Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(Regex.Matches(page, "url\\(#([^)]*)\\)"), match => Assert.Contains(match.Groups[1].Value, ids));
    }

    [Fact]
    public void The_recipe_is_a_table_of_all_its_values()
    {
        var page = TrainingReport.ToHtml("<run>", Run, RecipeFile.Parse(RecipeTexts.Least, "r.yaml", ["data.sources.0.path=a&b.txt"]));

        Assert.Contains("<h1>&lt;run&gt;</h1>", page);
        Assert.Contains("<tr><td>model.heads</td><td>4</td></tr>", page);
        Assert.Contains("<tr><td>data.sources.0.path</td><td>a&amp;b.txt</td></tr>", page);
        Assert.Contains("<tr><td>tokenizer.special_tokens.0</td><td>&lt;|endoftext|&gt;</td></tr>", page);
    }

    [Fact]
    public void A_run_without_lines_or_with_broken_values_has_a_page_too()
    {
        Assert.Empty(Plots(TrainingReport.ToHtml("run", [])));
        Assert.Equal(4, Plots(TrainingReport.ToHtml("run", [Interval(1, double.NaN), Interval(2), Interval(3, double.NaN), HeldOut(3, double.NaN)])).Count);
    }

    [Fact]
    public void A_long_run_makes_no_heavy_page()
    {
        var page = TrainingReport.ToHtml("run", [.. Enumerable.Range(1, 100_000).Select(i => Interval(i))]);
        Assert.InRange(page.Length, 10_000, 400_000);   // 4 curves of at most 1000 points of about 15 letters, and the axes
    }

    [Fact]
    public void Missing_metrics_are_told_so()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<TernException>(() => TrainingReport.Write(folder["report.html"], folder["metrics.jsonl"]));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
