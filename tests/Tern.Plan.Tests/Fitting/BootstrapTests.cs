using Tern.Plan.Fitting;

namespace Tern.Plan.Tests.Fitting;

public sealed class BootstrapTests
{
    /// <summary>Standard errors of 400 resamples of the 240 points of Besiroglu et al. 2024; those of their paper are 124.5, 1293, 0.0257, 0.0154, 0.0206, and 0.020 for a.</summary>
    [Fact]
    public void Standard_errors_of_published_runs_are_those_of_the_reference()
    {
        var fit = Fit(new FitOptions());
        (string Name, double Expected)[] errors = [("A", 114), ("B", 1346), ("E", 0.0248), ("alpha", 0.0144), ("beta", 0.0213)];
        const double Scatter = 0.25;                // relative: of standard errors from 400 heavy-tailed resamples
        foreach (var (i, (_, expected)) in errors.Index())
            Assert.Equal(1, Deviation(fit.Samples.Select(sample => sample[i])) / expected, Scatter);
        Assert.Equal(1, Deviation(fit.ChinchillaSamples.Select(law => law.ParametersExponent)) / 0.0200, Scatter);
    }

    [Fact]
    public void Samples_have_the_same_bits_for_any_number_of_threads()
    {
        var (one, three) = (Fit(new() { Bootstrap = 20, Threads = 1 }), Fit(new() { Bootstrap = 20, Threads = 3 }));
        Assert.Equal(FittedLawFile.ToJson(one), FittedLawFile.ToJson(three));
        Assert.NotEqual(one.Samples[0], Fit(new() { Bootstrap = 20, Seed = 2 }).Samples[0]);
    }

    [Fact]
    public void Blocks_hold_all_runs_of_a_size()
    {
        var runs = PublishedRuns.Sardana();
        var drawn = SizeBlocks.Resample(runs, new Random(3));
        Assert.NotEqual(runs.Count, drawn.GroupBy(run => run).Count());         // some size was left out
        foreach (var block in SizeBlocks.Of(runs)) Assert.Single(block.Select(run => drawn.Count(other => other == run)).Distinct());
    }

    static FittedLaw Fit(FitOptions options) => LawFitting.Fit(PublishedRuns.Chinchilla240(), options, TestContext.Current.CancellationToken);

    static double Deviation(IEnumerable<double> values)
    {
        var list = values.ToList();
        var mean = list.Average();
        return Math.Sqrt(list.Sum(value => (value - mean) * (value - mean)) / (list.Count - 1));
    }
}
