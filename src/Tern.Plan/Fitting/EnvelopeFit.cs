using Tern.Models;

namespace Tern.Plan.Fitting;

/// <summary>
/// Approach 1 of Hoffmann et al. 2022, arXiv 2203.15556, section 3.1: at each of 1,500 budgets, spaced evenly in log C, the training curve with the lowest loss says N* and D*; then power laws through
/// them. Differs: budgets at which the smallest or the largest size wins are left out, as their optimum may lie beyond the sizes.
/// </summary>
public static class EnvelopeFit
{
    const int Budgets = 1500;

    /// <summary>Fits to points along training curves: rows of one name, or, without names, of one size and seed, are a curve.</summary>
    /// <exception cref="TernException">The rows are no curves, or no size between the others wins anywhere.</exception>
    public static Frontier Fit(IReadOnlyList<TrainedModel> runs)
    {
        var curves = runs.GroupBy(run => (run.Name, run.Allocation.Parameters, run.Seed)).Select(group => group.DistinctBy(run => run.Allocation.Tokens).OrderBy(run => run.Allocation.Tokens).ToArray()).Where(curve => curve.Length > 1).ToList();
        if (curves.Count < 3 || curves.Select(curve => curve[0].Allocation.Parameters).Distinct().Count() < 3)
            throw new TernException($"Approach 1 needs training curves (several rows of one name or size, at different tokens) of three sizes or more; the table has {curves.Count} curves. Use --approach 3.");
        var (smallest, largest) = (curves.Min(curve => curve[0].Allocation.Parameters), curves.Max(curve => curve[0].Allocation.Parameters));
        var (from, to) = (Math.Log(curves.Min(curve => curve[0].Allocation.TrainingFlop)), Math.Log(curves.Max(curve => curve[^1].Allocation.TrainingFlop)));
        var points = new List<FrontierPoint>();
        for (var i = 0; i < Budgets; i++)
        {
            var flop = Math.Exp(from + ((to - from) * i / (Budgets - 1)));
            var best = curves.Select(curve => (Parameters: curve[0].Allocation.Parameters, Loss: LossAt(curve, flop))).Where(curve => curve.Loss is not null).OrderBy(curve => curve.Loss).FirstOrDefault();
            if (best.Loss is not null && best.Parameters > smallest && best.Parameters < largest) points.Add(new(flop, best.Parameters, flop / (Laws.Allocation.TrainingFlopPerParameterAndToken * best.Parameters)));
        }
        return points.Select(point => point.Parameters).Distinct().Count() >= 2
            ? Frontier.Through(points, [])
            : throw new TernException("No two sizes between the smallest and the largest have the lowest loss anywhere: the envelope says nothing about the optimum. Add sizes, or use --approach 3.");
    }

    /// <summary>Loss of a curve at a budget, linear in log C between its points; null outside of it.</summary>
    static double? LossAt(TrainedModel[] curve, double flop)
    {
        for (var i = 1; i < curve.Length; i++)
        {
            var (before, after) = (curve[i - 1].Allocation.TrainingFlop, curve[i].Allocation.TrainingFlop);
            if (flop < before || flop > after) continue;
            return curve[i - 1].Loss + ((curve[i].Loss - curve[i - 1].Loss) * Math.Log(flop / before) / Math.Log(after / before));
        }
        return null;
    }
}
