using MathNet.Numerics;
using Tern.Models;

namespace Tern.Plan.Fitting;

/// <summary>
/// Approach 2 of Hoffmann et al. 2022, arXiv 2203.15556, section 3.2: for each budget a parabola of loss over ln N, whose vertex is N*; the same over ln D; then a power law through the vertices.
/// The exponents are exact where every budget samples the same range around its optimum; the prefactor is not unless α = β, and samples that drift off the optimum spoil the exponents, too.
/// Variable projection has neither fault.
/// </summary>
public static class IsoFlopFit
{
    /// <summary>Budgets within this factor are one, where the table does not name them: 6 N D is rounded to whole steps.</summary>
    const double SameBudget = 1.1;

    /// <summary>Runs that a parabola needs.</summary>
    const int Fewest = 3;

    /// <exception cref="TernException">Fewer than two budgets have a usable parabola; the message says what is wrong with the others.</exception>
    public static Frontier Fit(IReadOnlyList<TrainedModel> runs)
    {
        var (points, rejected) = (new List<FrontierPoint>(), new List<string>());
        foreach (var budget in Budgets(runs))
            if (Vertex(budget, out var why) is { } point) points.Add(point);
            else rejected.Add($"{BudgetOf(budget[0]):G3} FLOP: {why}");
        return points.Count >= 2
            ? Frontier.Through(points, rejected)
            : throw new TernException($"Approach 2 needs two budgets or more, each with {Fewest} runs or more on both sides of the lowest loss; {points.Count} are usable{string.Concat(rejected.Take(4).Select(reason => $"; {reason}"))}. Use --approach 3, or name the column of budgets (--columns budget=...).");
    }

    static double BudgetOf(TrainedModel run) => run.BudgetFlop ?? run.Allocation.TrainingFlop;

    static List<List<TrainedModel>> Budgets(IReadOnlyList<TrainedModel> runs)
    {
        var budgets = new List<List<TrainedModel>>();
        foreach (var run in runs.OrderBy(BudgetOf))
        {
            if (budgets.Count == 0 || BudgetOf(run) > SameBudget * BudgetOf(budgets[^1][0])) budgets.Add([]);
            budgets[^1].Add(run);
        }
        return budgets;
    }

    static FrontierPoint? Vertex(List<TrainedModel> budget, out string why)
    {
        var flop = Math.Exp(budget.Average(run => Math.Log(BudgetOf(run))));
        double[] loss = [.. budget.Select(run => run.Loss)];
        return Lowest([.. budget.Select(run => Math.Log(run.Allocation.Parameters))], loss, out why) is { } parameters && Lowest([.. budget.Select(run => Math.Log(run.Allocation.Tokens))], loss, out why) is { } tokens
            ? new(flop, parameters, tokens)
            : null;
    }

    /// <summary>e to the vertex of the parabola through the losses over x.</summary>
    static double? Lowest(double[] x, double[] loss, out string why)
    {
        why = "";
        if (x.Distinct().Count() < Fewest) why = $"only {x.Distinct().Count()} sizes";
        if (why.Length > 0) return null;
        var middle = x.Average();                                       // centred, so that the three columns are nearly orthogonal
        var parabola = MathNet.Numerics.Fit.Polynomial([.. x.Select(value => value - middle)], loss, 2);
        if (!(parabola[2] > 0)) why = "the parabola opens downwards";
        var vertex = middle - (parabola[1] / (2 * parabola[2]));
        if (why.Length == 0 && (vertex < x.Min() || vertex > x.Max())) why = $"the vertex, {Math.Exp(vertex):G3}, lies outside of the runs";
        return why.Length == 0 ? Math.Exp(vertex) : null;
    }
}
