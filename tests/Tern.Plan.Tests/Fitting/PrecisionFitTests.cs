using Tern.Models;
using Tern.Plan.Fitting;
using Tern.Plan.Fitting.Runs;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Fitting;

/// <summary>Runs of the law with the constants that are remembered of Kumar et al. 2024, arXiv 2411.04330, on the grid of that paper.</summary>
public sealed class PrecisionFitTests
{
    static readonly PrecisionLaw Known = PublishedPrecisionLaw.Kumar;
    static readonly double[] Sizes = [3e7, 6e7, 1.1e8, 2.2e8], Lengths = [1.5e9, 3e9, 6e9, 1.3e10, 2.6e10], Bits = [3, 4, 5, 6, 8, 12, 16];

    /// <summary>Relative, without noise: searches end at half of the digits, and A and α trade off against each other.</summary>
    const double Recovered = 1e-4;

    [Fact]
    public void Weights_in_few_bits_without_noise_give_the_constants_back()
    {
        var fit = Fit(WeightRuns(), new() { Bootstrap = 0 });
        foreach (var (name, value) in ((string, double)[])[("A", Known.Base.A), ("B", Known.Base.B), ("E", Known.Base.E), ("alpha", Known.Base.Alpha), ("beta", Known.Base.Beta), ("gamma_w", Known.Gamma.Weights)])
            Assert.Equal(1, fit[name]!.Value / value, Recovered);
        Assert.Equal((0, 0), (fit.Precision!.Gamma.Activations, fit.Precision.Gamma.KeyValues));
        Assert.Equal(["activations", "keys and values"], fit.Warnings.Where(warning => warning.Contains("is fixed at 0")).Select(warning => warning.Split("bits of ")[1].Split(':')[0]));
    }

    /// <summary>0.3 % of noise moves A by a fifth, and γ_w and what is predicted hardly at all.</summary>
    [Fact]
    public void Gamma_and_predictions_bear_noise()
    {
        const double Noise = 0.003;
        const int Draws = 8;
        var (random, gammas) = (new Random(4), new List<double>());
        for (var draw = 0; draw < Draws; draw++)
        {
            var law = Fit([.. WeightRuns().Select(run => run with { Loss = run.Loss * Math.Exp(Noise * Gaussian(random)) })], new() { Bootstrap = 0 }).Precision!;
            foreach (var run in WeightRuns()) Assert.Equal(1, law.Loss(run.Allocation, run.BitsOrFull) / run.Loss, 0.005);
            gammas.Add(law.Gamma.Weights);
        }
        Assert.Equal(1, gammas.Average() / Known.Gamma.Weights, 0.02);      // single draws scatter by about that
        Assert.All(gammas, gamma => Assert.Equal(1, gamma / Known.Gamma.Weights, 0.06));
    }

    [Fact]
    public void Samples_of_the_bootstrap_are_laws_of_precision()
    {
        var random = new Random(5);
        var fit = Fit([.. WeightRuns().Select(run => run with { Loss = run.Loss * Math.Exp(0.003 * Gaussian(random)) })], new() { Bootstrap = 60 });
        Assert.Equal(60, fit.PrecisionSamples.Count());
        var interval = fit.Constants.Single(constant => constant.Name == "gamma_w").Interval95!.Value;
        Assert.InRange(Known.Gamma.Weights, interval.Low, interval.High);
        Assert.InRange((interval.High - interval.Low) / Known.Gamma.Weights, 0.02, 0.2);     // four standard errors of one or two percent
    }

    [Fact]
    public void Parts_alone_and_together_give_three_gammas()
    {
        TrainingBits[] reduced = [.. from bits in (double[])[3, 4, 6, 8] from part in (TrainingBits[])[new(bits, 16, 16), new(16, bits, 16), new(16, 16, bits)] select part];
        var runs = (from at in Grid() from bits in reduced.Append(TrainingBits.All(16)).Append(TrainingBits.All(6)) select Trained(at, bits)).ToList();
        var law = Fit(runs, new() { Bootstrap = 0, TieExponents = true }).Precision!;
        foreach (var (fitted, known) in ((double, double)[])[(law.Gamma.Weights, 2.6745), (law.Gamma.Activations, 2.2102), (law.Gamma.KeyValues, 0.9578)]) Assert.Equal(1, fitted / known, Recovered);
        Assert.Equal(law.Base.Alpha, law.Base.Beta);
    }

