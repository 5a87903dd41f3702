using Tern.Papers.Results;
using Tern.Papers.Sweeps;
using Tern.Plan.Laws;
using Tern.Plan.Sweeps;

namespace Tern.Papers.Tests.Sweeps;

public sealed class BeyondChinchillaTests
{
    [Fact]
    public void A_surface_with_equal_exponents_and_a_late_fall_confirms_every_claim()
    {
        // Beyond 60 tokens a weight the loss lies above the law, ever more: a fit to ordinary runs promises too much.
        var outcome = Judge(at => KnownRows.Law.Loss(at) + (0.06 * Math.Log(Math.Max(1, at.TokensPerParameter / 60))));
        Assert.Equal([Verdict.Reproduced, Verdict.Reproduced, Verdict.Reproduced, Verdict.Reproduced], outcome.Findings.Select(finding => finding.Verdict));
    }

    [Fact]
    public void A_law_that_holds_everywhere_is_not_too_optimistic() => Assert.Equal(Verdict.NotReproduced, Judge(KnownRows.Law.Loss).Findings[2].Verdict);

    [Fact]
    public void A_loss_that_rises_at_the_end_does_not_keep_falling() =>
        Assert.Equal(Verdict.NotReproduced, Judge(at => KnownRows.Law.Loss(at) + (at.TokensPerParameter > 500 ? 0.5 : 0)).Findings[1].Verdict);

    [Fact]
    public void Sizes_that_grow_much_faster_than_tokens_are_not_equal_rates()
    {
        var law = KnownRows.Law with { Alpha = 0.15, Beta = 0.6, A = 6, B = 3000 };
        Assert.Equal(Verdict.NotReproduced, Judge(law.Loss).Findings[0].Verdict);
    }

    [Fact]
    public void Serving_is_computed_as_the_paper_does()
    {
        // 1.692e22 FLOP and 17.45 %: computed from the constants of the paper with SciPy.
        Assert.Contains("1.692e22 FLOP, 17.45 %", Judge(KnownRows.Law.Loss).Findings[3].Figure, StringComparison.Ordinal);
    }

    static Outcome Judge(Func<Allocation, double> loss) => BeyondChinchilla.Judge(new SweepEvidence(KnownRows.Losses(loss), []), [20, 40, 80], 300, TestContext.Current.CancellationToken);
}
