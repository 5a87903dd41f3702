using System.Text.RegularExpressions;
using System.Xml.Linq;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;
using Tern.Plan.Reports;

namespace Tern.Plan.Tests.Reports;

public sealed partial class PlanReportTests
{
    /// <summary>A plan with everything: intervals, a demand, few bits before and after.</summary>
    static readonly PlanRequest Full = new()
    {
        Goal = new() { Usd = 200_000 },
        Objective = PlanObjective.Usd,
        Law = LawEstimate.Of(PublishedLaw.Named("epoch")),
        Demand = ServingDemand.OfTokens(1e12),
        TrainingBits = new BitsChoice(8),
        ServingBits = new BitsChoice(4),
    };

    [Fact]
    public void Page_has_the_plan_the_advice_and_every_warning()
    {
        var answer = Planner.Plan(Full);
        var text = System.Net.WebUtility.HtmlDecode(PlanReport.ToHtml(Full, answer));
        Assert.Contains(answer.Advice, text, StringComparison.Ordinal);
        Assert.NotEmpty(answer.Warnings);
        Assert.All(answer.Warnings, warning => Assert.Contains(warning, text, StringComparison.Ordinal));
        Assert.Contains($"<td>{Quantity.Short(answer.Parameters.Value)} ({Quantity.Short(answer.Parameters.Interval!.Value.Low)} to ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_needs_nothing_from_elsewhere()
    {
        var page = PlanReport.ToHtml(Full, Planner.Plan(Full));
        // Namespaces of SVG are names, not addresses that anything is loaded from.
        Assert.DoesNotMatch(Reference(), page);
        Assert.Equal(page, PlanReport.ToHtml(Full, Planner.Plan(Full)));
    }

    [Fact]
    public void Every_id_of_the_page_is_there_once()
    {
        var ids = Id().Matches(PlanReport.ToHtml(Full, Planner.Plan(Full))).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public void Pictures_of_the_page_are_well_formed_and_take_the_ink_of_the_page()
    {
        var pictures = Svg().Matches(PlanReport.ToHtml(Full, Planner.Plan(Full))).Select(match => match.Value).ToList();
        Assert.Equal(2 * 6, pictures.Count);        // isoFLOP, isoloss, lifetime, two of precision, batch: wide and narrow
        Assert.All(pictures, picture =>
        {
            XDocument.Parse(picture);
            Assert.Contains("var(--ink)", picture, StringComparison.Ordinal);
            Assert.DoesNotContain("rgb(255,255,255)", picture, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_name_of_the_user_is_text_on_the_page()
    {
        var request = Full with { Law = Full.Law with { Name = "</script><b>mine</b>" } };
        var page = PlanReport.ToHtml(request, Planner.Plan(request));
        Assert.DoesNotContain("<b>mine", page, StringComparison.Ordinal);
    }

    [GeneratedRegex("""(src|href)\s*=\s*["'](?!#)|@import|url\((?!#)|fetch\(|XMLHttpRequest""")]
    private static partial Regex Reference();

    [GeneratedRegex("""\sid="([^"]+)""")]
    private static partial Regex Id();

    [GeneratedRegex("<svg width.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Svg();
}
