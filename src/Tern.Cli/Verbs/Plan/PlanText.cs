using System.Globalization;
using System.Text;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;

namespace Tern.Cli.Verbs.Plan;

/// <summary>A plan on a terminal of 100 columns, or with commas.</summary>
static class PlanText
{
    const int Width = 98, LabelWidth = 26;

    /// <summary>7.26B, 1.40T.</summary>
    public static string Count(double value) => value switch
    {
        double.PositiveInfinity => "no limit",
        >= 1e15 => value.ToString("0.00e+0", CultureInfo.InvariantCulture),
        >= 1e12 => Digits(value / 1e12) + "T",
        >= 1e9 => Digits(value / 1e9) + "B",
        >= 1e6 => Digits(value / 1e6) + "M",
        >= 1e3 => Digits(value / 1e3) + "K",
        _ => Digits(value),
    };

    static string Digits(double value) => value.ToString(value >= 100 ? "F0" : value >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture);

    static string Flop(double value) => value.ToString("0.000e+0", CultureInfo.InvariantCulture) + " FLOP";

    static string Usd(double value) => (value < 100 ? value.ToString("N2", CultureInfo.InvariantCulture) : value.ToString("N0", CultureInfo.InvariantCulture)) + " USD";

    static string Percent(double share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    public static string Table(PlanAnswer plan)
    {
        var text = new StringBuilder();
        void Line(string label, string value) => Wrap(text, label.PadRight(LabelWidth) + value, new string(' ', LabelWidth));
        void Heading(string title) => text.Append('\n').Append(title).Append('\n');
        string With(Estimate estimate, Func<double, string> shown) => estimate.Interval is { } interval ? $"{shown(estimate.Value)}   ({shown(interval.Low)} to {shown(interval.High)})" : shown(estimate.Value);

        Wrap(text, plan.Question, "");
        Heading("optimum");
        Line("  parameters N", With(plan.Parameters, value => $"{Number(value, "0.0000e+0")}  {Count(value)}"));
        Line("  training tokens D", With(plan.Tokens, value => $"{Number(value, "0.0000e+0")}  {Count(value)}"));
        Line("  tokens per parameter", With(plan.TokensPerParameter, value => Number(value, "G4")));
        Line("  loss", With(plan.Loss, value => Number(value, "F4")) + " nats per token");
        Line("  shape", string.Create(CultureInfo.InvariantCulture, $"{plan.Shape.Layers} layers, hidden size {plan.Shape.HiddenSize}, {plan.Shape.Heads} heads, vocabulary {plan.Shape.VocabularySize:N0}: {plan.Shape.Parameters:N0}"));
        if (plan.Chinchilla is { } chinchilla && plan.Demand.Tokens > 0)
        {
            Line("  against Chinchilla", $"{Percent(chinchilla.ParametersRatio)} of the parameters, {Percent(chinchilla.TokensRatio)} of the tokens, {Percent(chinchilla.FlopRatio)} of the operations, {Percent(chinchilla.UsdRatio)} of the cost of the model of equal loss that is cheapest to train ({Count(chinchilla.Allocation.Parameters)}, {Count(chinchilla.Allocation.Tokens)})");
        }
        Heading("cost");
        Line("  training", $"{Flop(plan.Cost.TrainingFlop)}   {Usd(plan.Cost.TrainingUsd)} on {plan.Cost.TrainingOn}");
        if (plan.Demand.Tokens > 0)
        {
            Line("  serving", $"{Flop(plan.Cost.InferenceFlop)}   {Usd(plan.Cost.PromptUsd)} to read and {Usd(plan.Cost.GenerationUsd)} to write, on {plan.Cost.ServingOn}");
            Line("  total", $"{Flop(plan.Cost.TrainingFlop + plan.Cost.InferenceFlop)}   {With(plan.Cost.TotalUsdEstimate, Usd)}");
            Line("  effective served tokens", Number(plan.Cost.EffectiveServedTokens, "0.0000e+0"));
        }
        foreach (var source in plan.Cost.PriceSources) Line("  prices", source);
        AddCluster(Line, Heading, plan.Cluster);
        AddBatch(text, Line, Heading, plan.Batch);
        AddPrecision(text, Line, Heading, plan.Precision);
        AddSensitivity(text, Heading, plan);
        Heading("law");
        Line($"  {plan.Law.Name}", string.Create(CultureInfo.InvariantCulture, $"A {plan.Law.Constants.A:G7}, B {plan.Law.Constants.B:G7}, E {plan.Law.Constants.E:G6}, alpha {plan.Law.Constants.Alpha:G6}, beta {plan.Law.Constants.Beta:G6}"));
        Line("  source", plan.Law.Source);
        Line("  intervals", plan.Parameters.Interval is null ? plan.Law.Uncertainty : $"{Percent(plan.Law.IntervalCoverage)} of {plan.Law.Uncertainty}");
        if (plan.Warnings.Count > 0) Heading("warnings");
        foreach (var warning in plan.Warnings) Wrap(text, $"  - {warning}", "    ");
        Heading("advice");
        Wrap(text, "  " + plan.Advice, "  ");
        return text.ToString();
    }

    static void AddCluster(Action<string, string> line, Action<string> heading, ClusterPlan cluster)
    {
        heading("machines");
        line("  training", string.Create(CultureInfo.InvariantCulture, $"{cluster.TrainingDeviceHours:N0} device-hours: {cluster.Days:G3} days on {cluster.Devices:N0} {cluster.TrainingDevice}"));
        if (cluster.ServingDeviceHours > 0) line("  serving", string.Create(CultureInfo.InvariantCulture, $"{cluster.ServingDeviceHours:N0} device-hours over the model's life"));
        line("  memory", string.Create(CultureInfo.InvariantCulture, $"{cluster.TrainingStateBytes / 1e9:N1} GB of weights, gradients and Adam's state (at least {cluster.DevicesForMemory:N0} devices; activations on top), {cluster.ServingWeightBytes / 1e9:N2} GB of weights to serve"));
        if (cluster.KilowattHours is { } energy) line("  energy", string.Create(CultureInfo.InvariantCulture, $"{energy:N0} kWh{(cluster.KilogramsCo2 is { } co2 ? $", {co2:N0} kg CO2" : "")}"));
    }

    static void AddBatch(StringBuilder text, Action<string, string> line, Action<string> heading, BatchPlan batch)
    {
        heading("batch");
        line("  critical batch", string.Create(CultureInfo.InvariantCulture, $"{Count(batch.CriticalBatchTokens)} tokens, {batch.CriticalBatchTokens / batch.SequenceTokens:N0} sequences of {batch.SequenceTokens:N0}"));
        line("  batch and steps", string.Create(CultureInfo.InvariantCulture, $"{batch.Sequences:N0} sequences ({Count((double)batch.Sequences * batch.SequenceTokens)} tokens), {batch.Steps:N0} steps"));
        line("  warm-up", string.Join(", ", batch.WarmUp.Select(stage => string.Create(CultureInfo.InvariantCulture, $"{stage.Sequences:N0} sequences from token {Count(stage.FromToken)} ({stage.Steps:N0} steps, lr x {stage.LearningRateFactor:0.00})"))));
        line("  source", batch.Source);
        text.Append(CultureInfo.InvariantCulture, $"  {"batch (tokens)",14} {"steps",12} {"tokens",10} {"extra tokens",13} {"steps ratio",12}\n");
        foreach (var trade in batch.Trades)
            text.Append(CultureInfo.InvariantCulture, $"  {Count(trade.BatchTokens),14} {trade.Steps,12:N0} {Count(trade.Tokens),10} {Percent(trade.ExtraTokens),13} {trade.StepsRatio,12:F2}\n");
    }

    static void AddPrecision(StringBuilder text, Action<string, string> line, Action<string> heading, PrecisionPlan precision)
    {
        heading("precision");
        string Bits(double? bits, string otherwise) => bits is { } given ? Number(given, "G3") + " bits" : otherwise;
        line("  chosen", $"trained in {Bits(precision.TrainingBits, "full precision")}, served in {Bits(precision.ServingBits, "what it was trained in")}; effective parameters {Count(precision.EffectiveParameters)}, damage of rounding {Number(precision.Damage, "F4")}");
        line("  best bits of training", $"{Number(precision.BestTrainingBits, "F2")} at any budget, by this law");
        foreach (var rounding in precision.Rounding)
            line($"  rounded to {Number(rounding.Bits, "G3")} bits", $"+{Number(rounding.Damage, "F4")} nats; more than {Count(rounding.CriticalTokens)} tokens would make it worse");
        line("  source", precision.Source);
        if (precision.Tried.Count == 0) return;
        const int Shown = 8;
        text.Append(CultureInfo.InvariantCulture, $"  {"train bits",10} {"serve bits",10} {"N",10} {"D",10} {"loss",8} {"cost",11}\n");
        foreach (var at in precision.Tried.Take(Shown))
            text.Append(CultureInfo.InvariantCulture, $"  {at.TrainingBits,10} {at.ServingBits,10} {Count(at.Allocation.Parameters),10} {Count(at.Allocation.Tokens),10} {at.Loss,8:F4} {at.Cost,11:0.000e+0}\n");
        if (precision.Tried.Count > Shown) text.Append(CultureInfo.InvariantCulture, $"  and {precision.Tried.Count - Shown} more that are worse (--json has them)\n");
    }

    static void AddSensitivity(StringBuilder text, Action<string> heading, PlanAnswer plan)
    {
        if (plan.Sensitivity.Count == 0) return;
        heading("if the demand is another one");
        text.Append(CultureInfo.InvariantCulture, $"  {"demand",8} {"this plan",13} {"best N",10} {"best D",10} {"best plan",13} {"this costs",11}\n");
        foreach (var at in plan.Sensitivity)
            text.Append(CultureInfo.InvariantCulture, $"  {"x " + Number(at.Factor, "G3"),8} {Usd(at.TotalUsd),13} {Count(at.Best.Parameters),10} {Count(at.Best.Tokens),10} {Usd(at.BestUsd),13} {"+" + Percent(Math.Max(0, at.Regret)),11}\n");
    }

    public static string Csv(PlanAnswer plan)
    {
        var text = new StringBuilder("quantity,value,low,high\n");
        void Add(string quantity, Estimate estimate) => text.Append(CultureInfo.InvariantCulture, $"{quantity},{estimate.Value},{estimate.Interval?.Low},{estimate.Interval?.High}\n");
        void Plain(string quantity, double value) => Add(quantity, new(value, null));
        Add("parameters", plan.Parameters);
        Add("tokens", plan.Tokens);
        Add("tokens_per_parameter", plan.TokensPerParameter);
        Add("loss_nats_per_token", plan.Loss);
        Plain("training_flop", plan.Cost.TrainingFlop);
        Plain("inference_flop", plan.Cost.InferenceFlop);
        Plain("training_usd", plan.Cost.TrainingUsd);
        Plain("prompt_usd", plan.Cost.PromptUsd);
        Plain("generation_usd", plan.Cost.GenerationUsd);
        Add("total_usd", plan.Cost.TotalUsdEstimate);
        Plain("critical_batch_tokens", plan.Batch.CriticalBatchTokens);
        Plain("batch_sequences", plan.Batch.Sequences);
        Plain("sequence_tokens", plan.Batch.SequenceTokens);
        Plain("steps", plan.Batch.Steps);
        Plain("devices", plan.Cluster.Devices);
        Plain("days", plan.Cluster.Days);
        return text.ToString();
    }

    /// <summary>Words on lines of at most <see cref="Width"/>, further ones indented.</summary>
    static void Wrap(StringBuilder text, string line, string indent)
    {
        while (line.Length > Width && line.LastIndexOf(' ', Width) is var at && at > indent.Length)
        {
            text.Append(line.AsSpan(0, at)).Append('\n');
            line = indent + line[(at + 1)..];
        }
        text.Append(line).Append('\n');
    }
}
