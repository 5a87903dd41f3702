using System.Text.Json.Serialization;

namespace Tern.Plan.Fitting;

/// <summary>How well a law tells the runs that it was fitted to.</summary>
public sealed record FitQuality
{
    /// <summary>Root of the mean square of ln predicted - ln measured.</summary>
    public required double RootMeanSquareLog { get; init; }

    /// <summary>Share of the variance of ln measured that is told.</summary>
    public required double RSquared { get; init; }

    /// <summary>The same root where each model size is told by a fit to the others: what to expect of the next size. Null for fewer than four sizes.</summary>
    public double? LeaveOneSizeOut { get; init; }

    /// <summary>Of the curvature of the objective; from 1e8 on, constants trade off against each other. Null where the fit has no such objective.</summary>
    public double? ConditionNumber { get; init; }

    /// <summary>One for each run, in the order of the table.</summary>
    public required IReadOnlyList<FitResidual> Residuals { get; init; }

    /// <summary>
    /// Runs that lie much further off than most: by more than 3.5 robust standard deviations (Iglewicz and Hoaglin 1993, How to detect and handle outliers, section 3.2), and by more than a thousandth; the furthest first.
    /// </summary>
    [JsonIgnore]
    public IEnumerable<FitResidual> Outliers
    {
        get
        {
            const double Deviations = 3.5, OfMedian = 1.4826, Least = 1e-3;         // 1.4826 medians of |x| are a standard deviation of normal x
            var sizes = Residuals.Select(residual => Math.Abs(residual.Log)).Order().ToArray();
            var limit = Math.Max(Least, Deviations * OfMedian * sizes[sizes.Length / 2]);
            return Residuals.Where(residual => Math.Abs(residual.Log) > limit).OrderByDescending(residual => Math.Abs(residual.Log));
        }
    }

    internal static FitQuality Of(LawFitter fitter, IReadOnlyList<TrainedModel> all, double[] constants)
    {
        var runs = fitter.Fitted(all);
        var residuals = runs.Select(run => FitResidual.Of(run, fitter.Measured(run), fitter.Predicted(constants, run), fitter.Huber)).ToList();
        var (measured, predicted) = (residuals.Select(residual => Math.Log(residual.Measured)).ToArray(), residuals.Select(residual => Math.Log(residual.Predicted)).ToArray());
        var mean = measured.Average();
        var squares = residuals.Sum(residual => residual.Log * residual.Log);
        return new FitQuality
        {
            RootMeanSquareLog = Math.Sqrt(squares / runs.Count),
            RSquared = 1 - (squares / measured.Sum(value => (value - mean) * (value - mean))),
            LeaveOneSizeOut = WithoutEachSize(fitter, runs, constants),
            ConditionNumber = fitter.ConditionNumber(runs, constants),
            Residuals = residuals,
        };
    }

    static double? WithoutEachSize(LawFitter fitter, IReadOnlyList<TrainedModel> runs, double[] constants)
    {
        const int Fewest = 4;
        if (!fitter.LeavesOutSizes) return null;
        var blocks = SizeBlocks.Of(runs);
        if (blocks.Count < Fewest) return null;
        var (squares, count) = (0.0, 0);
        foreach (var block in blocks)
        {
            var kept = blocks.Where(other => other != block).SelectMany(other => other).ToList();
            if (kept.Count < fitter.Constants.Count || fitter.Refit(kept, constants) is not { } refitted) continue;
            foreach (var run in block)
            {
                var log = Math.Log(fitter.Predicted(refitted, run) / fitter.Measured(run));
                (squares, count) = (squares + (log * log), count + 1);
            }
        }
        return count == 0 ? null : Math.Sqrt(squares / count);
    }
}

/// <summary>What a law says about a run of the fit.</summary>
/// <param name="Run">How lists name it.</param>
/// <param name="Parameters">N.</param>
/// <param name="Tokens">D.</param>
/// <param name="Measured">Nats per token; of batches: steps.</param>
/// <param name="Predicted">By the law.</param>
/// <param name="Clipped">The residual lies beyond δ of Huber's loss: its pull on the fit is limited.</param>
public sealed record FitResidual(string Run, double Parameters, double Tokens, double Measured, double Predicted, bool Clipped)
{
    /// <summary>ln predicted - ln measured.</summary>
    [JsonIgnore]
    public double Log => Math.Log(Predicted / Measured);

    internal static FitResidual Of(TrainedModel run, double measured, double predicted, double huber) =>
        new(run.Label, run.Allocation.Parameters, run.Allocation.Tokens, measured, predicted, Math.Abs(Math.Log(predicted / measured)) > huber);
}
