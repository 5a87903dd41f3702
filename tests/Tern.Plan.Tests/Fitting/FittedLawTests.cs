using Tern.Models;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;
using Tern.Testing;

namespace Tern.Plan.Tests.Fitting;

public sealed class FittedLawTests
{
    static readonly ChinchillaLaw Known = new(406.4, 410.7, 1.69, 0.336, 0.283);

    [Fact]
    public void A_fit_that_was_written_is_read_back()
    {
        using var folder = new TemporaryFolder();
        var fit = Fit(new() { Bootstrap = 12 }) with { Command = "tern plan fit runs.csv" };
        FittedLawFile.Write(folder["fit.json"], fit);
        var read = FittedLawFile.Read(folder["fit.json"]);
        Assert.Equal(FittedLawFile.ToJson(fit), FittedLawFile.ToJson(read));
        Assert.Equal(fit.Chinchilla, read.Chinchilla);
        Assert.Equal(12, read.ChinchillaSamples.Count());
    }

    [Theory]
    [InlineData("nothing", "no such file")]
    [InlineData("[]", "is no fit")]
    [InlineData("""{"version":2,"fit":null}""", "is no fit")]
    public void Files_that_are_no_fits_are_refused(string text, string message)
    {
        using var folder = new TemporaryFolder();
        if (text != "nothing") File.WriteAllText(folder["fit.json"], text);
        Assert.Contains(message, Assert.Throws<TernException>(() => FittedLawFile.Read(folder["fit.json"])).Message);
    }

    [Fact]
    public void Use_outside_the_range_of_the_runs_is_told()
    {
        var range = Fit(new() { Bootstrap = 0 }).Range!;
        Assert.Empty(range.Beyond(new(1e9, 1.6e10)));
        Assert.Equal(["1E+11 parameters, 10 times the largest run behind the law (1E+10)"], range.Beyond(new(1e11, 2.56e11)));
    }

    [Fact]
    public void A_surface_without_noise_is_told_exactly_and_leaves_no_doubts()
    {
        var fit = Fit(new());
        Assert.Empty(fit.Warnings);
        Assert.Empty(fit.Quality!.Outliers);
        const double Exact = 1e-8;                  // of log loss: where searches of the bootstrap end
        Assert.True(fit.Quality.RootMeanSquareLog < Exact, $"{fit.Quality.RootMeanSquareLog}");
        Assert.True(fit.Quality.LeaveOneSizeOut < 1e-5, $"{fit.Quality.LeaveOneSizeOut}");
        Assert.Equal(1, fit.Quality.RSquared, 1e-9);
    }

    [Fact]
    public void A_run_that_does_not_fit_is_named()
    {
        var runs = Synthetic.Surface(Known).ToList();
        runs[7] = runs[7] with { Loss = runs[7].Loss * 1.05, Name = "diverged" };
        Assert.Equal(["diverged"], LawFitting.Fit(runs, new() { Bootstrap = 0 }, TestContext.Current.CancellationToken).Quality!.Outliers.Select(outlier => outlier.Run));
    }

    [Fact]
    public void Constants_that_the_runs_do_not_determine_are_named()
    {
        var fit = LawFitting.Fit(PublishedRuns.Sardana(), new() { Cutoff = 100 }, TestContext.Current.CancellationToken);
        Assert.Equal((34, 13), (fit.Source.Runs, fit.Source.LeftOut));
        Assert.Contains(fit.Warnings, warning => warning.StartsWith("E is not identified", StringComparison.Ordinal));
    }

    [Fact]
    public void The_law_of_overtraining_is_the_surface_by_other_variables()
    {
        var tied = Known with { Beta = Known.Alpha };
        var law = OverTrainingLaw.Of(tied);
        var at = new Allocation(3e8, 9e10);
        Assert.Equal(tied.Loss(at), law.Loss(at.TrainingFlop, at.TokensPerParameter), 12);
        var fit = LawFitting.Fit(Synthetic.Surface(tied), new() { Law = LawKind.Overtraining, Bootstrap = 0 }, TestContext.Current.CancellationToken);
        Assert.Equal(1, fit.Overtraining!.A / law.A, 1e-6);
        Assert.Equal(law.Eta, fit["eta"]!.Value, 1e-7);
    }

    [Fact]
    public void Variable_projection_recovers_a_surface_without_noise()
    {
        var law = LawFitting.Fit(Synthetic.Surface(Known), new() { Approach = FitApproach.VariableProjection, Bootstrap = 0 }, TestContext.Current.CancellationToken).Chinchilla!;
        const double Recovered = 1e-5;              // relative; squares of nats end at half the digits
        Assert.Equal(1, law.A / Known.A, Recovered);
        Assert.Equal(1, law.B / Known.B, Recovered);
        Assert.Equal(1, law.E / Known.E, Recovered);
    }

    static FittedLaw Fit(FitOptions options) => LawFitting.Fit(Synthetic.Surface(Known), options, TestContext.Current.CancellationToken);
}
