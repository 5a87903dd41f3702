using Tern.Models;
using Tern.Plan.Laws;

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
    /// (n_params, n_tokens, p_w, p_a, p_kv, p_post, loss, seed) and of batch sizes (batch, steps); a name that ends in _k, _m, _b or _t says the unit.
    /// </summary>
    /// <param name="path">File or folder.</param>
    /// <param name="kind">Which columns must be there.</param>
    /// <param name="columns">Columns of other names, by N, D, C, L, B, S, p_w, ...; null for none.</param>
    /// <exception cref="TernException">The table is missing, damaged or holds what is no run; the message has file, line and column.</exception>
    public static IReadOnlyList<TrainedModel> Read(string path, RunTableKind kind = RunTableKind.Losses, IReadOnlyDictionary<string, string>? columns = null)
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
        if (!columns.Has(RunQuantity.Flop) && !columns.Has(RunQuantity.TokensPerParameter)) columns.Require(RunQuantity.Tokens);
        var rows = table.Rows.Select(row => LossRow(row, columns)).ToList();
        return [.. rows.Select(row => row with { LossBefore = row.LossBefore ?? Before(row, rows) })];
    }

    static TrainedModel LossRow(RunTableRow row, RunColumns columns)
    {
        var parameters = columns.Required(row, RunQuantity.Parameters);
        var tokens = columns.Has(RunQuantity.Tokens) ? columns.Required(row, RunQuantity.Tokens)
            : columns.Has(RunQuantity.TokensPerParameter) ? parameters * columns.Required(row, RunQuantity.TokensPerParameter)
            : columns.Required(row, RunQuantity.Flop) / (Allocation.TrainingFlopPerParameterAndToken * parameters);
        return new TrainedModel(new(parameters, tokens), columns.Required(row, RunQuantity.Loss))
        {
            Name = columns.Text(row, RunQuantity.Name),
            Line = row.Line,
            BudgetFlop = columns.Positive(row, RunQuantity.Flop),
            Bits = Bits(row, columns),
            PostTrainingBits = columns.Positive(row, RunQuantity.PostTrainingBits),
            LossBefore = columns.Positive(row, RunQuantity.LossBefore),
            Seed = SeedOf(row, columns),
        };
    }

    static List<TrainedModel> BatchRows(RunTable table, RunColumns columns)
    {
        columns.Require(RunQuantity.Batch);
        columns.Require(RunQuantity.Steps);
        return [.. table.Rows.Select(row => new TrainedModel(
            new(columns.Positive(row, RunQuantity.Parameters) ?? double.NaN, columns.Positive(row, RunQuantity.Tokens) ?? double.NaN), columns.Positive(row, RunQuantity.Loss) ?? double.NaN)
        {
            Name = columns.Text(row, RunQuantity.Name),
            Line = row.Line,
            BatchTokens = columns.Required(row, RunQuantity.Batch),
            Steps = columns.Positive(row, RunQuantity.Steps),
            Seed = SeedOf(row, columns),
        })];
    }

    static int? SeedOf(RunTableRow row, RunColumns columns) => columns.Text(row, RunQuantity.Seed) is { } text && RunTableRow.TryNumber(text, out var seed) ? (int)seed : null;

    static TrainingBits? Bits(RunTableRow row, RunColumns columns)
    {
        var (weights, activations, keyValues) = (columns.Positive(row, RunQuantity.WeightBits), columns.Positive(row, RunQuantity.ActivationBits), columns.Positive(row, RunQuantity.KeyValueBits));
        if (weights is null && activations is null && keyValues is null) return null;
        return new(weights ?? TrainedModel.FullPrecision, activations ?? TrainedModel.FullPrecision, keyValues ?? TrainedModel.FullPrecision);
    }

    /// <summary>The loss of the same run before its weights were rounded, from its own row.</summary>
    static double? Before(TrainedModel rounded, List<TrainedModel> rows) => rounded.PostTrainingBits is null ? null
        : rows.FirstOrDefault(row => row.PostTrainingBits is null && row.Allocation == rounded.Allocation && row.Seed == rounded.Seed && row.BitsOrFull == rounded.BitsOrFull)?.Loss;
}
