using System.Globalization;
using System.Text;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;

namespace Tern.Cli.Verbs.Plan;

/// <summary>A plan on a terminal of 100 columns, or with commas.</summary>
static class PlanText
{
    const int Width = 98, LabelWidth = 26;

    static string Count(double value) => Quantity.Short(value);

    static string Flop(double value) => value.ToString("0.000e+0", CultureInfo.InvariantCulture) + " FLOP";

    static string Usd(double value) => Quantity.Dollars(value) + " USD";

    static string Percent(double share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    static string Signed(double share) => (share > 0 ? "+" : "") + Percent(share);

    /// <summary>Empty where there is none, and where the question itself fixes the number.</summary>
    static string Range(Interval? interval, Func<double, string> shown) => interval is { } known && shown(known.Low) != shown(known.High) ? $" ({shown(known.Low)} to {shown(known.High)})" : "";

    static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    public static string Table(PlanAnswer plan)
    {
        var text = new StringBuilder();
        void Line(string label, string value) => Wrap(text, label.PadRight(LabelWidth) + value, new string(' ', LabelWidth));
        void Heading(string title) => text.Append('\n').Append(title).Append('\n');
        string With(Estimate estimate, Func<double, string> shown) => shown(estimate.Value) + Range(estimate.Interval, shown);

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
        Line("  training", $"{Flop(plan.Cost.TrainingFlop)}   {With(new(plan.Cost.TrainingUsd, plan.Intervals.TrainingUsd), Usd)} on {plan.Cost.TrainingOn}");
        if (plan.Demand.Tokens > 0)
        {
            Line("  serving", $"{Flop(plan.Cost.InferenceFlop)}   {Usd(plan.Cost.PromptUsd)} to read and {Usd(plan.Cost.GenerationUsd)} to write{(plan.Intervals.ServingUsd is { } serving ? $" ({Usd(serving.Low)} to {Usd(serving.High)} together)" : "")}, on {plan.Cost.ServingOn}");
            Line("  total", $"{Flop(plan.Cost.TrainingFlop + plan.Cost.InferenceFlop)}   {With(plan.Cost.TotalUsdEstimate, Usd)}");
            Line("  effective served tokens", Number(plan.Cost.EffectiveServedTokens, "0.0000e+0"));
        }
        if (plan.Cost.ScaledFlop is { } scaled) Line("  counted as P/16", $"{Flop(scaled)} of 16 bits");
        foreach (var source in plan.Cost.PriceSources) Line("  prices", source);
        AddCluster(Line, Heading, plan);
        AddBatch(text, Line, Heading, plan);
        AddPrecision(text, Line, Heading, plan);
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

    static void AddCluster(Action<string, string> line, Action<string> heading, PlanAnswer plan)
    {
        var cluster = plan.Cluster;
        heading("machines");
        line("  training", string.Create(CultureInfo.InvariantCulture, $"{Quantity.Significant(cluster.TrainingDeviceHours)} device-hours{Range(plan.Intervals.TrainingDeviceHours, Quantity.Significant)}: {Quantity.Time(cluster.Days)} on {cluster.Devices:N0} {cluster.TrainingDevice}"));
        if (cluster.ServingDeviceHours > 0) line("  serving", string.Create(CultureInfo.InvariantCulture, $"{Quantity.Significant(cluster.ServingDeviceHours)} device-hours over the model's life"));
        line("  memory", string.Create(CultureInfo.InvariantCulture, $"{cluster.TrainingStateBytes / 1e9:N1} GB of weights, gradients and Adam's state (at least {cluster.DevicesForMemory:N0} {(cluster.DevicesForMemory == 1 ? "device" : "devices")}; activations on top), {cluster.ServingWeightBytes / 1e9:N2} GB of weights to serve at {cluster.ServingWeightBits:G3} bits each (key-value cache on top)"));
        if (cluster.KilowattHours is { } energy) line("  energy", string.Create(CultureInfo.InvariantCulture, $"{Quantity.Significant(energy)} kWh{(cluster.KilogramsCo2 is { } co2 ? $", {Quantity.Significant(co2)} kg CO2" : "")}"));
    }

    static void AddBatch(StringBuilder text, Action<string, string> line, Action<string> heading, PlanAnswer plan)
    {
        var batch = plan.Batch;
        heading("batch");
        line("  critical batch", string.Create(CultureInfo.InvariantCulture, $"{Count(batch.CriticalBatchTokens)} tokens{Range(plan.Intervals.CriticalBatchTokens, Count)}, {batch.CriticalBatchTokens / batch.SequenceTokens:N0} sequences of {batch.SequenceTokens:N0} tokens"));
        line("  batch and steps", string.Create(CultureInfo.InvariantCulture, $"{batch.Sequences:N0} sequences ({Count((double)batch.Sequences * batch.SequenceTokens)} tokens), D in {batch.Steps:N0} steps"));
        line("  warm-up", string.Join(", ", batch.WarmUp.Select(stage => string.Create(CultureInfo.InvariantCulture, $"{stage.Sequences:N0} sequences from {(stage.FromToken == 0 ? "the start" : $"token {Count(stage.FromToken)}")} ({stage.Steps:N0} steps, learning rate x {stage.LearningRateFactor:0.00})"))));
        line("  source", batch.Source);
        text.Append("  What the same loss takes with other batches:\n");
        text.Append(CultureInfo.InvariantCulture, $"  {"tokens a batch",14} {"sequences",10} {"steps",12} {"tokens in all",14} {"more than D",12} {"steps, critical = 1",20}\n");
        foreach (var trade in batch.Trades)
            text.Append(CultureInfo.InvariantCulture, $"  {Count(trade.BatchTokens),14} {trade.BatchTokens / batch.SequenceTokens,10:N0} {trade.Steps,12:N0} {Count(trade.Tokens),14} {Signed(trade.ExtraTokens),12} {trade.StepsRatio,20:F2}\n");
    }

    static void AddPrecision(StringBuilder text, Action<string, string> line, Action<string> heading, PlanAnswer plan)
    {
        heading("precision");
        var precision = plan.Precision;
        line("  training", precision.TrainingBits is { } trained
            ? $"{Number(trained, "G3")} bits, on {plan.Cost.TrainingOn}: as good as {Count(precision.EffectiveParameters)} parameters at full precision"
            : $"full precision, on {plan.Cost.TrainingOn}; --train-bits asks the law of precision");
        line("  serving", precision.ServingBits is { } served
            ? $"{Number(served, "G3")} bits, on {plan.Cost.ServingOn}: rounding adds {Number(precision.Damage, "F4")} nats per token"
            : $"priced on {plan.Cost.ServingOn}, as if it cost no loss; --serve-bits asks the law of precision");
        line("  best bits of training", $"{Number(precision.BestTrainingBits, "F2")} at any budget, by this law, where operations cost in proportion to bits");
        foreach (var rounding in precision.Rounding)
            line($"  rounded to {Number(rounding.Bits, "G3")} bits", $"+{Number(rounding.Damage, "F4")} nats per token{(double.IsFinite(rounding.CriticalTokens) ? $"; trained on more than {Count(rounding.CriticalTokens)} it gets worse" : "")}");
        line("  source", precision.Source);
        if (precision.Tried.Count == 0) return;
        const int Shown = 8;
        text.Append(CultureInfo.InvariantCulture, $"  {"train bits",10} {"serve bits",10} {"N",10} {"D",10} {"loss",8} {(plan.Objective == PlanObjective.Usd ? "USD" : "FLOP x P/16"),11}\n");
        foreach (var at in precision.Tried.Take(Shown))
            text.Append(CultureInfo.InvariantCulture, $"  {at.TrainingBits,10} {at.ServingBits,10} {Count(at.Allocation.Parameters),10} {Count(at.Allocation.Tokens),10} {at.Loss,8:F4} {at.Cost,11:0.000e+0}\n");
        if (precision.Tried.Count > Shown) text.Append(CultureInfo.InvariantCulture, $"  and {precision.Tried.Count - Shown} more that are worse (--json has them)\n");
    }

    static void AddSensitivity(StringBuilder text, Action<string> heading, PlanAnswer plan)
    {
        if (plan.Sensitivity.Count == 0) return;
        heading("if the demand is another one");
        var inUsd = plan.Objective == PlanObjective.Usd;
        string Cost(double flop, double usd) => inUsd ? Usd(usd) : Flop(flop);
        text.Append(CultureInfo.InvariantCulture, $"  {"demand",8} {"this plan",17} {"best N",10} {"best D",10} {"the best plan",17} {"too much by",12}\n");
        foreach (var at in plan.Sensitivity)
            text.Append(CultureInfo.InvariantCulture, $"  {"x " + Number(at.Factor, "G3"),8} {Cost(at.TotalFlop, at.TotalUsd),17} {Count(at.Best.Parameters),10} {Count(at.Best.Tokens),10} {Cost(at.BestFlop, at.BestUsd),17} {Percent(Math.Max(0, at.Regret)),12}\n");
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
        Add("training_flop", new(plan.Cost.TrainingFlop, plan.Intervals.TrainingFlop));
        Add("inference_flop", new(plan.Cost.InferenceFlop, plan.Intervals.InferenceFlop));
        Add("training_usd", new(plan.Cost.TrainingUsd, plan.Intervals.TrainingUsd));
        Plain("prompt_usd", plan.Cost.PromptUsd);
        Plain("generation_usd", plan.Cost.GenerationUsd);
        Add("serving_usd", new(plan.Cost.PromptUsd + plan.Cost.GenerationUsd, plan.Intervals.ServingUsd));
        Add("total_usd", plan.Cost.TotalUsdEstimate);
        Add("critical_batch_tokens", new(plan.Batch.CriticalBatchTokens, plan.Intervals.CriticalBatchTokens));
        Plain("batch_sequences", plan.Batch.Sequences);
        Plain("sequence_tokens", plan.Batch.SequenceTokens);
        Plain("steps", plan.Batch.Steps);
        Add("training_device_hours", new(plan.Cluster.TrainingDeviceHours, plan.Intervals.TrainingDeviceHours));
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
