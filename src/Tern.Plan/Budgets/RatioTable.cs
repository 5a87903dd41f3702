using Tern.Models;
using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>How far the optimum moves from Chinchilla's by loss and demand: the numbers behind figure 1 of Sardana et al. 2024, arXiv 2401.00448.</summary>
public static class RatioTable
{
    /// <summary>A row for each loss, a cell for each demand.</summary>
    /// <param name="law">The loss.</param>
    /// <param name="losses">Nats per token, above the law's E.</param>
    /// <param name="servedTokens">D_inf.</param>
    /// <exception cref="TernException">A loss is not above E.</exception>
    public static IReadOnlyList<RatioRow> Make(ChinchillaLaw law, IReadOnlyList<double> losses, IReadOnlyList<double> servedTokens)
    {
        if (losses.Where(loss => loss <= law.E).Select(loss => (double?)loss).FirstOrDefault() is { } low)
            throw new TernException(FormattableString.Invariant($"a loss of {low:G6} is not reached by any model: E = {law.E:G6} of the law is what is left with infinite size and data. Begin above E."));
        return [.. losses.Select(loss => new RatioRow(loss, law.OptimumForLoss(loss), [.. servedTokens.Select(served => Cell(law, loss, served))]))];
    }

    /// <summary>So many values at equal distances, both ends included.</summary>
    public static IReadOnlyList<double> Linear(double from, double to, int count) => [.. Enumerable.Range(0, count).Select(i => Math.Round(from + ((to - from) * i / (count - 1)), 12))];

    /// <summary>So many values at equal ratios, both ends included.</summary>
    public static IReadOnlyList<double> Logarithmic(double from, double to, int count) => [.. Enumerable.Range(0, count).Select(i => from * Math.Pow(to / from, (double)i / (count - 1)))];

    static RatioCell Cell(ChinchillaLaw law, double loss, double served)
    {
        var (chinchilla, optimum) = (law.OptimumForLoss(loss), LifetimeOptimum.ForLoss(law, loss, served));
        return new(served, optimum, (chinchilla.TrainingFlop + chinchilla.InferenceFlop(served)) / (optimum.TrainingFlop + optimum.InferenceFlop(served)),
            optimum.Parameters / chinchilla.Parameters, optimum.Tokens / chinchilla.Tokens);
    }
}

/// <summary>A loss.</summary>
/// <param name="Loss">Nats per token.</param>
/// <param name="Chinchilla">The optimum when only training is paid for.</param>
/// <param name="Cells">For each demand.</param>
public sealed record RatioRow(double Loss, Allocation Chinchilla, IReadOnlyList<RatioCell> Cells);

/// <summary>A demand.</summary>
/// <param name="ServedTokens">D_inf.</param>
/// <param name="Optimum">Of the whole life.</param>
/// <param name="FlopRatio">Operations of Chinchilla's model over its life, over those of the optimum.</param>
/// <param name="ParametersRatio">N of the optimum over Chinchilla's.</param>
/// <param name="TokensRatio">D of the optimum over Chinchilla's.</param>
public sealed record RatioCell(double ServedTokens, Allocation Optimum, double FlopRatio, double ParametersRatio, double TokensRatio);
