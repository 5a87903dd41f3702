using System.Globalization;
using Tern.Plan.Budgets;

namespace Tern.Plan.Reports;

/// <summary>A table of the page.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Columns">Empty: the rows are names and values.</param>
/// <param name="Rows">Text.</param>
/// <param name="Remark">Below it; null: none.</param>
sealed record PlanTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string? Remark = null);

/// <summary>The tables of a plan.</summary>
static class PlanTables
{
    const double Giga = 1e9;

    public static IEnumerable<PlanTable> Of(PlanAnswer plan)
    {
        yield return new("The plan", [], [.. Rows(plan).Select(row => (IReadOnlyList<string>)[row.Name, row.Value])], string.Join("; ", plan.Cost.PriceSources));
        if (plan.Sensitivity.Count > 0)
        {
            yield return new("If the demand is another one", ["demand", "served tokens", "this plan", "best model of the same loss", "its cost", "more by"],
                [.. plan.Sensitivity.Select(at => (IReadOnlyList<string>)[Text($"×\u00a0{at.Factor:G3}"), Count(plan.Demand.Tokens * at.Factor), Cost(plan, at.TotalFlop, at.TotalUsd), $"{Count(at.Best.Parameters)} on {Count(at.Best.Tokens)}", Cost(plan, at.BestFlop, at.BestUsd), Text($"{100 * at.Regret:F1} %")])]);
        }

        if (plan.Precision.Rounding.Count > 0)
        {
            yield return new("Rounding the weights after training", ["bits", "adds, nats per token", "D_crit, tokens past which it hurts more"],
                [.. plan.Precision.Rounding.Select(at => (IReadOnlyList<string>)[Text($"{at.Bits:G3}"), Text($"{at.Damage:G3}"), double.IsFinite(at.CriticalTokens) ? Count(at.CriticalTokens) : "none"])], plan.Precision.Source);
        }

        yield return new("Batch and steps for the same loss", ["batch, tokens", "steps", "tokens in all", "more tokens", "steps over those at the critical batch"],
            [.. plan.Batch.Trades.Select(at => (IReadOnlyList<string>)[Count(at.BatchTokens), Text($"{at.Steps:N0}"), Count(at.Tokens), Text($"{100 * at.ExtraTokens:F1} %"), Text($"{at.StepsRatio:F2}")])], plan.Batch.Source);
    }

    static IEnumerable<(string Name, string Value)> Rows(PlanAnswer plan)
    {
        yield return ("parameters N", Estimated(plan.Parameters, Count));
        yield return ("training tokens D", Estimated(plan.Tokens, Count));
        yield return ("tokens per parameter", Estimated(plan.TokensPerParameter, Count));
        yield return ("loss, nats per token", Estimated(plan.Loss, loss => Text($"{loss:F4}")));
        yield return ("shape", Text($"{plan.Shape.Layers} layers, {plan.Shape.HiddenSize} wide, {plan.Shape.Heads} heads, vocabulary {plan.Shape.VocabularySize:N0}"));
        yield return ("operations of training", Text($"{plan.Cost.TrainingFlop:0.00e0} FLOP on {plan.Cost.TrainingOn}"));
        yield return ("batch", Text($"{plan.Batch.Sequences:N0} sequences of {plan.Batch.SequenceTokens:N0} tokens, {plan.Batch.Steps:N0} steps; critical batch {Count(plan.Batch.CriticalBatchTokens)} tokens"));
        yield return ("time", Text($"{Quantity.Time(plan.Cluster.Days)} on {plan.Cluster.Devices:N0} {plan.Cluster.TrainingDevice} ({Quantity.Significant(plan.Cluster.TrainingDeviceHours)} device-hours)"));
        yield return ("memory", Text($"{plan.Cluster.TrainingStateBytes / Giga:N1} GB of weights, gradients and optimiser while training; {plan.Cluster.ServingWeightBytes / Giga:N1} GB of weights as served, {plan.Cluster.ServingWeightBits:G3} bits each"));
        yield return ("training", Usd(plan.Cost.TrainingUsd));
        if (plan.Demand.Tokens > 0)
        {
            yield return ("serving", Text($"{Usd(plan.Cost.PromptUsd + plan.Cost.GenerationUsd)} for {Count(plan.Demand.PromptTokens)} prompt and {Count(plan.Demand.GeneratedTokens)} generated tokens on {plan.Cost.ServingOn}"));
            yield return ("together", Estimated(plan.Cost.TotalUsdEstimate, Usd));
        }

        if (plan.Chinchilla is { } usual && plan.Demand.Tokens > 0)
            yield return ("least training with the same loss", Text($"{Count(usual.Allocation.Parameters)} on {Count(usual.Allocation.Tokens)}, {Usd(usual.TotalUsd)} over its life: the plan costs {100 * usual.UsdRatio:F1} % of it"));
        if (plan.Precision.TrainingBits is { } trained) yield return ("bits while training", Text($"{trained:G3}"));
        if (plan.Precision.ServingBits is { } served) yield return ("bits of served weights", Text($"{served:G3}, which adds {plan.Precision.Damage:G3} nats per token"));
        if (plan.Cluster.KilowattHours is { } energy)
            yield return ("electricity", $"{Quantity.Significant(energy)} kWh{(plan.Cluster.KilogramsCo2 is { } co2 ? $", {Quantity.Significant(co2)} kg CO2" : "")}");
    }

    static string Estimated(Estimate estimate, Func<double, string> words) =>
        // A budget is spent whatever the law says: an interval of one value says nothing.
        words(estimate.Value) + (estimate.Interval is { } interval && words(interval.Low) != words(interval.High) ? $" ({words(interval.Low)} to {words(interval.High)})" : "");

    static string Count(double value) => Quantity.Short(value);

    /// <summary>In the unit of what is least.</summary>
    static string Cost(PlanAnswer plan, double flop, double usd) => plan.Objective == PlanObjective.Usd ? Usd(usd) : Text($"{flop:0.00e0} FLOP");

    static string Usd(double usd) => "$" + Quantity.Dollars(usd);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
