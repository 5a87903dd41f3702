using Tern.Models;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Fitting;

public sealed class PrecisionFitterTests
{
    /// <summary>The constants of Kumar et al. 2024 as far as they are known, with γ and robustness.</summary>
    static readonly PrecisionLaw Known = PublishedPrecisionLaw.Kumar with { PostTraining = PublishedPrecisionLaw.Kumar.PostTraining! with { Robustness = new(0.5, double.PositiveInfinity, double.PositiveInfinity) } };

    /// <summary>The grid of the paper's runs.</summary>
    static readonly double[] Sizes = [30e6, 60e6, 110e6, 220e6], Lengths = [1.5e9, 3e9, 6e9, 13e9, 26e9];

    [Fact]
    public void Runs_of_a_known_law_give_it_back()
    {
        var fit = LawFitting.Fit(Runs(Known), new() { Law = LawKind.Precision, Bootstrap = 0 }, TestContext.Current.CancellationToken);
        foreach (var (name, value) in ((string, double)[])[("alpha", 0.4965), ("beta", 0.4965), ("E", 2.7648), ("gamma_w", 2.6745), ("gamma_a", 2.2102), ("gamma_kv", 0.9578), ("gamma_D", 0.5068), ("gamma_N", 0.3439), ("gamma_post", 0.5907), ("robustness_w", 0.5)])
            Assert.Equal(1, fit[name]!.Value / value, 0.02);            // gradient norms of a search over eight variables; the weights of small damage
        Assert.Equal(3.468751324, fit["P*"]!.Value, 0.02);              // of these γ, by the equation of the paper
        Assert.Equal(1, fit.Quality!.RSquared, 1e-4);
    }

    [Fact]
    public void Gamma_bears_noise_that_the_other_constants_do_not()
    {
        var random = new Random(1);
        var noisy = Runs(Known).Where(run => run.PostTrainingBits is null).Select(run => run with { Loss = run.Loss * (1 + (0.003 * (random.NextDouble() + random.NextDouble() - 1) * 2.45)) }).ToList();
        var fit = LawFitting.Fit(noisy, new() { Law = LawKind.Precision, Bootstrap = 40 }, TestContext.Current.CancellationToken);
        Assert.Equal(1, fit["gamma_w"]!.Value / 2.6745, 0.1);           // 0.3 % of loss; one draw
        Assert.NotNull(fit.Constants.First(constant => constant.Name == "gamma_w").Interval80);
        Assert.NotNull(fit.Precision);
        Assert.Null(fit.Precision.PostTraining);
    }

    [Fact]
    public void The_gradient_is_that_of_the_objective()
    {
        var objective = new PrecisionObjective([.. Runs(Known).Where(run => run.PostTrainingBits is null)], 1e-3, tied: false, [true, true, true], freeExponents: true);
        double[] at = [8, 9, 0.9, 0.45, 0.52, 0.9, 0.7, 0.2, 0.1, -0.1, 0.05];
        var (gradient, unused) = (new double[at.Length], new double[at.Length]);
        objective.Evaluate(at, gradient);
        for (var i = 0; i < at.Length; i++)
        {
            const double Step = 1e-6;
            double At(double shift) => objective.Evaluate([.. at.Select((value, j) => j == i ? value + shift : value)], unused);
            Assert.Equal((At(Step) - At(-Step)) / (2 * Step), gradient[i], 1e-6);     // central differences of a sum near 1e-1
        }
    }

    [Fact]
    public void Runs_at_full_precision_only_are_refused() => Assert.Contains("full precision", Assert.Throws<TernException>(() =>
        LawFitting.Fit(Synthetic.Surface(PublishedPrecisionLaw.Kumar.Base), new() { Law = LawKind.Precision }, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    static IReadOnlyList<TrainedModel> Runs(PrecisionLaw law)
    {
        TrainingBits[] bits = [TrainingBits.All(16), .. ((double[])[3, 4, 6]).SelectMany(few => new TrainingBits[] { new(few, 16, 16), new(16, few, 16), new(16, 16, few) })];
        var trained = (from n in Sizes from d in Lengths from few in bits select new TrainedModel(new(n, d), law.Loss(new(n, d), few)) { Bits = few }).ToList();
        return [.. trained, .. from run in trained from post in (double[])[2, 3, 4] select run with { PostTrainingBits = post, LossBefore = run.Loss, Loss = law.Loss(run.Allocation, run.BitsOrFull, post) }];
    }
}
