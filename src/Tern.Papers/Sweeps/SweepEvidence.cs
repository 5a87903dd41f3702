using System.Globalization;
using Tern.Models;
using Tern.Models.Files;
using Tern.Papers.Results;
using Tern.Plan.Fitting;
using Tern.Plan.Sweeps;

namespace Tern.Papers.Sweeps;

/// <summary>What a sweep of small trainings says: rows of its table, chosen by the part of the sweep and by what they hold.</summary>
/// <param name="Rows">Of all parts.</param>
/// <param name="Trials">A trial for each run.</param>
sealed record SweepEvidence(IReadOnlyList<SweepRow> Rows, IReadOnlyList<Trial> Trials)
{
    /// <summary>The scatter of a loss that is assumed where no run was repeated with another seed, in nats: what models of this size have.</summary>
    public const double UsualSeedNoise = 0.01;

    const char PartSeparator = '+';

    /// <summary>The folder of the sweep within that of the experiment, and the file in it that says which text it was run on.</summary>
    const string Folder = "sweep", TextHashName = "text.sha256";

    /// <summary>Runs, by tern itself, what is left of those parts of the sweep whose names begin with one of the kinds, and reads the results.</summary>
    /// <exception cref="TernException">A run failed, the folder has a sweep of another text, or there is no program tern.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; runs go on from their checkpoints.</exception>
    public static SweepEvidence Run(Experiment experiment, params IReadOnlyList<string> kinds)
    {
        if (experiment.Seed != 1) throw new TernException("The seeds of this experiment are those of its sweep: leave --seed away.");
        var folder = Path.Combine(experiment.Folder, Folder);
        RequireText(folder, experiment.TextHash);
        var whole = SweepOf(experiment.IsFull, folder);
        var sweep = whole with { Text = Path.GetFullPath(experiment.Text), Chosen = [.. whole.PartNames.Where(part => kinds.Any(kind => IsOfKind(part, kind)))] };
        var outcome = Sweeping.Run(sweep, TrainProcess.OfTern(), Environment.ProcessorCount, progress => Tell(experiment, progress), experiment.Cancellation);
        experiment.Cancellation.ThrowIfCancellationRequested();
        foreach (var (name, failure) in outcome.Failures) throw new TernException($"{name}: {failure} (see {Path.Combine(folder, "runs", name, "train.log")})");
        return Of(Sweeping.Results(sweep));
    }

    /// <summary>Of runs that are at hand.</summary>
    public static SweepEvidence Of(IReadOnlyList<(SweepRun Run, SweepResult Result)> runs) => new(SweepTables.Rows(runs), [.. runs.Select(run => TrialOf(run.Run, run.Result))]);

    /// <summary>The sweep that the evidence comes from.</summary>
    public static Sweep SweepOf(bool full, string folder)
    {
        var name = full ? "scaling.yaml" : "scaling-quick.yaml";
        using var stream = typeof(SweepEvidence).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return Sweep.Parse(reader.ReadToEnd(), name, folder);
    }

    /// <summary>Rows of parts whose names begin with a kind, without those of runs that diverged.</summary>
    public IReadOnlyList<SweepRow> OfKind(params IReadOnlyList<string> kinds) =>
        [.. Rows.Where(row => double.IsFinite(row.Loss) && row.Part.Split(PartSeparator).Any(part => kinds.Any(kind => IsOfKind(part, kind))))];

    /// <summary>Finished models as they were trained, of parts of a kind: the best learning rate of each size, length, batch, precision and seed.</summary>
    public IReadOnlyList<SweepRow> Trained(params IReadOnlyList<string> kinds) =>
        [.. OfKind(kinds).Where(row => row.PPost is null && row.Target is null).GroupBy(row => (row.NParams, row.NTokens, row.Sequences, BitsOf(row), row.Seed)).Select(group => group.MinBy(row => row.Loss)!)];

    /// <summary><see cref="Trained"/> at full precision.</summary>
    public IReadOnlyList<SweepRow> FullPrecision(params IReadOnlyList<string> kinds) => [.. Trained(kinds).Where(IsFull)];

    /// <summary>Models after rounding, with their losses before.</summary>
    public IReadOnlyList<SweepRow> Rounded(params IReadOnlyList<string> kinds) => [.. OfKind(kinds).Where(row => row.PPost is not null && row.LossBefore is not null)];

