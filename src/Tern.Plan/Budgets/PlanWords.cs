using System.Text;
using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>A plan in sentences.</summary>
static class PlanWords
{
    /// <summary>Beyond this, a regret is worth a sentence.</summary>
    const double NotableRegret = 0.05;

    /// <summary>Epochs up to which repeated tokens are almost as good as fresh ones (arXiv 2305.16264, abstract).</summary>
    const double HarmlessEpochs = 4;

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    static string Count(double value) => Quantity.Short(value);

    public static string Question(PlanRequest request)
    {
        var known = new List<string>();
        var goal = request.Goal;
        if (goal.Flop is { } flop) known.Add(Invariant($"{flop:0.####e+0} operations"));
        if (goal.Usd is { } usd) known.Add(Invariant($"{usd:#,0.############} dollars"));
        if (goal.Parameters is { } n) known.Add($"{Count(n)} parameters");
        if (goal.Tokens is { } d) known.Add($"{Count(d)} tokens");
        if (goal.Loss is { } loss) known.Add(Invariant($"a loss of {loss:G6} nats per token"));
        var demand = request.Demand.Tokens > 0 ? $"serving {Count(request.Demand.Tokens)} tokens ({Count(request.Demand.PromptTokens)} read, {Count(request.Demand.GeneratedTokens)} written)" : "no serving";
        var covers = request.Demand.Tokens > 0 && (goal.Flop ?? goal.Usd) is not null ? request.IgnoreDemand ? " for training" : " for training and serving" : "";
        return $"{string.Join(" and ", known)}{covers}, {demand}{(request.IgnoreDemand && request.Demand.Tokens > 0 ? ", which does not decide" : "")}";
    }

    public static IReadOnlyList<string> Warnings(PlanRequest request, PlanSituation situation, Allocation at)
    {
        var warnings = new List<string>();
        if (request.Law.Warning is { } warning) warnings.Add($"law {request.Law.Name}: {warning}");
        if (request.Law.Fitted is { } fitted) warnings.AddRange(fitted.Beyond(at).Select(what => $"extrapolation: {what}"));
        if (at.TokensPerParameter > OverTrained && request.Law.Fitted is { TokensPerParameter.High: var most } && (double.IsInfinity(most) || at.TokensPerParameter > most))
            warnings.Add(Invariant($"over-trained at {at.TokensPerParameter:N0} tokens per parameter: laws fitted to ordinary ratios promise too low a loss there (by 7 to 17 % in the runs of arXiv 2401.00448 and 2403.08540)"));
        if (situation.TrainingBits is not null || situation.ServingBits is not null)
        {
            warnings.Add($"bits: {request.PrecisionSource}");
            if (request.Objective == PlanObjective.Flop) warnings.Add("operations count as P/16 of a 16-bit one (arXiv 2411.04330): no hardware is faster in proportion for every number of bits");
        }
        if (situation.ServingBits is { } served && PrecisionOptimum.CriticalTokens(request.Precision with { Base = request.Law.Law }, situation.EffectiveParameters(at.Parameters), served) is var critical && at.Tokens > critical)
            warnings.Add(Invariant($"{Count(at.Tokens)} tokens are more than the {Count(critical)} beyond which, by this law, further ones make the model worse once it is rounded to {served:G3} bits"));
        if (at.Tokens > request.UniqueTokens)
        {
            var epochs = at.Tokens / request.UniqueTokens;
            warnings.Add(Invariant($"data are read {epochs:F1} times, worth {Count(situation.EffectiveTokens(at.Tokens))} fresh tokens (arXiv 2305.16264){(epochs > HarmlessEpochs ? "; beyond four epochs the loss of worth is felt" : "")}"));
        }
        return warnings;
    }

    /// <summary>Five times the usual 20 tokens per parameter.</summary>
    const double OverTrained = 100;

    public static string Advice(PlanRequest request, PlanAnswer plan)
    {
        var text = new StringBuilder();
        var inDollars = request.Objective == PlanObjective.Usd;
        text.Append(Invariant($"Train {Count(plan.Parameters.Value)} parameters ({plan.Shape.Layers} layers, {plan.Shape.HiddenSize} wide) on {Count(plan.Tokens.Value)} tokens, {plan.TokensPerParameter.Value:N0} for each parameter, in {plan.Batch.Steps:N0} steps of {Count((double)plan.Batch.Sequences * plan.Batch.SequenceTokens)} tokens; expect {plan.Loss.Value:F3} nats per token. "));
        text.Append(Invariant($"That is {Quantity.Time(plan.Cluster.Days)} on {plan.Cluster.Devices:N0} {plan.Cluster.TrainingDevice} and {Quantity.Dollars(plan.Cost.TrainingUsd)} dollars"));
        text.Append(plan.Demand.Tokens > 0 ? Invariant($", then {Quantity.Dollars(plan.Cost.PromptUsd + plan.Cost.GenerationUsd)} dollars to serve {Count(plan.Demand.Tokens)} tokens. ") : ". ");
        if (plan is { Chinchilla: { } chinchilla, Demand.Tokens: > 0 })
        {
            var saved = 1 - (inDollars ? chinchilla.UsdRatio : chinchilla.FlopRatio);
            var more = Invariant($"{saved / (1 - saved):P0}");
            text.Append(saved > 0.005
                ? Invariant($"The usual optimum for this loss, {Count(chinchilla.Allocation.Parameters)} on {Count(chinchilla.Allocation.Tokens)}, would be cheaper to train but {(inDollars ? $"{more} dearer" : $"take {more} more operations")} over its life. ")
                : Invariant($"Serving hardly matters here: the usual optimum is as good. "));
        }
        if (Worst(plan) is { } worst)
            text.Append(Invariant($"If the demand turns out {worst.Factor:G3} times the planned one, the best choice would have been {Count(worst.Best.Parameters)} on {Count(worst.Best.Tokens)}, and this plan {(inDollars ? "costs" : "takes")} {worst.Regret:P0} more{(inDollars ? "" : " operations")}. "));
        text.Append(Open(plan) is { } open
            ? Invariant($"The law leaves {open} open ({plan.Law.IntervalCoverage:P0} of its samples)")
            : "The law comes without intervals, so take two digits at most seriously");
        text.Append(plan.Warnings.Any(warning => warning.StartsWith("extrapolation", StringComparison.Ordinal)) ? "; parts of the plan lie beyond the runs it was fitted to: check it with small runs of your own first (tern plan sweep, tern plan fit)." : ".");
        return text.ToString();
    }

    /// <summary>The interval of what the question does not fix: of the parameters, the tokens or the loss.</summary>
    static string? Open(PlanAnswer plan)
    {
        static string? Between(Interval? interval, Func<double, string> shown, string what) =>
            interval is { } known && shown(known.Low) != shown(known.High) ? $"{shown(known.Low)} to {shown(known.High)} {what}" : null;
        return Between(plan.Parameters.Interval, Count, "parameters") ?? Between(plan.Tokens.Interval, Count, "tokens") ?? Between(plan.Loss.Interval, loss => Invariant($"{loss:F3}"), "nats per token");
    }

    static DemandCase? Worst(PlanAnswer plan) => plan.Sensitivity.Where(at => at.Regret > NotableRegret).MaxBy(at => at.Regret);
}
