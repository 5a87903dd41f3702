using Tern.Models;
using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>Two models with their demand: which costs less, and from which demand on.</summary>
/// <param name="First">One.</param>
/// <param name="Second">The other.</param>
/// <param name="BreakEvenFlopTokens">Served tokens from which the smaller model has taken fewer operations; null where it has from the start, or the sizes are equal.</param>
/// <param name="BreakEvenUsdTokens">Likewise in dollars.</param>
public sealed record ModelComparison(ComparedModel First, ComparedModel Second, double? BreakEvenFlopTokens, double? BreakEvenUsdTokens)
{
    /// <summary>Compares two allocations.</summary>
    /// <param name="law">The loss.</param>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    /// <param name="demand">Tokens that are served; its shares of prompts and answers price a token of the break-even.</param>
    /// <param name="price">Dollars.</param>
    public static ModelComparison Of(LawEstimate law, Allocation first, Allocation second, ServingDemand demand, LifetimePrice price)
    {
        foreach (var at in (Allocation[])[first, second])
            if (at is not { Parameters: > 0, Tokens: > 0 }) throw new TernException("a model has parameters and tokens above 0: 7B,2T.");
        ComparedModel Model(Allocation at) => new(at, new(law.Law.Loss(at), law.IntervalOf(sample => sample.Loss(at))), at.TrainingFlop, at.InferenceFlop(demand.Tokens), price.Training(at), price.Prompts(at, demand) + price.Generation(at, demand));
        var (small, large) = first.Parameters < second.Parameters ? (first, second) : (second, first);
        double? flop = null, usd = null;
        if (small.Parameters < large.Parameters && LifetimeOptimum.BreakEvenServedTokens(small, large) is > 0 and var served)
        {
            // A served token costs D_eff / D_inf tokens' worth; without a demand, that of the average request.
            var asked = demand.Tokens > 0 ? demand : ServingDemand.OfTokens(1);
            (flop, usd) = (served, served / (price.EffectiveServedTokens(asked) / asked.Tokens));
        }
        return new(Model(first), Model(second), flop, usd);
    }
}

/// <summary>A model of a comparison.</summary>
/// <param name="Allocation">N and D.</param>
/// <param name="Loss">Nats per token.</param>
/// <param name="TrainingFlop">Operations of training.</param>
/// <param name="InferenceFlop">Operations of serving.</param>
/// <param name="TrainingUsd">Dollars of training.</param>
/// <param name="ServingUsd">Dollars of serving.</param>
public sealed record ComparedModel(Allocation Allocation, Estimate Loss, double TrainingFlop, double InferenceFlop, double TrainingUsd, double ServingUsd)
{
    /// <summary>Operations over its life.</summary>
    public double TotalFlop => TrainingFlop + InferenceFlop;

    /// <summary>Dollars over its life.</summary>
    public double TotalUsd => TrainingUsd + ServingUsd;
}
