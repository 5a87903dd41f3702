using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;
using Tern.Plots;

namespace Tern.Plan.Pictures;

/// <summary>A point of an <see cref="IsoLossPicture"/>: a plan and what it is called.</summary>
public readonly record struct NamedAllocation(string Name, Allocation Allocation);

/// <summary>Lines of equal loss over parameters and tokens, with the efficient frontier. Hoffmann et al. 2022, arXiv 2203.15556, figure 4.</summary>
public static class IsoLossPicture
{
    const int Points = 121;

    /// <summary>The area that is shown reaches past the marked plans by this factor.</summary>
    const double Margin = 10;

    /// <summary>Labels stand on the first of these lines that a contour crosses, away from the frontier where possible: share of the horizontal axis less that of the vertical one.</summary>
    static readonly double[] LabelOffsets = [0.45, -0.55, 0.3, -0.3];

    static readonly MarkerType[] Marks = [MarkerType.Circle, MarkerType.Diamond, MarkerType.Square, MarkerType.Triangle];

    /// <summary>The area around some plans.</summary>
    /// <param name="estimate">The law, and its samples for the band of the frontier.</param>
    /// <param name="plans">At least one: the area is chosen by them.</param>
    public static Picture Draw(LawEstimate estimate, IReadOnlyList<NamedAllocation> plans)
    {
        ArgumentOutOfRangeException.ThrowIfZero(plans.Count);
        var law = estimate.Law;
        var picture = new Picture("isoloss", "Loss by parameters and tokens",
            "Thin lines join models of equal loss, in nats per token. The efficient frontier is the least training for each loss."
            + CaptionWords.Interval(estimate, "The frontier's band holds", "the frontiers"));
        var (leastN, mostN) = (plans.Min(plan => plan.Allocation.Parameters) / Margin, plans.Max(plan => plan.Allocation.Parameters) * Margin);
        var (leastD, mostD) = (plans.Min(plan => plan.Allocation.Tokens) / Margin, plans.Max(plan => plan.Allocation.Tokens) * Margin);
        picture.AddAxis(new LogarithmicAxis { Minimum = leastN, Maximum = mostN }, AxisPosition.Bottom, "parameters N", Short.Tick);
        picture.AddAxis(new LogarithmicAxis { Minimum = leastD, Maximum = mostD }, AxisPosition.Left, "training tokens D", Short.Tick);
        AddContours(picture, law, new(leastN, leastD), new(mostN, mostD));
        AddFrontier(picture, estimate, new Allocation(leastN, leastD).TrainingFlop, new Allocation(mostN, mostD).TrainingFlop);
        foreach (var (i, plan) in plans.Index())
        {
            picture.AddMarks($"{plan.Name}: {Quantity.Short(plan.Allocation.Parameters)} on {Quantity.Short(plan.Allocation.Tokens)}", [new(plan.Allocation.Parameters, plan.Allocation.Tokens)],
                PlotStyle.Colors[(i + 1) % PlotStyle.Colors.Count], Marks[i % Marks.Length], size: 7);
        }

        return picture;
    }

    /// <summary>Solved for the tokens: D = (B / (l - E - A N^-α))^(1/β).</summary>
    static void AddContours(Picture picture, ChinchillaLaw law, Allocation least, Allocation most)
    {
        double X(DataPoint point) => ShareOf(point.X, least.Parameters, most.Parameters);
        double Y(DataPoint point) => ShareOf(point.Y, least.Tokens, most.Tokens);
        foreach (var (i, loss) in Levels(law.Loss(most), law.Loss(least)).Index())
        {
            var label = i == 0 ? "equal loss" : null;
            var sizes = Spread.Logarithmic(least.Parameters, most.Parameters, 2 * Points);
            double Tokens(double size) => Math.Pow(law.B / (loss - law.E - (law.A * Math.Pow(size, -law.Alpha))), 1 / law.Beta);
            var contour = sizes.Select(size => new DataPoint(size, Tokens(size))).Where(point => point.Y >= least.Tokens && point.Y <= most.Tokens).ToList();
            if (contour.Count == 0) continue;
            picture.AddCurve(label, contour, PlotStyle.Colors[4], thickness: 1);
            foreach (var offset in LabelOffsets)
            {
                var crossing = contour.MinBy(point => Math.Abs(X(point) - Y(point) - offset));
                if (X(crossing) is <= 0.04 or >= 0.96 || Y(crossing) is <= 0.04 or >= 0.96) continue;
                picture.AddText(crossing, loss.ToString("F2", CultureInfo.InvariantCulture));
                break;
            }
        }
    }

    /// <summary>Where between two ends a value lies on a logarithmic axis.</summary>
    static double ShareOf(double value, double from, double to) => Math.Log(value / from) / Math.Log(to / from);

    /// <summary>Around ten round levels between two losses: closer where losses are low, as contours of a power law are.</summary>
    static IEnumerable<double> Levels(double lowest, double highest)
    {
        double[] steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
        for (var loss = Math.Ceiling(lowest / 0.01) * 0.01; loss < highest;)
        {
            yield return Math.Round(loss, 2);
            var step = steps.LastOrDefault(step => step <= (loss - lowest + 0.1) / 2.5, steps[0]);
            loss = (Math.Floor((loss / step) + 1e-9) + 1) * step;
        }
    }

    static void AddFrontier(Picture picture, LawEstimate estimate, double leastFlop, double mostFlop)
    {
        var budgets = Spread.Logarithmic(leastFlop, mostFlop, Points);
        var intervals = budgets.Select(flop => (Flop: flop, Sizes: estimate.IntervalOf(sample => sample.OptimumForFlop(flop).Parameters))).ToList();
        static DataPoint At(double size, double flop) => new(size, flop / Allocation.TrainingFlopPerParameterAndToken / size);
        if (intervals.All(at => at.Sizes is not null))
            picture.AddBand($"{100 * LawEstimate.Coverage:F0} % of samples", intervals.Select(at => At(at.Sizes!.Value.Low, at.Flop)), intervals.Select(at => At(at.Sizes!.Value.High, at.Flop)), PlotStyle.Colors[0]);

        picture.AddCurve("efficient frontier", budgets.Select(estimate.Law.OptimumForFlop).Select(optimum => new DataPoint(optimum.Parameters, optimum.Tokens)), PlotStyle.Colors[0]);
    }
}
