using System.Text.Json;
using Tern.Models.Files;

namespace Tern.Plan.Sweeps;

/// <summary>
/// The tables of a sweep. runs.csv and runs.jsonl have everything. For each part there are tables that <c>tern plan fit</c> reads as they are: tables/PART.csv, the finished runs; where
/// models were rounded, tables/PART-rounded.csv, these and a row for each number of bits; where there are targets, tables/PART-steps.csv, the steps to each of them.
/// </summary>
public static class SweepTables
{
    /// <summary>The table of everything.</summary>
    public const string FileName = "runs.csv";

    static readonly string[] AllColumns = ["name", "part", "n_params", "n_params_non_embedding", "n_tokens", "batch_tokens", "sequences", "learning_rate", "steps", "p_w", "p_a", "p_kv", "p_post", "loss", "loss_before", "target",
        "seed", "seconds", "flop", "noise_scale_tokens", "diverged", "budget_flop", "exact_flop"];

    static readonly string[] LossColumns = ["name", "n_params", "n_tokens", "batch_tokens", "learning_rate", "p_w", "p_a", "p_kv", "p_post", "loss", "loss_before", "seed"];

    static readonly string[] StepColumns = ["name", "n_params", "n_tokens", "batch_tokens", "learning_rate", "steps", "p_w", "p_a", "p_kv", "target", "seed"];

    /// <summary>A row for each run, one for each number of bits that it was rounded to, and one for each target that it reached. Runs that failed have none.</summary>
    public static IReadOnlyList<SweepRow> Rows(IReadOnlyList<(SweepRun Run, SweepResult Result)> runs) => [.. runs.Where(run => run.Result.IsFinal).SelectMany(run => RowsOf(run.Run, run.Result, runs))];

    /// <summary>Writes the tables into the folder of the sweep.</summary>
    public static void Write(string folder, IReadOnlyList<(SweepRun Run, SweepResult Result)> runs)
    {
        var rows = Rows(runs);
        WriteCsv(Path.Combine(folder, FileName), AllColumns, rows);
        AtomicFile.WriteText(Path.Combine(folder, "runs.jsonl"), string.Concat(rows.Select(row => JsonSerializer.Serialize(row, SweepJson.Options) + "\n")));
        var tables = Path.Combine(folder, "tables");
        Directory.CreateDirectory(tables);
        foreach (var part in runs.SelectMany(run => run.Run.Parts).Distinct())
        {
            var own = rows.Where(row => row.Part.Split(PartSeparator).Contains(part) && double.IsFinite(row.Loss)).ToList();
            var columns = own.Any(row => row.BudgetFlop is not null) ? [.. LossColumns, "budget_flop"] : LossColumns;
            var losses = own.Where(row => row.Target is null).ToList();
            WriteCsv(Path.Combine(tables, $"{part}.csv"), columns, losses.Where(row => row.PPost is null));
            if (losses.Any(row => row.PPost is not null)) WriteCsv(Path.Combine(tables, $"{part}-rounded.csv"), columns, losses);
            if (own.Any(row => row.Target is not null)) WriteCsv(Path.Combine(tables, $"{part}-steps.csv"), StepColumns, own.Where(row => row.Target is not null));
        }
    }

    /// <summary>Between the parts of a run.</summary>
    internal const char PartSeparator = '+';

    /// <summary>Of a budget the fitter's column is budget: beside it there may be no other that counts FLOP.</summary>
    static string Heading(string column, string[] columns) => column == "budget_flop" && !columns.Contains("flop") ? "budget" : column;

    static void WriteCsv(string path, string[] columns, IEnumerable<SweepRow> rows) => AtomicFile.WriteText(path,
        string.Concat(rows.Select(row => string.Join(',', Values(row, columns)) + "\n").Prepend(string.Join(',', columns.Select(column => Heading(column, columns))) + "\n")));

    static IEnumerable<SweepRow> RowsOf(SweepRun run, SweepResult result, IReadOnlyList<(SweepRun Run, SweepResult Result)> all)
    {
        var row = RowOf(run, result);
        yield return row;
        foreach (var rounded in result.PostTraining) yield return row with { PPost = rounded.Bits, Loss = rounded.Loss, LossBefore = result.Loss };
        foreach (var target in TargetsOf(run, all))
            if (LossCurve.Crossing(result.HeldOut, target) is { } step)
                yield return row with { Target = target, Loss = target, Steps = step, NTokens = step * run.BatchTokens, Flop = 6.0 * run.Parameters * step * run.BatchTokens, Seconds = result.Seconds * step / Math.Max(1, result.Steps) };
    }

    static SweepRow RowOf(SweepRun run, SweepResult result) => new()
    {
        Name = run.Name,
        Part = string.Join(PartSeparator, run.Parts),
        NParams = run.Parameters,
        NParamsNonEmbedding = run.NonEmbeddingParameters,
        NTokens = result.Diverged ? run.Tokens : result.Steps * run.BatchTokens,
        BatchTokens = run.BatchTokens,
        Sequences = run.Sequences,
        LearningRate = run.LearningRate,
        Steps = result.Diverged ? run.Steps : result.Steps,
        PW = run.Bits.Weights,
        PA = run.Bits.Activations,
        PKv = run.Bits.KeyValues,
        Loss = result.Loss,
        Seed = run.Seed,
        Seconds = result.Seconds,
        Flop = 6.0 * run.Parameters * (result.Diverged ? run.Tokens : result.Steps * run.BatchTokens),
        NoiseScaleTokens = result.NoiseScaleTokens,
        Diverged = result.Diverged,
        BudgetFlop = run.Budget,
        ExactFlop = run.ExactFlop * (result.Diverged ? 1 : (double)result.Steps / run.Steps),
    };

    /// <summary>Those of the sweep file, and the losses of the best run with the reference's batch, which has the same size, seed and bits.</summary>
    static IEnumerable<double> TargetsOf(SweepRun run, IReadOnlyList<(SweepRun Run, SweepResult Result)> all)
    {
        if (run.TargetsFrom is not { } from) return run.Targets;
        var references = all.Where(other => other.Result is { IsFinal: true, Diverged: false, HeldOut.Count: > 0 } && other.Run.Sequences == from.Batch && other.Run.TargetsFrom == from
            && other.Run.Size == run.Size && other.Run.Bits == run.Bits && other.Run.Seed == run.Seed).ToList();
        if (references.Count == 0) return run.Targets;
        var reference = references.MinBy(other => other.Result.Loss).Result;
        return run.Targets.Concat(from.At.Select(part => LossCurve.At(reference.HeldOut, part * reference.Steps)));
    }

    static IEnumerable<string> Values(SweepRow row, string[] columns)
    {
        using var document = JsonSerializer.SerializeToDocument(row, SweepJson.Options);
        return [.. columns.Select(column => document.RootElement.GetProperty(column) switch
        {
            { ValueKind: JsonValueKind.Null } => "",
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            var value => value.GetRawText(),
        })];
    }
}
