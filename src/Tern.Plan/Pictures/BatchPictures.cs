using OxyPlot;
using OxyPlot.Axes;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;
using Tern.Plots;

namespace Tern.Plan.Pictures;

/// <summary>Seconds of an optimiser step by its batch: t(B) = t0 + B t1, as measured. A machine that is never filled has t1 near 0, one that always is has t0 near 0.</summary>
/// <param name="Fixed">t0, seconds.</param>
/// <param name="PerToken">t1, seconds for each token of the batch.</param>
public readonly record struct StepSeconds(double Fixed, double PerToken)
{
    /// <summary>t(B).</summary>
    public double Of(double batch) => Fixed + (PerToken * batch);
}

/// <summary>What a larger batch buys: fewer steps, for more tokens. McCandlish et al. 2018, arXiv 1812.06162, figure 1; Zhang et al. 2024, arXiv 2410.21676.</summary>
public static class BatchPictures
{
    const int Points = 121;

    /// <summary>Batches are shown from B_crit divided by this to B_crit times it.</summary>
    const double Reach = 32;

    /// <summary>Steps against tokens: (S/S_min - 1)(E/E_min - 1) = 1.</summary>
    /// <param name="law">To a target loss; batches in tokens.</param>
    /// <param name="criticalBatch">CBS, tokens, at the overhead; null leaves its mark out.</param>
    /// <param name="overhead">p of the critical batch.</param>
    /// <param name="chosenBatch">Tokens; null: none is marked.</param>
    /// <param name="source">Of the constants, for the caption.</param>
    public static Picture Steps(CriticalBatchLaw law, double? criticalBatch = null, double overhead = CriticalBatchScaling.Overhead, double? chosenBatch = null, string? source = null)
    {
        var picture = new Picture("batch-steps", "Steps and tokens to the target loss, by the batch",
            "Each point of the curve is a batch. To the lower right of B_crit a larger batch costs more in tokens than it saves in steps." + CaptionWords.Source(source));
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Bottom, "training tokens", Short.Tick);
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Left, "optimiser steps", Short.Tick);
        DataPoint At(double batch) => new(law.Tokens(batch), law.Steps(batch));
        picture.AddCurve("same loss", Batches(law).Select(At), PlotStyle.Colors[0]);
        picture.AddCurve("least steps", [new(law.Tokens(law.Balance / Reach), law.LeastSteps), new(law.Tokens(law.Balance * Reach), law.LeastSteps)], PlotStyle.Colors[6], LineStyle.Dash, 1.2);
        picture.AddCurve("least tokens", [new(law.LeastTokens, law.Steps(law.Balance * Reach)), new(law.LeastTokens, law.Steps(law.Balance / Reach))], PlotStyle.Colors[6], LineStyle.Dot, 1.2);
        AddBatches(picture, law, At, criticalBatch, overhead, chosenBatch);
        return picture;
    }

    /// <summary>Time against tokens, with measured seconds of a step. The batch of least time is sqrt(E_min t0 / (S_min t1)).</summary>
    /// <param name="law">To a target loss; batches in tokens.</param>
    /// <param name="seconds">Of a step.</param>
    /// <param name="criticalBatch">CBS, tokens, at the overhead; null leaves its mark out.</param>
    /// <param name="overhead">p of the critical batch.</param>
    /// <param name="chosenBatch">Tokens; null: none is marked.</param>
    /// <param name="source">Of the constants, for the caption.</param>
    public static Picture Time(CriticalBatchLaw law, StepSeconds seconds, double? criticalBatch = null, double overhead = CriticalBatchScaling.Overhead, double? chosenBatch = null, string? source = null)
    {
        var picture = new Picture("batch-time", "Hours and tokens to the target loss, by the batch",
            "Each point of the curve is a batch. Past the batch of least time, a larger one is slower and dearer." + CaptionWords.Source(source));
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Bottom, "training tokens", Short.Tick);
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Left, "hours", hours => Short.Loss(hours));
        DataPoint At(double batch) => new(law.Tokens(batch), law.Steps(batch) * seconds.Of(batch) / 3600);
        picture.AddCurve("same loss", Batches(law).Select(At), PlotStyle.Colors[0]);
        if (seconds.Fixed > 0 && seconds.PerToken > 0)
        {
            var fastest = Math.Sqrt(law.LeastTokens * seconds.Fixed / (law.LeastSteps * seconds.PerToken));
            picture.AddMarks($"least time: {Quantity.Short(fastest)}", [At(fastest)], PlotStyle.Colors[2], MarkerType.Square, 6);
        }

        AddBatches(picture, law, At, criticalBatch, overhead, chosenBatch);
        return picture;
    }

    static IReadOnlyList<double> Batches(CriticalBatchLaw law) => Spread.Logarithmic(law.Balance / Reach, law.Balance * Reach, Points);

    static void AddBatches(Picture picture, CriticalBatchLaw law, Func<double, DataPoint> at, double? criticalBatch, double overhead, double? chosenBatch)
    {
        picture.AddMarks($"B_crit: {Quantity.Short(law.Balance)} tokens", [at(law.Balance)], PlotStyle.Colors[1], size: 6);
        if (criticalBatch is { } critical) picture.AddMarks($"CBS at {100 * overhead:F0} %: {Quantity.Short(critical)}", [at(critical)], PlotStyle.Colors[3], MarkerType.Diamond, 7);
        if (chosenBatch is { } chosen) picture.AddMarks($"chosen: {Quantity.Short(chosen)}", [at(chosen)], PlotStyle.Colors[5], MarkerType.Triangle, 7);
    }
}
