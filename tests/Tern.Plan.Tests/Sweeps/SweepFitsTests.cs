using Tern.Models;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;
using Tern.Plan.Sweeps;
using Tern.Testing;

namespace Tern.Plan.Tests.Sweeps;

/// <summary>From the runs of a sweep to its laws, through its tables. Losses are those of a law, so that the fit must give it back.</summary>
public sealed class SweepFitsTests
{
    static readonly PrecisionLaw Known = new(new(400, 410, 1.7, 0.34, 0.28), new(2.5, 0, 0), new(0.06, 0.5, 0.35, 0.6));
    static readonly string[] Names = ["s", "m", "l", "xl"];
    static readonly long[] Sizes = [300_000, 1_000_000, 2_500_000, 6_000_000];

    /// <summary>Relative; steps are whole, losses are those of the tokens that they come to.</summary>
    const double Recovered = 1e-3;

    [Fact]
    public void Parts_of_a_sweep_are_fitted_each_to_its_law()
    {
        using var folder = new TemporaryFolder();
        var sweep = Sweep.Parse("""
            base: { data: { text: [a.txt] } }
            sizes: { s: { hidden_size: 64 } }
            parts:
              surface: { tokens: [1e6], batch: 8 }
              bits: { tokens: [1e6], batch: 8, weight_bits: [3, 16] }
              batches: { tokens: [1e6], batch: [8, 16], targets: [4] }
              alone: { tokens: [1e6], batch: 8, law: overtraining }
              untold: { tokens: [1e6], batch: 8, law: none }
            """, "sweep.yaml", folder.Path);
        SweepTables.Write(folder.Path, Runs());
        var fits = SweepFits.Fit(sweep, TestContext.Current.CancellationToken);
        Assert.Equal([("surface", LawKind.Chinchilla), ("bits", LawKind.Precision), ("batches", LawKind.CriticalBatch), ("alone", LawKind.Overtraining)], fits.Select(fit => (fit.Part, fit.Law)));

        Assert.Equal(1, fits[0].Fit!.Chinchilla!.Alpha / 0.34, Recovered);
        Assert.Equal(1, fits[1].Fit!.Precision!.Gamma.Weights / 2.5, Recovered);
        Assert.Equal(1, fits[1].Fit!.Precision!.PostTraining!.GammaPost / 0.6, Recovered);
        Assert.Equal(1, fits[2].Fit!["b/a"]!.Value / (Efficient / Floor), 0.05);          // crossings lie on the straight line between two evaluations
        Assert.Contains("has no part 'alone'", fits[3].Problem);
        Assert.Equal(1, FittedLawFile.Read(fits[0].File!).Chinchilla!.Alpha / 0.34, Recovered);
    }

    [Fact]
    public void What_a_law_is_not_about_is_left_out_and_counted()
    {
        using var folder = new TemporaryFolder();
        SweepTables.Write(folder.Path, Runs());
        var fit = LawFitting.Fit(folder["runs.csv"], new() { Parts = ["surface", "bits"], Bootstrap = 0 }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1, fit.Chinchilla!.Beta / 0.28, Recovered);
        Assert.Equal(["Part surface, bits of surface, bits, batches.", "1 row that diverged was left out.", "48 rows of rounded models were left out.", "16 rows of training in few bits were left out.", "16 rows of learning rates that came to a higher loss were left out."], fit.Source.Selection);
        Assert.Contains("did you mean 'surface'?", Assert.Throws<TernException>(() => LawFitting.Fit(folder["runs.csv"], new() { Parts = ["surfaces"] }, cancellationToken: TestContext.Current.CancellationToken)).Message);
    }

