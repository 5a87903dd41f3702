namespace Tern.Plan.Fitting;

/// <summary>The optimal model for one budget, read off runs.</summary>
/// <param name="TrainingFlop">C.</param>
/// <param name="Parameters">N*.</param>
/// <param name="Tokens">D*.</param>
public readonly record struct FrontierPoint(double TrainingFlop, double Parameters, double Tokens);

/// <summary>How the optimum grows with the budget, without a loss surface: N*(C) and D*(C), each a power law of its own.</summary>
/// <param name="Parameters">N* by C.</param>
/// <param name="Tokens">D* by C.</param>
/// <param name="Points">What they were fitted to.</param>
/// <param name="Rejected">Budgets that were left out, and why.</param>
public sealed record Frontier(PowerLaw Parameters, PowerLaw Tokens, IReadOnlyList<FrontierPoint> Points, IReadOnlyList<string> Rejected)
{
    internal static Frontier Through(IReadOnlyList<FrontierPoint> points, IReadOnlyList<string> rejected)
    {
        double[] flop = [.. points.Select(point => point.TrainingFlop)];
        return new(PowerLaw.Fit(flop, [.. points.Select(point => point.Parameters)]), PowerLaw.Fit(flop, [.. points.Select(point => point.Tokens)]), points, rejected);
    }
}
