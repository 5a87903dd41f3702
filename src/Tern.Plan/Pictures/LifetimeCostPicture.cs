using OxyPlot;
using OxyPlot.Axes;
using Tern.Plan.Laws;

namespace Tern.Plan.Pictures;

/// <summary>What a model of a given loss costs over its life, by its size and its demand. Sardana et al. 2024, arXiv 2401.00448, whose figure 1 shows the lowest points of these curves.</summary>
public static class LifetimeCostPicture
{
    const int Points = 161;

    /// <summary>Sizes are shown up to Chinchilla's times this.</summary>
    const double Largest = 8;

    /// <summary>Costs above the highest minimum times this are cut off.</summary>
    const double Highest = 6;

    /// <summary>A curve for each demand.</summary>
    /// <param name="law">Nats per token.</param>
    /// <param name="loss">That all of the models reach, above the law's E.</param>
    /// <param name="servedTokens">D_inf of each curve; where prices differ, the number of tokens that cost as much at the price of training.</param>
    /// <param name="usdPerTrainingFlop">What an operation of training costs; null: the picture shows operations.</param>
    /// <param name="label">Of a demand, in the legend.</param>
    public static Picture Draw(ChinchillaLaw law, double loss, IReadOnlyList<double> servedTokens, double? usdPerTrainingFlop = null, Func<double, string>? label = null)
    {
        var picture = new Picture("lifetime-cost", $"Cost of a loss of {Short.Loss(loss)} over the life of the model",
            "Every point of a curve reaches the same loss; smaller models do so by more tokens. The more is served, the smaller the model of least cost.");
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Bottom, "parameters N", Short.Count);
        var chinchilla = law.OptimumForLoss(loss);
        var demands = servedTokens.Order().ToList();
        var top = Cost(LifetimeOptimum.ForLoss(law, loss, demands[^1]), demands[^1]) * Highest;
        var bottom = Cost(LifetimeOptimum.ForLoss(law, loss, demands[0]), demands[0]);
        picture.AddAxis(new LogarithmicAxis { Minimum = bottom / 1.5, Maximum = top }, AxisPosition.Left, usdPerTrainingFlop is null ? "operations, FLOP" : "cost, dollars", usdPerTrainingFlop is null ? Short.Power : usd => "$" + Short.Count(usd));

        // The smallest model that ever reaches the loss does so on infinitely many tokens.
        var smallest = Math.Pow(law.A / (loss - law.E), 1 / law.Alpha);
        var sizes = Spread.Logarithmic(smallest * 1.01, chinchilla.Parameters * Largest, Points);
        foreach (var (i, served) in demands.Index())
        {
            var (color, optimum) = (PlotStyle.Colors[i % PlotStyle.Colors.Count], LifetimeOptimum.ForLoss(law, loss, served));
            picture.AddCurve(label?.Invoke(served) ?? (served == 0 ? "training alone" : $"{Short.Count(served)} tokens served"),
                sizes.Select(size => new Allocation(size, TokensForLoss(size))).Select(at => new DataPoint(at.Parameters, Cost(at, served))).Where(point => point.Y <= top), color);
            picture.AddMarks(null, [new(optimum.Parameters, Cost(optimum, served))], color);
        }

        return picture;

        double Cost(Allocation at, double served) => (at.TrainingFlop + at.InferenceFlop(served)) * (usdPerTrainingFlop ?? 1);
        double TokensForLoss(double size) => Math.Pow(law.B / (loss - law.E - (law.A * Math.Pow(size, -law.Alpha))), 1 / law.Beta);
    }
}
