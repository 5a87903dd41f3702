using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Tern.Plan.Fitting;
using Tern.Testing;

namespace Tern.Plan.Tests.Fitting;

/// <summary>A law of ordinary ratios promises too low a loss at extreme ones: the last claim of Sardana et al. 2024, arXiv 2401.00448, by numbers computed with SciPy from the published runs.</summary>
public sealed class ExtrapolationTests
{
    [Fact]
    public void A_law_of_up_to_100_tokens_a_parameter_is_too_low_at_1000_by_7_percent_and_at_10000_by_15()
    {
        var runs = PublishedRuns.Sardana();
        double Error(FittedLaw law, double ratio) => 100 * runs.Where(run => Math.Abs((run.Allocation.TokensPerParameter / ratio) - 1) < 0.01).Average(run => (law.Chinchilla!.Loss(run.Allocation) / run.Loss) - 1);
        var (ordinary, all) = (Fit(runs.UpTo(100)), Fit(runs));
        foreach (var (law, at1000, at10000) in ((FittedLaw, double, double)[])[(ordinary, -7.4, -15.0), (all, -2.2, -5.8)])
        {
            Assert.Equal(at1000, Error(law, 1000), 0.051);          // one decimal is given
            Assert.Equal(at10000, Error(law, 10000), 0.051);
        }
    }

    /// <summary>Runs of Gadre et al. 2024, arXiv 2403.08540, trained on three texts: fitted up to 20 tokens a parameter and held against those of more than 300, on two held-out texts; then fitted to all.</summary>
    [Fact]
    public void So_are_laws_of_other_runs_on_other_texts()
    {
        var runs = OverTrained();
        Assert.Equal([34, 34, 35, 35, 35, 35], runs.Select(set => set.Count).Order());
        var errors = runs.Select(set => (Ordinary: FarError(Fit(set.UpTo(20)), set), All: FarError(Fit(set), set))).ToList();
        Assert.Equal(-12.3, errors.Max(error => error.Ordinary), 0.11);             // one decimal is given, and E is hardly identified
        Assert.Equal(-17.0, errors.Min(error => error.Ordinary), 0.11);
        Assert.Equal(-0.1, errors.Max(error => error.All), 0.11);
        Assert.Equal(-1.7, errors.Min(error => error.All), 0.11);

        static double FarError(FittedLaw law, IReadOnlyList<TrainedModel> runs) => 100 * runs.Where(run => run.Allocation.TokensPerParameter > 300).Average(run => (law.Chinchilla!.Loss(run.Allocation) / run.Loss) - 1);
    }

    static FittedLaw Fit(IReadOnlyList<TrainedModel> runs) => LawFitting.Fit(runs, new() { Bootstrap = 0 }, TestContext.Current.CancellationToken);

    /// <summary>The runs of each text by each held-out text (C4 and that of OpenLM), from the JSON files of mlfoundations/scaling.</summary>
    static List<IReadOnlyList<TrainedModel>> OverTrained()
    {
        using var file = File.OpenRead(RealData.Path("scaling/overtraining/models.tar.gz"));
        using var archive = new TarReader(new GZipStream(file, CompressionMode.Decompress));
        var runs = new List<(string Trained, string HeldOut, TrainedModel Run)>();
        while (archive.GetNextEntry() is { } entry)
        {
            if (!entry.Name.EndsWith(".json", StringComparison.Ordinal)) continue;
            using var json = JsonDocument.Parse(entry.DataStream!);
            var how = json.RootElement.GetProperty("hyperparameters");
            foreach (var result in json.RootElement.GetProperty("results").EnumerateArray())
                runs.Add((json.RootElement.GetProperty("dataset_name").GetString()!, result.GetProperty("val_data")[0].GetString()!, new(new(how.GetProperty("params").GetDouble(), how.GetProperty("tokens").GetDouble()), result.GetProperty("loss").GetDouble())));
        }

        return [.. runs.Where(run => run.HeldOut.Contains("c4_val", StringComparison.Ordinal) || run.HeldOut.Contains("/openlm/", StringComparison.Ordinal)).GroupBy(run => (run.Trained, run.HeldOut)).Select(group => (IReadOnlyList<TrainedModel>)[.. group.Select(run => run.Run)])];
    }
}
