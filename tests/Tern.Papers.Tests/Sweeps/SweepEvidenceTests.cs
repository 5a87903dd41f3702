using Tern.Models;
using Tern.Papers.Results;
using Tern.Papers.Sweeps;
using Tern.Plan.Sweeps;

namespace Tern.Papers.Tests.Sweeps;

public sealed class SweepEvidenceTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("tern-evidence-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_sweeps_have_every_part_that_the_papers_ask_for(bool full)
    {
        var parts = SweepEvidence.SweepOf(full, _folder).PartNames;
        Assert.All(["isoflop", "length", "weight_bits", "activation_bits", "kv_bits", "joint", "seeds", "batch", "noise"], kind => Assert.Contains(parts, part => part.StartsWith(kind, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_chosen_part_has_the_runs_that_it_has_in_the_whole_sweep()
    {
        var whole = SweepEvidence.SweepOf(full: true, _folder);
        var chosen = SweepGrid.Expand(whole with { Chosen = ["seeds"], Text = "/elsewhere/*.txt" });
        Assert.Equal(3, chosen.Count);
        Assert.Subset(SweepGrid.Expand(whole).Select(run => run.Name).ToHashSet(), chosen.Select(run => run.Name).ToHashSet());
    }

    [Fact]
    public void A_folder_with_a_sweep_of_another_text_is_refused()
    {
        var text = Path.Combine(_folder, "text.txt");
        File.WriteAllText(text, "one");
        Directory.CreateDirectory(Path.Combine(_folder, "sweep"));
        File.WriteAllText(Path.Combine(_folder, "sweep", "text.sha256"), "of another\n");
        var experiment = new Experiment(ReproductionScale.Quick, text, _folder, 1, _ => { }, TestContext.Current.CancellationToken);
        Assert.Contains("another text", Assert.Throws<TernException>(() => SweepEvidence.Run(experiment, "noise")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_seed_is_refused() => Assert.Contains("--seed", Assert.Throws<TernException>(() =>
        SweepEvidence.Run(new Experiment(ReproductionScale.Quick, "none.txt", _folder, 2, _ => { }, TestContext.Current.CancellationToken), "noise")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_of_texts_has_a_hash_of_names_in_order_and_content()
    {
        var texts = Directory.CreateDirectory(Path.Combine(_folder, "text")).FullName;
        File.WriteAllText(Path.Combine(texts, "a.txt"), "first");
        File.WriteAllText(Path.Combine(texts, "b.txt"), "second");
        var before = Experiment.HashOf(texts);
        Assert.Equal(before, Experiment.HashOf(texts));
        File.WriteAllText(Path.Combine(texts, "b.txt"), "another");
        Assert.NotEqual(before, Experiment.HashOf(texts));
    }

    [Fact]
    public void Seeds_scatter_by_the_pooled_deviation()
    {
        SweepRow Row(long size, int seed, double loss) => KnownRows.Row("seeds", size, 1e6, loss) with { Seed = seed };
        var evidence = new SweepEvidence([Row(1000, 1, 2.0), Row(1000, 2, 2.2), Row(2000, 1, 1.0), Row(2000, 2, 1.0), Row(3000, 1, 5)], []);
        Assert.Equal(0.1, evidence.SeedNoise("seeds")!.Value, 1e-12);       // (0.01 + 0.01 + 0 + 0) / 2 degrees of freedom
        Assert.Null(evidence.SeedNoise("length"));
    }

    [Fact]
    public void Of_learning_rates_the_best_counts_and_runs_that_diverged_do_not()
    {
        SweepRow Row(double rate, double loss) => KnownRows.Row("rates", 1000, 1e6, loss) with { LearningRate = rate };
        Assert.Equal(2.1, Assert.Single(new SweepEvidence([Row(1, 2.4), Row(2, 2.1), Row(4, double.PositiveInfinity)], []).Trained("rates")).Loss);
    }
}
