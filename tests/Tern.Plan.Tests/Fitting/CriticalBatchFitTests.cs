using Tern.Models;
using Tern.Plan.Fitting;

namespace Tern.Plan.Tests.Fitting;

/// <summary>The table of steps of Zhang et al. 2024, arXiv 2410.21676 (plots/chinchilla.ipynb of hlzhang109/critical-batch-size, MIT), and what SciPy's curve_fit makes of it.</summary>
public sealed class CriticalBatchFitTests
{
    static readonly double[] Batches = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

    static readonly (double Millions, double Target, double[] Steps)[] Table =
    [
        (85, 3.42, [46000, 23000, 13282, 7000, 3840, 2528, 1917, 1600, 1600]),
        (151, 3.24, [96000, 49000, 24000, 12000, 7128, 4350, 2940, 2400, 2300]),
        (302, 3.07, [196000, 90000, 46000, 23400, 13300, 7224, 4980, 3400, 2879]),
        (604, 2.92, [311000, 166000, 81000, 37440, 21320, 11400, 7199, 4700, 3800]),
        (1200, 2.736, [642000, 331000, 176000, 94000, 46500, 25000, 15360, 8900, 6500]),
    ];

    /// <summary>Relative: what is printed, and where searches of different programs end.</summary>
    const double Printed = 1e-3;

    [Fact]
    public void Curves_of_the_table_are_those_of_the_paper()
    {
        (double A, double B, double Critical, double Balance)[] expected =
            [(1293.827, 2834258, 745.32, 2190.6), (1752.421, 5677479, 955.16, 3239.8), (2095.350, 11383270, 1393.73, 5432.6), (2459.927, 19449689, 1888.52, 7906.6), (3897.307, 43381130, 2533.41, 11131.1)];
        foreach (var (curve, wanted) in CriticalBatchFit.Fit(Runs()).Zip(expected))
        {
            Assert.Equal(1, curve.A / wanted.A, Printed);
            Assert.Equal(1, curve.B / wanted.B, Printed);
            Assert.Equal(1, curve.CriticalBatch(256, 0.2) / wanted.Critical, Printed);
            Assert.Equal(1, curve.Balance / wanted.Balance, Printed);
        }
    }

    [Fact]
    public void Critical_batch_grows_with_the_model_as_the_paper_says()
    {
        var fit = LawFitting.Fit(Runs(), new() { Law = LawKind.CriticalBatch, EfficientBatch = 256 }, TestContext.Current.CancellationToken);
        Assert.Equal(0.468278, fit["CBS20_exponent(N)"]!.Value, 1e-4);
        Assert.Equal(1, fit["CBS20_prefactor(N)"]!.Value * Math.Pow(1e6, fit["CBS20_exponent(N)"]!.Value) / 93.1968, Printed);       // by millions of parameters
        Assert.Contains(fit.Warnings, warning => warning.StartsWith("Every batch size was run once", StringComparison.Ordinal));
        Assert.Equal(45, fit.Quality!.Residuals.Count);
    }

    [Theory]
    [InlineData(256, 0.1, 0.3925)]
    [InlineData(256, 0.3, 0.5013)]
    [InlineData(256, 0.5, 0.5318)]
    [InlineData(128, 0.2, 0.5318)]
    [InlineData(512, 0.2, 0.3804)]
    [InlineData(0, 0.2, 0.61)]                              // two digits are given, cut off: it is 0.619
    public void Exponent_depends_on_what_is_called_efficient_and_critical(double efficient, double overhead, double expected)
    {
        var curves = CriticalBatchFit.Fit(Runs());
        var law = PowerLaw.Fit([.. curves.Select(curve => curve.Parameters)], [.. curves.Select(curve => curve.CriticalBatch(efficient, overhead))]);
        Assert.Equal(expected, law.Exponent, efficient == 0 ? 1e-2 : 1e-4);             // as many decimals as are given
    }

    [Fact]
    public void A_fitted_exponent_moves_the_critical_batch()
    {
        (double Alpha, double Critical)[] expected = [(1.034, 802), (1.070, 1175), (1.038, 1637), (1.036, 2267), (0.971, 2052)];
        foreach (var (curve, wanted) in CriticalBatchFit.Fit(Runs(), freeExponent: true).Zip(expected))
        {
            Assert.Equal(wanted.Alpha, curve.Alpha, 6e-4);
            Assert.Equal(wanted.Critical, curve.CriticalBatch(256, 0.2), 0.5);           // integers are given
        }
    }

    [Fact]
    public void Intervals_hold_the_true_batch_in_ninety_of_a_hundred_noisy_sweeps()
    {
        const double Steps = 2000, Tokens = 1e7, Noise = 0.03;
        const int Seeds = 3;
        var (held, random) = (0, new Random(1));                // one stream: those of neighbouring seeds are correlated
        for (var sweep = 0; sweep < 100; sweep++)
        {
            var runs = (from batch in Batches from _ in Enumerable.Range(0, Seeds) select Run(batch, (Steps + (Tokens / batch)) * Math.Exp(Noise * Gaussian(random)))).ToList();
            var fit = LawFitting.Fit(runs, new() { Law = LawKind.CriticalBatch, EfficientBatch = 256, Bootstrap = 200, Seed = sweep }, TestContext.Current.CancellationToken);
            var interval = fit.Derived.Single(derived => derived.Name == "CBS20").Interval95!.Value;
            const double True = (0.2 * Tokens / Steps) + (1.2 * 256);
            if (interval.Low <= True && True <= interval.High) held++;
        }
        Assert.True(held >= 90, $"{held} of 100");
    }

    [Fact]
    public void Runs_that_did_not_reach_the_target_are_marked_and_left_out()
    {
        var runs = Batches.Select(batch => Run(batch, batch > 8000 ? null : 2000 + (1e7 / batch))).ToList();
        var curve = Assert.Single(CriticalBatchFit.Fit(runs));
        Assert.Equal([8192, 16384], curve.Censored.Select(run => run.BatchTokens!.Value));
        Assert.Equal(5000, curve.Balance, 1e-3);
        Assert.Contains("2 batch sizes reached the target", Assert.Throws<TernException>(() => CriticalBatchFit.Fit([.. runs.Take(2)])).Message);
    }

    static IReadOnlyList<TrainedModel> Runs() =>
        [.. from size in Table from run in Batches.Zip(size.Steps) select Run(run.First, run.Second) with { Allocation = new(size.Millions * 1e6, double.NaN), Loss = size.Target }];

    static TrainedModel Run(double batch, double? steps) => new(new(double.NaN, double.NaN), double.NaN) { BatchTokens = batch, Steps = steps };

    /// <summary>Box and Muller 1958.</summary>
    static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