    [Theory]
    [InlineData("surface", LawKind.Chinchilla)]
    [InlineData("bits-rounded", LawKind.Precision)]
    [InlineData("batches-steps", LawKind.CriticalBatch)]
    public void Tables_of_parts_are_read_as_they_are(string table, LawKind law)
    {
        using var folder = new TemporaryFolder();
        SweepTables.Write(folder.Path, Runs());
        var fit = LawFitting.Fit(Path.Combine(folder.Path, "tables", table + ".csv"), new() { Law = law, Bootstrap = 0 }, cancellationToken: TestContext.Current.CancellationToken);
        var (value, expected) = law switch { LawKind.Chinchilla => (fit.Chinchilla!.Alpha, 0.34), LawKind.Precision => (fit.Precision!.Gamma.Weights, 2.5), _ => (fit["b/a"]!.Value, Efficient / Floor) };
        Assert.Equal(1, value / expected, law == LawKind.CriticalBatch ? 0.05 : Recovered);
    }

    [Fact]
    public void A_law_that_is_none_is_told_with_its_place()
    {
        var problem = Assert.Throws<TernException>(() => Sweep.Parse("""
            base: { data: { text: [a.txt] } }
            sizes: { s: { hidden_size: 64 } }
            parts:
              surface: { tokens: [1e6], batch: 8, law: chinchila }
            """, "sweep.yaml", "out"));
        Assert.StartsWith("sweep.yaml:4:", problem.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'chinchilla'?", problem.Message);
    }

    /// <summary>Steps at an infinite batch, and tokens at an infinitesimal one, of the target.</summary>
    const double Floor = 500, Efficient = 4e6;

    static IReadOnlyList<(SweepRun, SweepResult)> Runs()
    {
        var runs = new List<(SweepRun, SweepResult)>();
        foreach (var (i, size) in Sizes.Index())
            foreach (var steps in (long[])[1000, 2000, 5000, 12000])
            {
                foreach (var rate in (double[])[1e-3, 3e-3]) runs.Add(Finished(Run("surface", Names[i], size, 8, steps, rate), rate == 1e-3 ? 0.05 : 0));
                runs.Add(Finished(Run("bits", Names[i], size, 8, steps, 3e-3, 3), 0));
                runs.Add(Rounded(Run("bits", Names[i], size, 8, steps, 3e-3, 16, seed: 2)));
            }
        var diverged = Run("surface", "s", Sizes[0], 8, 4000, 1);
        runs.Add((diverged, new SweepResult { RecipeHash = "", Steps = 100, Loss = double.PositiveInfinity, Diverged = true }));
        foreach (var batch in (int[])[8, 16, 32, 64, 128, 256]) runs.Add(ToTarget(batch));
        return runs;
    }

    static SweepRun Run(string part, string size, long parameters, int sequences, long steps, double rate, int weightBits = 16, int seed = 1) => new()
    {
        Name = $"{part}-{size}-{sequences}-{steps}-{rate}-{weightBits}-{seed}",
        Parts = [part],
        Size = size,
        Parameters = parameters,
        NonEmbeddingParameters = parameters / 2,
        SequenceLength = 128,
        Sequences = sequences,
        Steps = steps,
        LearningRate = rate,
        Seed = seed,
        ExactFlop = 1,
        Bits = new(weightBits, 16, 16),
    };

    static (SweepRun, SweepResult) Finished(SweepRun run, double worse) =>
        (run, new SweepResult { RecipeHash = "", Steps = run.Steps, Loss = Known.Loss(new(run.Parameters, run.Tokens), new(run.Bits.Weights, 16, 16)) + worse });

    static (SweepRun, SweepResult) Rounded(SweepRun run)
    {
        var (at, full) = (new Allocation(run.Parameters, run.Tokens), TrainingBits.All(16));
        var (_, result) = Finished(run, 0);
        return (run, result with { PostTraining = [.. ((int[])[2, 3, 4]).Select(bits => new PostTrainingLoss(bits, Known.Loss(at, full, bits)))] });
    }

    /// <summary>A held-out loss that falls through 4 at a + b/B steps.</summary>
    static (SweepRun, SweepResult) ToTarget(int sequences)
    {
        var steps = Floor + (Efficient / (sequences * 128.0));
        var run = Run("batches", "m", Sizes[1], sequences, (long)(2 * steps), 3e-3) with { Targets = [4] };
        return (run, new SweepResult { RecipeHash = "", Steps = run.Steps, Loss = 3, HeldOut = [new(0.5 * steps, 4.5), new(steps * 1.5, 3.5), new(2 * steps, 3)] });
    }
}
