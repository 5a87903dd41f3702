using Tern.Models;
using Tern.Plan.Laws;
using Tern.Plan.Sweeps;

namespace Tern.Plan.Fitting.Runs;

/// <summary>What a table of runs is about.</summary>
public enum RunTableKind
{
    /// <summary>Sizes, tokens and losses; bits, where there are any.</summary>
    Losses,

    /// <summary>Batch sizes and the steps to a target.</summary>
    BatchSizes,
}

/// <summary>Reads runs from where they are kept.</summary>
public static class TrainedModels
{
    /// <summary>
    /// Reads a table (.csv, .tsv, .jsonl, .parquet), or the folder of a run of <c>tern train</c>, or a folder of such folders. Columns are known by the names in the tables of Besiroglu et al.
    /// (Model Size, Training FLOP, loss: D = FLOP/(6N)), Sardana et al. (Parameters, Tokens, Smoothed Loss), isoFLOP tables (params, tokens, budget, loss), tables of precision
    /// (n_params, n_tokens, p_w, p_a, p_kv, p_post, loss, seed), of batch sizes (batch, steps) and of <c>tern plan sweep</c>; a name that ends in _k, _m, _b or _t says the unit.
    /// </summary>
    /// <param name="path">File or folder.</param>
    /// <param name="kind">Which columns must be there.</param>
    /// <param name="columns">Columns of other names, by N, D, C, L, B, S, p_w, budget, target, ...; null for none. Runs that diverged are left out.</param>
    /// <exception cref="TernException">The table is missing, damaged or holds what is no run; the message has file, line and column.</exception>
    public static IReadOnlyList<TrainedModel> Read(string path, RunTableKind kind = RunTableKind.Losses, IReadOnlyDictionary<string, string>? columns = null) => [.. ReadAll(path, kind, columns).Where(run => !run.Diverged)];

    /// <summary>As <see cref="Read"/>, with runs that diverged.</summary>
    internal static IReadOnlyList<TrainedModel> ReadAll(string path, RunTableKind kind, IReadOnlyDictionary<string, string>? columns)
    {
        if (TrainingFolder.IsOne(path)) return TrainingFolder.Read(path);
        var table = RunTable.Read(path);
        var found = new RunColumns(table, columns);
        return kind == RunTableKind.BatchSizes ? BatchRows(table, found) : LossRows(table, found);
    }

    static List<TrainedModel> LossRows(RunTable table, RunColumns columns)
    {
        columns.Require(RunQuantity.Parameters);
        columns.Require(RunQuantity.Loss);
        if (!columns.Has(RunQuantity.Flop) && !columns.Has(RunQuantity.Budget) && !columns.Has(RunQuantity.TokensPerParameter)) columns.Require(RunQuantity.Tokens);
        var rows = table.Rows.Select(row => LossRow(row, columns)).ToList();
        return [.. rows.Select(row => row with { LossBefore = row.LossBefore ?? Before(row, rows) })];
    }

    static TrainedModel LossRow(RunTableRow row, RunColumns columns)
    {
        var parameters = columns.Required(row, RunQuantity.Parameters);
        var tokens = columns.Has(RunQuantity.Tokens) ? columns.Required(row, RunQuantity.Tokens)
            : columns.Has(RunQuantity.TokensPerParameter) ? parameters * columns.Required(row, RunQuantity.TokensPerParameter)
            : columns.Required(row, columns.Has(RunQuantity.Flop) ? RunQuantity.Flop : RunQuantity.Budget) / (Allocation.TrainingFlopPerParameterAndToken * parameters);
        var diverged = IsDiverged(row, columns);
        return new TrainedModel(new(parameters, tokens), diverged ? double.PositiveInfinity : columns.Required(row, RunQuantity.Loss))
        {
            Name = columns.Text(row, RunQuantity.Name),
            Line = row.Line,
            BudgetFlop = columns.Positive(row, RunQuantity.Budget) ?? columns.Positive(row, RunQuantity.Flop),
            BatchTokens = columns.Positive(row, RunQuantity.Batch),
            Bits = Bits(row, columns),
            PostTrainingBits = columns.Positive(row, RunQuantity.PostTrainingBits),
            LossBefore = columns.Positive(row, RunQuantity.LossBefore),
            Seed = SeedOf(row, columns),
            Parts = PartsOf(row, columns),
            Target = columns.Positive(row, RunQuantity.Target),
            LearningRate = columns.Positive(row, RunQuantity.LearningRate),
            Diverged = diverged,
        };
    }

    static List<TrainedModel> BatchRows(RunTable table, RunColumns columns)
    {
        columns.Require(RunQuantity.Batch);
        columns.Require(RunQuantity.Steps);
        return [.. table.Rows.Select(row => new TrainedModel(
            new(columns.Positive(row, RunQuantity.Parameters) ?? double.NaN, columns.Positive(row, RunQuantity.Tokens) ?? double.NaN), TargetOf(row, columns))
        {
            Name = columns.Text(row, RunQuantity.Name),
            Line = row.Line,
            BatchTokens = columns.Required(row, RunQuantity.Batch),
            Steps = columns.Positive(row, RunQuantity.Steps),
            Bits = Bits(row, columns),
            Seed = SeedOf(row, columns),
            Parts = PartsOf(row, columns),
            Target = columns.Positive(row, RunQuantity.Target),
            LearningRate = columns.Positive(row, RunQuantity.LearningRate),
            Diverged = IsDiverged(row, columns),
        })];
    }

    /// <summary>The target; of tables without such a column the loss, which is it.</summary>
    static double TargetOf(RunTableRow row, RunColumns columns) =>
        (columns.Has(RunQuantity.Target) ? columns.Positive(row, RunQuantity.Target) : columns.Positive(row, RunQuantity.Loss)) ?? double.NaN;

    static IReadOnlyList<string> PartsOf(RunTableRow row, RunColumns columns) => columns.Text(row, RunQuantity.Part)?.Split(SweepTables.PartSeparator) ?? [];

    static bool IsDiverged(RunTableRow row, RunColumns columns) => columns.Text(row, RunQuantity.Diverged)?.ToLowerInvariant() is "true" or "1" or "yes";

    static int? SeedOf(RunTableRow row, RunColumns columns) => columns.Text(row, RunQuantity.Seed) is { } text && RunTableRow.TryNumber(text, out var seed) ? (int)seed : null;

    static TrainingBits? Bits(RunTableRow row, RunColumns columns)
    {
        var (weights, activations, keyValues) = (columns.Positive(row, RunQuantity.WeightBits), columns.Positive(row, RunQuantity.ActivationBits), columns.Positive(row, RunQuantity.KeyValueBits));
        if (weights is null && activations is null && keyValues is null) return null;
        return new(weights ?? TrainedModel.FullPrecision, activations ?? TrainedModel.FullPrecision, keyValues ?? TrainedModel.FullPrecision);
    }

    /// <summary>The loss of the same run before its weights were rounded, from its own row.</summary>
    static double? Before(TrainedModel rounded, List<TrainedModel> rows) => rounded.PostTrainingBits is null ? null
        : rows.FirstOrDefault(row => row.PostTrainingBits is null && row.Allocation == rounded.Allocation && row.Seed == rounded.Seed && row.BitsOrFull == rounded.BitsOrFull && row.Target is null && row.LearningRate == rounded.LearningRate && row.BatchTokens == rounded.BatchTokens)?.Loss;
}