    [Fact]
    public void Powers_of_the_factors_are_fitted_where_asked_for()
    {
        var known = Known with { Exponents = new(0.3037, 1, 1) };
        var runs = (from at in Grid() from bits in Bits select new TrainedModel(at, known.Loss(at, new(bits, 16, 16))) { Bits = new(bits, 16, 16) }).ToList();
        var law = Fit(runs, new() { Bootstrap = 0, FreeExponents = true }).Precision!;
        Assert.Equal(1, law.Exponents.Weights / 0.3037, 1e-3);              // γ and its power trade off against each other
        Assert.Equal(1, law.Gamma.Weights / known.Gamma.Weights, 1e-3);
    }

    [Fact]
    public void Bits_that_go_together_share_a_gamma()
    {
        var known = Known with { Gamma = TrainingBits.All(2) };
        var runs = (from at in Grid() from bits in Bits select new TrainedModel(at, known.Loss(at, TrainingBits.All(bits))) { Bits = TrainingBits.All(bits) }).ToList();
        var fit = Fit(runs, new() { Bootstrap = 0 });
        Assert.Equal(1, fit["gamma_w"]!.Value / 2, Recovered);
        Assert.Equal(fit["gamma_w"], fit["gamma_kv"]);
        Assert.Equal(1, fit["P*"]!.Value / (2 * 1.9038136944), Recovered);  // of one γ: note of the closed form, 3x = e^x - 1
        Assert.Contains(fit.Warnings, warning => warning.Contains("go together"));
    }

    [Fact]
    public void Rounded_models_give_the_constants_of_the_damage_back()
    {
        var fit = Fit([.. WeightRuns(), .. Rounded(Known, [TrainingBits.All(16)])], new() { Bootstrap = 0 });
        foreach (var (name, value) in ((string, double)[])[("C_T", 0.0598), ("gamma_D", 0.5068), ("gamma_N", 0.3439), ("gamma_post", 0.5907)]) Assert.Equal(1, fit[name]!.Value / value, 1e-3);      // C_T is at the end of a long lever
        Assert.Null(fit.Precision!.PostTraining!.Robustness);
        var at = new Allocation(1.1e8, 1.3e10);
        Assert.Equal(1, fit.Precision.Damage(at, TrainingBits.All(16), 4) / (Known with { Gamma = new(Known.Gamma.Weights, 0, 0) }).Damage(at, TrainingBits.All(16), 4), Recovered);
    }

    [Fact]
    public void Rounded_models_that_were_trained_in_few_bits_give_robustness()
    {
        var known = Known with { PostTraining = Known.PostTraining! with { Robustness = new(0.5, double.PositiveInfinity, double.PositiveInfinity) } };
        var fit = Fit([.. WeightRuns(), .. Rounded(known, [TrainingBits.All(16), new(8, 16, 16), new(6, 16, 16)])], new() { Bootstrap = 0 });
        Assert.Equal(1, fit["robustness_w"]!.Value / 0.5, 1e-3);
        Assert.Equal(1, fit["C_T"]!.Value / 0.0598, 1e-3);
        Assert.Equal(double.PositiveInfinity, fit.Precision!.PostTraining!.Robustness!.Value.Activations);
    }

    /// <summary>A draw whose law leaves a model no effective parameters has no logarithms to fit: it is one that determines nothing, and the next is drawn.</summary>
    [Fact]
    public void Draws_without_effective_parameters_determine_nothing()
    {
        var rows = Rounded(Known, [TrainingBits.All(16)]).Select(run => new RoundedModel(run.Allocation, run.BitsOrFull, run.PostTrainingBits!.Value, run.Loss - run.LossBefore!.Value)).ToList();
        Assert.NotNull(RoundingFit.Fit(rows, [], sigma: 0.01));
        foreach (var none in (double[])[0, double.NaN])
        {
            rows[3] = rows[3] with { Effective = rows[3].Effective with { Parameters = none } };
            Assert.False(RoundingFit.Determines(rows));
            Assert.Null(RoundingFit.Fit(rows, [], sigma: 0.01));
        }
    }

