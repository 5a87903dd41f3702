using Tern.Models;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Fitting;

public sealed class FrontierTests
{
    static readonly ChinchillaLaw Rounded = new(406.4, 410.7, 1.69, 0.34, 0.28);
    static readonly ChinchillaLaw Epoch = new(482.005, 2085.434, 1.81686, 0.34781, 0.36585);

    /// <summary>Ratios N* of the fit / true N* on a surface without noise: what parabolas get wrong. Computed with NumPy from the same surfaces.</summary>
    [Theory]
    [InlineData("rounded", 8, 1.029897)]
    [InlineData("epoch", 8, 0.991177)]
    [InlineData("rounded", 16, 1.053743)]
    [InlineData("epoch", 16, 0.984367)]
    public void Parabolas_on_a_surface_without_noise_have_the_known_bias(string name, double range, double ratio)
    {
        var law = name == "epoch" ? Epoch : Rounded;
        var frontier = IsoFlopFit.Fit(Budgets(law, range));
        Assert.Equal(law.ParametersExponent, frontier.Parameters.Exponent, 1e-9);
        Assert.Equal(law.TokensExponent, frontier.Tokens.Exponent, 1e-9);
        Assert.Equal(ratio, frontier.Parameters.At(1e19) / law.OptimumForFlop(1e19).Parameters, 1e-6);     // six decimals are given
    }

    [Fact]
    public void Variable_projection_on_the_same_runs_has_no_bias()
    {
        var law = VariableProjectionFit.Fit(Budgets(Rounded, 8), cancellationToken: TestContext.Current.CancellationToken).Law;
        Assert.Equal(1, law.OptimumForFlop(1e19).Parameters / Rounded.OptimumForFlop(1e19).Parameters, 1e-5);
    }

    [Fact]
    public void Budgets_without_a_lowest_loss_among_their_runs_are_left_out()
    {
        var runs = Budgets(Rounded, 8);
        var oneSided = runs.Where(run => run.BudgetFlop != 1e20 || run.Allocation.Parameters < Rounded.OptimumForFlop(1e20).Parameters * 0.5).ToList();
        var frontier = IsoFlopFit.Fit(oneSided);
        Assert.Equal(4, frontier.Points.Count);
        Assert.Contains("lies outside of the runs", Assert.Single(frontier.Rejected));
        var fit = LawFitting.Fit(oneSided, new() { Approach = FitApproach.IsoFlop, Bootstrap = 0 }, TestContext.Current.CancellationToken);
        Assert.Contains(fit.Warnings, warning => warning.StartsWith("Left out: 1E+20 FLOP", StringComparison.Ordinal));
        Assert.Contains("Approach 2 needs two budgets", Assert.Throws<TernException>(() => IsoFlopFit.Fit([.. runs.Where(run => run.BudgetFlop == 1e20)])).Message);
    }

    [Fact]
    public void Envelope_of_curves_finds_the_exponents_of_the_surface()
    {
        double[] sizes = [.. Enumerable.Range(0, 40).Select(i => 1e7 * Math.Pow(1.25, i))];
        var runs = (from n in sizes from i in Enumerable.Range(0, 60) select new Allocation(n, n * Math.Pow(1.15, i)) into at select new TrainedModel(at, Epoch.Loss(at))).ToList();
        var frontier = EnvelopeFit.Fit(runs);
        const double Grid = 0.01;                   // sizes lie a quarter apart, so N* is a staircase
        Assert.Equal(Epoch.ParametersExponent, frontier.Parameters.Exponent, Grid);
        Assert.Equal(Epoch.TokensExponent, frontier.Tokens.Exponent, Grid);
    }

    [Fact]
    public void Runs_that_are_no_curves_have_no_envelope() =>
        Assert.Contains("needs training curves", Assert.Throws<TernException>(() => EnvelopeFit.Fit([.. Budgets(Epoch, 8).Select((run, i) => run with { Name = $"run {i}" })])).Message);

    /// <summary>Budgets 1e17 to 1e21, 15 sizes log-spaced from 1/range to range times the optimum.</summary>
    static IReadOnlyList<TrainedModel> Budgets(ChinchillaLaw law, double range) =>
        [.. from budget in (double[])[1e17, 1e18, 1e19, 1e20, 1e21]
            from i in Enumerable.Range(0, 15)
            let n = law.OptimumForFlop(budget).Parameters * Math.Pow(range, ((double)i / 7) - 1)
            let at = new Allocation(n, budget / (6 * n))
            select new TrainedModel(at, law.Loss(at)) { BudgetFlop = budget }];
}
