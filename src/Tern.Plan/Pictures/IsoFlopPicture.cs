using OxyPlot;
using OxyPlot.Axes;
using Tern.Plan.Laws;
using Tern.Plots;

namespace Tern.Plan.Pictures;

/// <summary>Loss over the size of the model at fixed operations of training: the curves whose lowest points are the optima. Hoffmann et al. 2022, arXiv 2203.15556, figure 3.</summary>
public static class IsoFlopPicture
{
    /// <summary>Curves reach from the optimum divided by this to the optimum times it.</summary>
    const double Reach = 12;

    const int Points = 121;

    /// <summary>A curve for each budget.</summary>
    /// <param name="estimate">The law, and its samples for the intervals of the optima.</param>
    /// <param name="trainingFlop">Budgets C.</param>
    public static Picture Draw(LawEstimate estimate, IReadOnlyList<double> trainingFlop)
    {
        var law = estimate.Law;
        var picture = new Picture("isoflop", "Loss by the size of the model, at fixed operations of training",
            "Each curve spends the same operations C = 6 N D. Left of its lowest point the model is too small, right of it too briefly trained."
            + CaptionWords.Interval(estimate, "Bars hold", "the optima"));
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Bottom, "parameters N", Short.Tick);
        picture.AddAxis(new LinearAxis(), AxisPosition.Left, "loss, nats per token", Short.Loss);
        foreach (var (i, flop) in trainingFlop.Order().Index())
        {
            var (optimum, color) = (law.OptimumForFlop(flop), PlotStyle.Colors[i % PlotStyle.Colors.Count]);
            var sizes = Spread.Logarithmic(optimum.Parameters / Reach, optimum.Parameters * Reach, Points);
            picture.AddCurve($"C = {Short.Power(flop)} FLOP", sizes.Select(size => new DataPoint(size, law.Loss(new(size, flop / Allocation.TrainingFlopPerParameterAndToken / size)))), color);
            if (estimate.IntervalOf(sample => sample.OptimumForFlop(flop).Parameters) is { } interval)
                picture.AddCurve(null, [new(interval.Low, law.Loss(optimum)), new(interval.High, law.Loss(optimum))], color, thickness: 3.5);
            picture.AddMarks(null, [new(optimum.Parameters, law.Loss(optimum))], color);
        }

        return picture;
    }
}
