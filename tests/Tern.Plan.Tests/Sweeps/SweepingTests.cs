using System.Globalization;
using System.Text.RegularExpressions;
using Tern.Models;
using Tern.Plan.Fitting.Runs;
using Tern.Plan.Sweeps;
using Tern.Testing;

namespace Tern.Plan.Tests.Sweeps;

/// <summary>Grids, and how a sweep goes on, with a program that writes what tern train would.</summary>
public sealed partial class SweepingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    const string Recipe = """
        base:
          model: { name: llama, tie_embeddings: true }
          tokenizer: { name: train_bpe, vocab_size: 257 }
          data: { sequence_length: 128, sources: [ { path: a.txt } ] }
          optimizer: { name: adamw, learning_rate: 1e-3 }
        sizes:
          small: { hidden_size: 32, layers: 1, heads: 2 }
          large: { hidden_size: 64, layers: 2, heads: 2 }

        """;

    Sweep SweepOf(string parts) => Sweep.Parse(Recipe + parts, "sweep.yaml", _folder.Path);

    [Fact]
    public void A_grid_has_every_combination_and_a_point_of_two_grids_is_one_run()
    {
        var runs = SweepGrid.Expand(SweepOf("""
            parts:
              surface: { tokens: [1e5, 2e5], batch: [4, 8], seeds: [1, 2] }
              bits: { sizes: [small], tokens: [1e5], batch: [4], weight_bits: [2, 4, 16] }
            """));
        Assert.Equal((2 * 2 * 2 * 2) + 2, runs.Count);              // sizes, tokens, batches, seeds; 16 bits of the second grid are a run of the first
        Assert.Equal(runs.Count, runs.Select(run => run.Name).Distinct().Count());
        Assert.Equal(["surface", "bits"], runs.Single(run => run.Parts.Count == 2).Parts);
        Assert.Equal(runs.OrderByDescending(run => run.ExactFlop).Select(run => run.ExactFlop), runs.Select(run => run.ExactFlop));
        Assert.All(runs, run => Assert.InRange(run.Tokens, 0.99e5, 2.02e5));        // whole steps
        Assert.All(runs, run => Assert.Equal(6.0 * run.Parameters * run.Tokens, run.Flop));
    }

    [Fact]
    public void Equal_operations_give_each_size_the_tokens_that_they_pay_for()
    {
        var runs = SweepGrid.Expand(SweepOf("parts: { equal: { isoflop: { budgets: [1e11], most_tokens_per_parameter: 20 }, batch: 4 } }"));
        var run = Assert.Single(runs);                              // the small size would read more tokens than that for each parameter
        Assert.Equal(("large", 1e11), (run.Size, run.Budget));
        Assert.Equal(1, run.Flop / 1e11, 0.02);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_sweep_that_was_stopped_repeats_nothing_and_goes_on_where_a_run_was_begun(int jobs)
    {
        var sweep = SweepOf("parts: { surface: { tokens: [1e5, 2e5, 3e5], batch: 4 } }");
        var names = SweepGrid.Expand(sweep).Select(run => run.Name).ToList();
        using var stop = new CancellationTokenSource();
        var first = new Program(order =>
        {
            if (NameOf(order) != names[2]) return null;
            Directory.CreateDirectory(Path.Combine(FolderOf(order), "checkpoints", "step-1"));
            stop.Cancel();
            return new(130, "", "stopped");
        });
        var stopped = Sweeping.Run(sweep, first, jobs, _ => { }, stop.Token);
        Assert.True(stopped.Interrupted);
        Assert.InRange(stopped.Done, 2, 3);                         // two at a time: another may end after the stop
        var done = Sweeping.Results(sweep).Select(pair => pair.Run.Name).ToList();

        var second = new Program();
        var whole = Sweeping.Run(sweep, second, jobs, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal((6, 6, false), (whole.Runs, whole.Done, whole.Interrupted));
        Assert.Equal(names.Except(done).Order(), second.Orders.Select(order => order.Run).Order());         // nor is the text tokenised again
        Assert.Equal([names[2]], second.Orders.Where(order => order.Resume).Select(order => order.Run));
        Assert.False(Directory.Exists(_folder[$"runs/{names[2]}/checkpoints"]));

        var third = new Program();
        Assert.Equal(6, Sweeping.Run(sweep, third, jobs, _ => { }, TestContext.Current.CancellationToken).Done);
        Assert.Empty(third.Orders);
        Assert.Equal(6, TrainedModels.Read(whole.Table).Count);
    }

    [Fact]
    public void A_run_that_failed_is_told_and_tried_again_and_one_that_diverged_is_not()
    {
        var sweep = SweepOf("parts: { surface: { tokens: [1e5], batch: [4, 8] } }");
        var names = SweepGrid.Expand(sweep).Select(run => run.Name).ToList();
        var first = Sweeping.Run(sweep, new Program(order => NameOf(order) == names[0] ? new(1, "", "the disk is full") : NameOf(order) == names[1] ? new(1, """{"diverged":true}""", "") : null), 1, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal((names[0], "the disk is full"), (Assert.Single(first.Failures).Key, first.Failures[names[0]]));
        Assert.Equal((3, 1), (first.Done, first.Diverged));

        var again = new Program();
        var second = Sweeping.Run(sweep, again, 1, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal([names[0]], again.Orders.Select(order => order.Run));
        Assert.Empty(second.Failures);
        Assert.Equal(3, TrainedModels.Read(second.Table).Count);            // the run that diverged has a line, but no loss
    }

    [Fact]
    public void A_text_that_cannot_be_prepared_ends_the_sweep_with_the_last_message()
    {
        var sweep = SweepOf("parts: { surface: { tokens: [1e5], batch: 4 } }");
        var problem = Assert.Throws<TernException>(() => Sweeping.Run(sweep, new Program(order => NameOf(order) == "preparation" ? new(1, "", "a.txt: there is no such file") : null), 1, _ => { }, TestContext.Current.CancellationToken));
        Assert.Contains("a.txt: there is no such file", problem.Message);
    }

    [Fact]
    public void A_forecast_knows_what_is_done_and_how_fast_it_went()
    {
        var sweep = SweepOf("parts: { surface: { tokens: [1e5, 2e5], batch: 4 } }");
        Assert.Null(SweepForecast.Of(sweep, 1).SecondsLeft);
        Sweeping.Run(sweep with { Chosen = ["surface"] }, new Program(order => NameOf(order).StartsWith("large", StringComparison.Ordinal) ? new(1, "", "no time") : null), 1, _ => { }, TestContext.Current.CancellationToken);
        var forecast = SweepForecast.Of(sweep, 2);
        Assert.Equal(2, forecast.Runs.Count(run => run.Done));
        Assert.Equal(forecast.Runs.Where(run => !run.Done).Sum(run => run.ExactFlop), forecast.FlopLeft);
        var rate = forecast.Runs.Where(run => run.Done).Sum(run => run.ExactFlop) / forecast.Runs.Where(run => run.Done).Sum(run => run.NTokens / Speed);
        Assert.Equal(1, forecast.SecondsLeft!.Value / (forecast.FlopLeft / rate / 2), 1e-9);
    }

    /// <summary>Tokens per second of every run.</summary>
    const double Speed = 1000;

    static string FolderOf(TrainOrder order) => Path.GetDirectoryName(order.Recipe)!;

    static string NameOf(TrainOrder order) => Path.GetFileName(FolderOf(order));

    /// <summary>Writes the log of a run that came to an end; or ends as it is told to.</summary>
    sealed partial class Program(Func<TrainOrder, TrainEnd?>? ending = null) : ITrainProgram
    {
        public List<(string Run, bool Resume)> Orders { get; } = [];

        public TrainEnd Run(TrainOrder order, CancellationToken cancellationToken)
        {
            lock (Orders) Orders.Add((NameOf(order), order.Resume));
            if (ending?.Invoke(order) is { } told) return told;
            var recipe = File.ReadAllText(order.Recipe);
            int Number(Regex of) => int.Parse(of.Match(recipe).Groups[1].Value, CultureInfo.InvariantCulture);
            var (steps, tokens) = (Number(Steps()), Number(Steps()) * Number(Sequences()) * 128L);
            if (NameOf(order) == "preparation") File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(FolderOf(order), "model")).FullName, "tokenizer.json"), "{}");
            File.WriteAllText(Path.Combine(FolderOf(order), "metrics.jsonl"), string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{steps},\"tokens\":{tokens},\"tokens_per_second\":{Speed}}}\n"));
            return new(0, string.Create(CultureInfo.InvariantCulture, $"{{\"held_out_loss\":3.5,\"steps\":{steps}}}"), "");
        }

        [GeneratedRegex(@"^steps: (\d+)", RegexOptions.Multiline)]
        private static partial Regex Steps();

        [GeneratedRegex(@"sequences: (\d+)")]
        private static partial Regex Sequences();
    }
}
