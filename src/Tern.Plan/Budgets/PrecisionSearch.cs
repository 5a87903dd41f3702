using Tern.Models;
using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>The joint optimum over N, D, bits of training and bits of serving: the optimum of N and D for every pair of bits, and the best of them.</summary>
static class PrecisionSearch
{
    /// <summary>What is tried; the law was fitted to 3 to 12 bits and 16 (arXiv 2411.04330).</summary>
    static readonly double[] Bits = [3, 4, 5, 6, 8, 12, 16];

    public static (PlanSituation Best, IReadOnlyList<PrecisionCase> Tried) Search(PlanRequest request, ChinchillaLaw law)
    {
        if (!IsFree(request.TrainingBits) && !IsFree(request.ServingBits)) return (new(request, law, request.TrainingBits?.Value, request.ServingBits?.Value), []);
        var byLoss = request.Goal.Loss is not null;
        if (!byLoss && request.Goal is { Flop: null, Usd: null })
            throw new TernException("bits are chosen for a budget or a loss: give operations, dollars or a loss, or the number of bits.");
        var tried = new List<(PlanSituation Situation, PrecisionCase Case)>();
        foreach (var training in Choices(request.TrainingBits, PrecisionOptimum.FullBits))
        {
            // More bits than were trained hold nothing more; they are tried only where they are asked for.
            foreach (var serving in Choices(request.ServingBits, training).Where(bits => bits <= training || !IsFree(request.ServingBits)))
            {
                if (Try(request, law, training, serving) is { } found) tried.Add(found);
            }
        }
        if (tried.Count == 0) _ = PlanSolver.Solve(new(request, law, null, null), request.Goal);       // says why, where it is not for the bits
        if (tried.Count == 0) throw new TernException("no bits reach the loss with this law; ask for a higher loss, or take the bits as given.");
        var ordered = (byLoss ? tried.OrderBy(pair => pair.Case.Cost) : tried.OrderBy(pair => pair.Case.Loss)).ToList();
        return (ordered[0].Situation, [.. ordered.Select(pair => pair.Case)]);
    }

    static bool IsFree(BitsChoice? choice) => choice is { Value: null };

    static IEnumerable<double> Choices(BitsChoice? choice, double otherwise) => choice switch
    {
        null => [otherwise],
        { Value: { } bits } => [bits],
        _ => Bits,
    };

    static (PlanSituation, PrecisionCase)? Try(PlanRequest request, ChinchillaLaw law, double training, double serving)
    {
        var situation = new PlanSituation(request, law, training, serving);
        try
        {
            var at = PlanSolver.Solve(situation, request.Goal);
            var loss = situation.Loss(at);
            return double.IsFinite(loss) ? (situation, new(training, serving, at, loss, situation.LifetimeCost(at))) : null;
        }
        catch (TernException)
        {
            // This pair does not reach the loss, or leaves nothing to train with. Others may.
            return null;
        }
    }
}
