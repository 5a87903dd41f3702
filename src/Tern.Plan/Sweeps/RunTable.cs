using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tern.Models.Files;

namespace Tern.Plan.Sweeps;

/// <summary>A line of runs.csv and runs.jsonl. Empty (null): does not apply.</summary>
public sealed record RunTableRow
{
    public required string Name { get; init; }

    /// <summary>Of the sweep, joined by + where the run belongs to several.</summary>
    public required string Part { get; init; }

    public long NParams { get; init; }

    public long NParamsNonEmbedding { get; init; }

    public double NTokens { get; init; }

    public long BatchTokens { get; init; }

    /// <summary>Of a step.</summary>
    public int Sequences { get; init; }

    public double LearningRate { get; init; }

    /// <summary>Steps until the loss was reached; between two evaluations where there is a target.</summary>
    public double Steps { get; init; }

    /// <summary>Bits of weights while training; 16: full precision.</summary>
    [JsonPropertyName("p_w")]
    public int PW { get; init; }

    [JsonPropertyName("p_a")]
    public int PA { get; init; }

    public int PKv { get; init; }

    /// <summary>Bits that the weights of the finished model were rounded to.</summary>
    public int? PPost { get; init; }

    /// <summary>Nats per held-out token; of the rounded model where there is p_post; infinite where the run diverged.</summary>
    public double Loss { get; init; }

    /// <summary>Before rounding.</summary>
    public double? LossBefore { get; init; }

    /// <summary>The loss whose first crossing this row is about.</summary>
    public double? Target { get; init; }

    public int Seed { get; init; }

    public double Seconds { get; init; }

    /// <summary>6ND.</summary>
    public double Flop { get; init; }

    public double? NoiseScaleTokens { get; init; }

    public bool Diverged { get; init; }

    /// <summary>FLOP that were given out for the run.</summary>
    public double? Budget { get; init; }

    /// <summary>Of the shape, attention included.</summary>
    public double ExactFlop { get; init; }
}

/// <summary>The table of runs that laws are fitted to.</summary>
public static class RunTable
{
    static readonly string[] Columns = ["name", "part", "n_params", "n_params_non_embedding", "n_tokens", "batch_tokens", "sequences", "learning_rate", "steps", "p_w", "p_a", "p_kv", "p_post", "loss", "loss_before", "target",
        "seed", "seconds", "flop", "noise_scale_tokens", "diverged", "budget", "exact_flop"];

    /// <summary>A row for each run, one for each number of bits that it was rounded to, and one for each target that it reached. Runs that failed have none.</summary>
    public static IReadOnlyList<RunTableRow> Rows(IReadOnlyList<(SweepRun Run, SweepResult Result)> runs) => [.. runs.Where(run => run.Result.IsFinal).SelectMany(run => RowsOf(run.Run, run.Result, runs))];

    /// <summary>Writes runs.csv and runs.jsonl.</summary>
    public static void Write(string folder, IReadOnlyList<RunTableRow> rows)
    {
        var (csv, lines) = (new StringBuilder(string.Join(',', Columns)).Append('\n'), new StringBuilder());
        foreach (var row in rows)
        {
            csv.AppendJoin(',', Values(row)).Append('\n');
            lines.Append(JsonSerializer.Serialize(row, SweepJson.Options)).Append('\n');
        }
        AtomicFile.WriteText(Path.Combine(folder, "runs.csv"), csv.ToString());
        AtomicFile.WriteText(Path.Combine(folder, "runs.jsonl"), lines.ToString());
    }

    static IEnumerable<RunTableRow> RowsOf(SweepRun run, SweepResult result, IReadOnlyList<(SweepRun Run, SweepResult Result)> all)
    {
        var row = RowOf(run, result);
        yield return row;
        foreach (var rounded in result.PostTraining) yield return row with { PPost = rounded.Bits, Loss = rounded.Loss, LossBefore = result.Loss };
        foreach (var target in TargetsOf(run, all))
            if (LossCurve.Crossing(result.HeldOut, target) is { } step)
                yield return row with { Target = target, Loss = target, Steps = step, NTokens = step * run.BatchTokens, Flop = 6.0 * run.Parameters * step * run.BatchTokens, Seconds = result.Seconds * step / Math.Max(1, result.Steps) };
    }

    static RunTableRow RowOf(SweepRun run, SweepResult result) => new()
    {
        Name = run.Name,
        Part = string.Join('+', run.Parts),
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
        Budget = run.Budget,
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

    static IEnumerable<string> Values(RunTableRow row)
    {
        using var document = JsonSerializer.SerializeToDocument(row, SweepJson.Options);
        return [.. Columns.Select(column => document.RootElement.GetProperty(column) switch
        {
            { ValueKind: JsonValueKind.Null } => "",
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            var value => value.GetRawText(),
        })];
    }
}
