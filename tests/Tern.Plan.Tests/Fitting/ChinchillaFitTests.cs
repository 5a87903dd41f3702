using Tern.Models;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Fitting;

public sealed class ChinchillaFitTests
{
    /// <summary>Objectives are printed to 14 digits, which SciPy and we reach by different orders of sums.</summary>
    const double ObjectiveDigits = 1e-11;

    /// <summary>Variables of a minimum are printed to 8 decimals; they lie as flat as half the digits of the objective.</summary>
    const double VariableDigits = 2e-7;

    /// <summary>Minima of the fit, computed with SciPy in double precision: objective, a, b, e, α, β.</summary>
    public static TheoryData<string, double, double[]> Minima => new()
    {
        { "240", 0.0010182740178006, [6.16924637, 7.67015673, 0.59730681, 0.3473105, 0.36717243] },
        { "245", 0.0018260105230693, [6.20602335, 9.46075768, 0.63728478, 0.34931289, 0.4530493] },
        { "mpt47", 0.00061998433608, [3.56638122, 4.89049846, 0.38046393, 0.17883815, 0.23160187] },
        { "mpt47-le100", 0.00021920619200741, [1.96633982, 3.25810805, -1.87632683, 0.07679057, 0.1257497] },
    };

    [Theory]
    [MemberData(nameof(Minima))]
    public void Minimum_of_published_runs_is_that_of_the_reference(string name, double objective, double[] at)
    {
        var fit = Fit(Runs(name));
        Assert.Equal(objective, fit.Objective, objective * ObjectiveDigits);
        Assert.True(fit.GradientNorm < 1e-10, $"gradient {fit.GradientNorm}");
        var tolerance = name == "mpt47-le100" ? 1e-6 : VariableDigits;       // E is hardly identified there
        Assert.Equal(at[0], Math.Log(fit.Law.A), tolerance);
        Assert.Equal(at[1], Math.Log(fit.Law.B), tolerance);
        Assert.Equal(at[2], Math.Log(fit.Law.E), tolerance * 10);
        Assert.Equal(at[3], fit.Law.Alpha, tolerance);
        Assert.Equal(at[4], fit.Law.Beta, tolerance);
    }

    [Theory]
    [InlineData("240", 6.0073404, 6.0179186, 0.5267228, 0.33917084, 0.2849083, 0.0012311626025793)]
    [InlineData("245", 6.0073404, 6.0179186, 0.5267228, 0.33917084, 0.2849083, 0.0023233508960017)]
    public void Objective_at_the_constants_of_the_papers_source_is_that_of_the_reference(string name, double a, double b, double e, double alpha, double beta, double expected)
    {
        var law = new ChinchillaLaw(Math.Exp(a), Math.Exp(b), Math.Exp(e), alpha, beta);
        Assert.Equal(expected, ChinchillaFit.Objective(Runs(name), law), expected * ObjectiveDigits);
    }

    [Theory]
    [InlineData("240", 0.0041210091362804)]
    [InlineData("245", 0.0050179835030025)]
    public void Objective_at_the_rounded_constants_of_the_paper_is_that_of_the_reference(string name, double expected) =>
        Assert.Equal(expected, ChinchillaFit.Objective(Runs(name), new ChinchillaLaw(406.4, 410.7, 1.69, 0.34, 0.28)), expected * ObjectiveDigits);

    [Fact]
    public void Fit_has_the_same_bits_for_any_number_of_threads()
    {
        var runs = Runs("mpt47");
        Assert.Equal(Fit(runs, new() { Threads = 1, TieExponents = true }), Fit(runs, new() { Threads = 3, TieExponents = true }));
    }

    [Fact]
    public void Fit_recovers_the_constants_of_a_surface_without_noise()
    {
        var law = new ChinchillaLaw(406.4, 410.7, 1.69, 0.336, 0.283);
        var fit = Fit(Synthetic.Surface(law)).Law;
        const double Recovered = 1e-6;                  // relative; residuals there are as small as rounding
        Assert.Equal(1, fit.A / law.A, Recovered);
        Assert.Equal(1, fit.B / law.B, Recovered);
        Assert.Equal(1, fit.E / law.E, Recovered);
        Assert.Equal(1, fit.Alpha / law.Alpha, Recovered);
        Assert.Equal(1, fit.Beta / law.Beta, Recovered);
    }

    [Fact]
    public void Counting_tokens_in_billions_moves_only_B()
    {
        var runs = Runs("mpt47");
        var (fit, billions) = (ChinchillaFit.Refit(runs, Mpt47).Law,
            ChinchillaFit.Refit([.. runs.Select(run => run with { Allocation = run.Allocation with { Tokens = run.Allocation.Tokens / 1e9 } })], Mpt47 with { B = Mpt47.B * Math.Pow(1e9, -Mpt47.Beta) }).Law);
        const double Flat = 1e-4;                       // relative; searches from a start end within this of the minimum
        Assert.Equal(1, billions.A / fit.A, Flat);
        Assert.Equal(fit.Beta, billions.Beta, Flat);
        Assert.Equal(1, billions.B * Math.Pow(1e9, billions.Beta) / fit.B, Flat * Math.Log(1e9));
    }

    [Fact]
    public void Gradient_is_that_of_central_differences()
    {
        foreach (var tied in (bool[])[false, true])
            Gradients.AreThoseOfDifferences(new ChinchillaObjective(Runs("mpt47"), 1e-3, tied), tied ? [3.5, 4.8, 0.4, 0.2] : [3.5, 4.8, 0.4, 0.18, 0.24]);
    }

    [Fact]
    public void Runs_that_cannot_tell_the_constants_apart_are_refused()
    {
        var law = new ChinchillaLaw(406.4, 410.7, 1.69, 0.336, 0.283);
        TrainedModel Run(double n, double d) => new(new(n, d), law.Loss(new(n, d)));
        Refused("too few for 5 constants", [Run(1e8, 1e9), Run(1e8, 2e9)]);
        Refused("All runs have 1E+08 parameters", [.. Enumerable.Range(1, 9).Select(i => Run(1e8, i * 1e9))]);
        Refused("All runs have 1E+10 tokens", [.. Enumerable.Range(1, 9).Select(i => Run(i * 1e8, 1e10))]);
        Refused("Tokens follow from parameters", [.. Enumerable.Range(1, 9).Select(i => Run(i * 1e8, i * 2e9))]);

        static void Refused(string message, IReadOnlyList<TrainedModel> runs) => Assert.Contains(message, Assert.Throws<TernException>(() => Fit(runs)).Message);
    }

    static ChinchillaFitResult Fit(IReadOnlyList<TrainedModel> runs, ChinchillaFitOptions? options = null) => ChinchillaFit.Fit(runs, options, TestContext.Current.CancellationToken);

    static readonly ChinchillaLaw Mpt47 = new(35.388, 133.020, 1.46296, 0.178838, 0.231602);

    static IReadOnlyList<TrainedModel> Runs(string name) => name switch
    {
        "240" => PublishedRuns.Chinchilla240(),
        "245" => PublishedRuns.Chinchilla(),
        "mpt47" => PublishedRuns.Sardana(),
        "mpt47-le100" => PublishedRuns.Sardana().UpTo(100),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
