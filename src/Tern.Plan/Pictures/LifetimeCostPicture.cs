using OxyPlot;
using OxyPlot.Axes;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;
using Tern.Plots;

namespace Tern.Plan.Pictures;

/// <summary>A curve of a <see cref="LifetimeCostPicture"/>.</summary>
/// <param name="ServedTokens">D_inf.</param>
/// <param name="EffectiveServedTokens">D_eff: tokens that cost as much at the price of training; D_inf where operations are counted.</param>
public readonly record struct CostedDemand(double ServedTokens, double EffectiveServedTokens);

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
    /// <param name="demands">A curve each.</param>
    /// <param name="usdPerTrainingFlop">What an operation of training costs; null: the picture shows operations.</param>
    /// <param name="remark">A sentence more for the caption; null: none.</param>
    public static Picture Draw(ChinchillaLaw law, double loss, IReadOnlyList<CostedDemand> demands, double? usdPerTrainingFlop = null, string? remark = null)
    {
        var picture = new Picture("lifetime-cost", $"Cost of a loss of {Short.Loss(loss)} over the life of the model",
            "Every point of a curve reaches the same loss; smaller models do so by more tokens. The more is served, the smaller the model of least cost." + (remark is null ? "" : " " + remark));
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Bottom, "parameters N", Short.Tick);
        var chinchilla = law.OptimumForLoss(loss);
        var lowest = demands.Select(demand => Cost(LifetimeOptimum.ForLoss(law, loss, demand.EffectiveServedTokens), demand.EffectiveServedTokens)).ToList();
        var (bottom, top) = (lowest.Min(), lowest.Max() * Highest);
        picture.AddAxis(new LogarithmicAxis { Minimum = bottom / 1.5, Maximum = top }, AxisPosition.Left, usdPerTrainingFlop is null ? "operations, FLOP" : "cost, dollars", usdPerTrainingFlop is null ? Short.Power : usd => "$" + Short.Tick(usd));

        // The smallest model that ever reaches the loss does so on infinitely many tokens.
        var smallest = law.LeastParametersForLoss(loss);
        var sizes = Spread.Logarithmic(smallest * 1.01, chinchilla.Parameters * Largest, Points);
        foreach (var (i, (tokens, served)) in demands.Index())
        {
            var (color, optimum) = (PlotStyle.Colors[i % PlotStyle.Colors.Count], LifetimeOptimum.ForLoss(law, loss, served));
            picture.AddCurve(tokens == 0 ? "training alone" : $"{Quantity.Short(tokens)} tokens served",
                sizes.Select(size => new Allocation(size, law.TokensForLoss(size, loss))).Select(at => new DataPoint(at.Parameters, Cost(at, served))).Where(point => point.Y <= top), color);
            picture.AddMarks(null, [new(optimum.Parameters, Cost(optimum, served))], color);
        }

        return picture;

        double Cost(Allocation at, double served) => (at.TrainingFlop + at.InferenceFlop(served)) * (usdPerTrainingFlop ?? 1);
    }
}
