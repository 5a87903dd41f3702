using OxyPlot;
using OxyPlot.Axes;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;
using Tern.Plots;

namespace Tern.Plan.Pictures;

/// <summary>What few bits cost, while training and afterwards. Kumar et al. 2024, arXiv 2411.04330, figures 1 and 5.</summary>
public static class PrecisionPictures
{
    const int Points = 141;

    const double LeastBits = 2, MostBits = 16;

    /// <summary>Tokens are shown from the plan's divided by this to the plan's times it.</summary>
    const double Reach = 100;

    /// <summary>Losses above the plan's by more than this, in nats, are cut off.</summary>
    const double Highest = 1;

    /// <summary>Loss by the bits of training: at a budget, where fewer bits buy a larger model and more tokens, and of the plan's own size and tokens.</summary>
    /// <param name="law">Constants.</param>
    /// <param name="plan">N and D.</param>
    /// <param name="fullPrecisionFlop">The budget C: operations, each counted as P/16.</param>
    /// <param name="chosenBits">P of the plan; null: none is marked.</param>
    /// <param name="source">Of the constants, for the caption.</param>
    public static Picture Training(PrecisionLaw law, Allocation plan, double fullPrecisionFlop, double? chosenBits = null, string? source = null)
    {
        var picture = new Picture("precision-training", "Loss by the bits while training",
            "At a fixed budget fewer bits buy more parameters and tokens, down to P*. The same model on the same tokens only loses by them." + CaptionWords.Source(source));
        picture.AddAxis(new LinearAxis { Minimum = LeastBits, Maximum = MostBits, MajorStep = 2 }, AxisPosition.Bottom, "bits P while training");
        picture.AddAxis(new LinearAxis(), AxisPosition.Left, "loss, nats per token", Short.Loss);
        var bits = Spread.Linear(LeastBits, MostBits, Points);
        double AtBudget(double p) => law.Loss(PrecisionOptimum.ForFlop(law, fullPrecisionFlop, p), TrainingBits.All(p));
        picture.AddCurve($"C = {Short.Power(fullPrecisionFlop)} FLOP", bits.Select(p => new DataPoint(p, AtBudget(p))), PlotStyle.Colors[0]);
        picture.AddCurve($"{Quantity.Short(plan.Parameters)} on {Quantity.Short(plan.Tokens)}", bits.Select(p => new DataPoint(p, law.Loss(plan, TrainingBits.All(p)))), PlotStyle.Colors[1], LineStyle.Dash);
        var best = PrecisionOptimum.Bits(law);
        if (best is > LeastBits and < MostBits) picture.AddMarks($"P* = {Short.Loss(Math.Round(best, 1))} bits", [new(best, AtBudget(best))], PlotStyle.Colors[2], size: 6);
        if (chosenBits is { } chosen) picture.AddMarks($"chosen: {Short.Loss(chosen)} bits", [new(chosen, AtBudget(chosen))], PlotStyle.Colors[3], MarkerType.Diamond, 7);
        return picture;
    }

    /// <summary>Loss by the tokens of training, once the weights are rounded to few bits.</summary>
    /// <param name="law">Constants, with <see cref="PrecisionLaw.PostTraining"/>.</param>
    /// <param name="plan">N, and the D that is marked.</param>
    /// <param name="trained">Bits while training; null: full precision.</param>
    /// <param name="servingBits">P_post of each curve.</param>
    /// <param name="source">Of the constants, for the caption.</param>
    public static Picture Rounding(PrecisionLaw law, Allocation plan, double? trained, IReadOnlyList<double> servingBits, string? source = null)
    {
        var picture = new Picture("precision-rounding", $"Loss of {Quantity.Short(plan.Parameters)} parameters after rounding the weights",
            "Rounding hurts the more, the more tokens a model has seen: past D_crit (the dots), training for longer makes the served model worse." + CaptionWords.Source(source));
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Bottom, "training tokens D", Short.Tick);
        picture.AddAxis(new LinearAxis(), AxisPosition.Left, "loss, nats per token", Short.Loss);
        var (from, to) = (plan.Tokens / Reach, plan.Tokens * Reach);
        var tokens = Spread.Logarithmic(from, to, Points);
        double Trained(double d) => trained is { } bits ? law.Loss(plan with { Tokens = d }, TrainingBits.All(bits)) : law.Base.Loss(plan with { Tokens = d });
        double Rounded(double d, double bits) => Trained(d) + (trained is { } before ? law.Damage(plan with { Tokens = d }, TrainingBits.All(before), bits) : law.PostTraining?.Loss(plan with { Tokens = d }, bits) ?? 0);
        var effective = trained is { } few ? law.EffectiveParameters(plan.Parameters, TrainingBits.All(few)) : plan.Parameters;
        var top = Trained(plan.Tokens) + Highest;
        picture.AddCurve("as trained", tokens.Select(d => new DataPoint(d, Trained(d))).Where(point => point.Y <= top), PlotStyle.Colors[6], LineStyle.Dash);
        foreach (var (i, bits) in servingBits.OrderDescending().Index())
        {
            var color = PlotStyle.Colors[i % (PlotStyle.Colors.Count - 1)];
            var critical = PrecisionOptimum.CriticalTokens(law, effective, bits);
            picture.AddCurve(double.IsFinite(critical) ? $"{Short.Loss(bits)} bits, D_crit = {Quantity.Short(critical)}" : $"{Short.Loss(bits)} bits", tokens.Select(d => new DataPoint(d, Rounded(d, bits))).Where(point => point.Y <= top), color);
            if (critical >= from && critical <= to && Rounded(critical, bits) <= top) picture.AddMarks(null, [new(critical, Rounded(critical, bits))], color);
        }

        picture.AddCurve($"plan: {Quantity.Short(plan.Tokens)} tokens", [new(plan.Tokens, Trained(to)), new(plan.Tokens, top)], PlotStyle.Ink, LineStyle.Dot, 1.2);
        return picture;
    }
}