    /// <summary>Runs of the quick sweep: so few tokens that a γ runs away and leaves rounded models no effective parameters.</summary>
    [Fact]
    public void Where_the_fit_leaves_no_effective_parameters_rounding_is_left_out()
    {
        var fit = Fit(TrainedModels.Read(Path.Combine(AppContext.BaseDirectory, "Fitting", "tiny-sweep.csv")), new() { Bootstrap = 4 });
        Assert.Null(fit.Precision!.PostTraining);
        Assert.DoesNotContain(fit.Constants, constant => constant.Name == "C_T");
        Assert.Contains(fit.Warnings, warning => warning.Contains("do not determine what rounding costs", StringComparison.Ordinal));
    }

    /// <summary>Penalties that fall faster with bits than 1 - e^(-P/γ) lets them bend γ; the law's own do not, whatever the noise.</summary>
    [Theory]
    [InlineData(0.8, 20, true)]
    [InlineData(2.6745, 1, false)]
    public void Penalties_of_another_shape_are_told(double gamma, double power, bool told)
    {
        var (known, random) = (Known with { Gamma = new(gamma, 0, 0), Exponents = new(power, 1, 1) }, new Random(6));
        var runs = (from at in Grid() from bits in Bits select new TrainedModel(at, known.Loss(at, new(bits, 16, 16)) * Math.Exp(0.002 * Gaussian(random))) { Bits = new(bits, 16, 16) }).ToList();
        var fit = Fit(runs, new() { Bootstrap = 0 });
        Assert.Equal(told, fit.Warnings.Any(warning => warning.Contains("not of the law's shape", StringComparison.Ordinal)));
        Assert.DoesNotContain(Fit(runs, new() { Bootstrap = 0, FreeExponents = true }).Warnings, warning => warning.Contains("not of the law's shape", StringComparison.Ordinal));
    }

    [Fact]
    public void Gradients_are_those_of_central_differences()
    {
        var runs = (from at in Grid() from bits in Bits select Trained(at, new(bits, 16, bits))).ToList();
        var parts = PrecisionParts.Of(runs);
        Gradients.AreThoseOfDifferences(new PrecisionObjective(runs, parts, 1e-3, tied: false, freePowers: true), [8, 9.5, 1, 0.48, 0.51, 1.1, 0.2]);
        Gradients.AreThoseOfDifferences(new PrecisionObjective(runs, parts, 1e-3, tied: true, freePowers: false), [8, 9.5, 1, 0.5, 0.9]);
        var rows = Rounded(Known, [TrainingBits.All(16), new(8, 16, 16)]).Select(run => new RoundedModel(run.Allocation, run.BitsOrFull, run.PostTrainingBits!.Value, run.Loss - run.LossBefore!.Value)).ToList();
        var objective = new RoundingFit.RoundingObjective(rows, [PrecisionPart.All[0]], 0.01, Known.PostTraining!);
        Gradients.AreThoseOfDifferences(objective, [-4, 0.4, 0.3, -0.6, -0.5]);
    }

    [Fact]
    public void Runs_at_full_precision_alone_say_nothing_about_precision() =>
        Assert.Contains("nothing to learn about precision", Assert.Throws<TernException>(() => Fit([.. Grid().Select(at => Trained(at, TrainingBits.All(16)))], new())).Message);

    static FittedLaw Fit(IReadOnlyList<TrainedModel> runs, FitOptions options) => LawFitting.Fit(runs, options with { Law = LawKind.Precision }, TestContext.Current.CancellationToken);

    static IEnumerable<Allocation> Grid() => from n in Sizes from d in Lengths select new Allocation(n, d);

    static TrainedModel Trained(Allocation at, TrainingBits bits) => new(at, Known.Loss(at, bits)) { Bits = bits };

    /// <summary>140 runs. Activations and keys at full precision cost nothing here, as the fit has it.</summary>
    static List<TrainedModel> WeightRuns()
    {
        var law = Known with { Gamma = new(Known.Gamma.Weights, 0, 0) };
        return [.. from at in Grid() from bits in Bits let trained = new TrainingBits(bits, 16, 16) select new TrainedModel(at, law.Loss(at, trained)) { Bits = trained }];
    }

    static IEnumerable<TrainedModel> Rounded(PrecisionLaw known, TrainingBits[] trained)
    {
        var law = known with { Gamma = new(known.Gamma.Weights, 0, 0) };
        return from at in Grid()
               from bits in trained
               from left in (double[])[3, 4, 5]
               select new TrainedModel(at, law.Loss(at, bits, left)) { Bits = bits, PostTrainingBits = left, LossBefore = law.Loss(at, bits) };
    }

    /// <summary>Box and Muller 1958.</summary>
    static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