    /// <summary>Standard deviation of the loss over seeds, in nats, of all runs that differ in nothing else; null where none was repeated.</summary>
    public double? SeedNoise(params IReadOnlyList<string> kinds)
    {
        var groups = Trained(kinds).GroupBy(row => (row.NParams, row.NTokens, row.Sequences, BitsOf(row))).Where(group => group.Count() > 1).ToList();
        if (groups.Count == 0) return null;
        var squares = groups.Sum(group => group.Sum(row => Math.Pow(row.Loss - group.Average(other => other.Loss), 2)));
        return Math.Sqrt(squares / groups.Sum(group => group.Count() - 1));
    }

    public static bool IsFull(SweepRow row) => BitsOf(row) == (16, 16, 16);

    public static (int Weights, int Activations, int KeyValues) BitsOf(SweepRow row) => (row.PW, row.PA, row.PKv);

    public static double Ratio(SweepRow row) => row.NTokens / row.NParams;

    /// <summary>As laws are fitted to them.</summary>
    public static IReadOnlyList<TrainedModel> Models(IEnumerable<SweepRow> rows) => [.. rows.Select(row => row.ToTrainedModel())];

    /// <summary>The runs, for the page of a result: so many of each part.</summary>
    public ResultTable PartsTable() => new("Runs by part of the sweep", ["part", "runs", "weights", "tokens", "hours"],
    [
        .. from part in Rows.SelectMany(row => row.Part.Split(PartSeparator)).Distinct()
           let runs = Rows.Where(row => row.Part.Split(PartSeparator).Contains(part) && row is { PPost: null, Target: null }).ToList()
           where runs.Count > 0
           select (IReadOnlyList<string>)[part, $"{runs.Count}", Between(runs, row => row.NParams), Between(runs, row => row.NTokens), string.Create(CultureInfo.InvariantCulture, $"{runs.Sum(row => row.Seconds) / 3600:F2}")],
    ]);

    static string Between(List<SweepRow> runs, Func<SweepRow, double> what)
    {
        var (least, most) = (runs.Min(what), runs.Max(what));
        return least == most ? Words.Count(least) : $"{Words.Count(least)} to {Words.Count(most)}";
    }

    static bool IsOfKind(string part, string kind) => part.StartsWith(kind, StringComparison.Ordinal);

    /// <summary>Results belong to a text. A folder that does not say which is taken to be of this one, and says it from then on.</summary>
    static void RequireText(string folder, string hash)
    {
        var file = Path.Combine(folder, TextHashName);
        if (File.Exists(file) && DiskFile.ReadAllText(file).Trim() is var known && known != hash) throw new TernException($"{folder}: this sweep was run on another text (SHA-256 {known}, not {hash}). Give another folder with --output, or that text with --file.");
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(file, hash + "\n");
    }

    static void Tell(Experiment experiment, SweepProgress progress)
    {
        if (progress.Ended is { } ended) experiment.Tell(string.Create(CultureInfo.InvariantCulture, $"{progress.Done,3} of {progress.Total}  {ended}{(progress.SecondsLeft is > 60 and var left ? $" (about {left / 60:F0} minutes left)" : "")}"));
    }

    static Trial TrialOf(SweepRun run, SweepResult result)
    {
        var values = new Dictionary<string, double>
        {
            ["held_out_loss"] = result.Loss,
            ["parameters"] = run.Parameters,
            ["tokens"] = run.Tokens,
            ["sequences"] = run.Sequences,
            ["steps"] = result.Steps,
            ["learning_rate"] = run.LearningRate,
            ["seed"] = run.Seed,
        };
        foreach (var rounded in result.PostTraining) values[string.Create(CultureInfo.InvariantCulture, $"rounded_to_{rounded.Bits}_bits")] = rounded.Loss;
        if (result.NoiseScaleTokens is { } noise) values["noise_scale_tokens"] = noise;
        var curves = new Dictionary<string, IReadOnlyList<CurvePoint>>();
        if (result.HeldOut.Count > 1) curves["held_out_loss"] = [.. result.HeldOut.Select(point => new CurvePoint(point.Step, point.Loss))];
        return new Trial(run.Name, result.RecipeHash[..16], result.Seconds, values, curves);
    }
}
