using Tern.Models;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;
using Tern.Plots;

namespace Tern.Plan.Pictures;

/// <summary>The pictures of a plan.</summary>
public static class PlanPictures
{
    /// <summary>Budgets of the isoFLOP curves, over the plan's.</summary>
    static readonly double[] Budgets = [0.01, 0.1, 1, 10];

    /// <summary>Demands of the lifetime cost, over the planned one.</summary>
    static readonly double[] Demands = [0, 0.1, 1, 10];

    /// <summary>Bits of the curves of rounding, beside the plan's own.</summary>
    static readonly double[] RoundingBits = [3, 4, 5, 6];

    /// <summary>Writes all of them into a folder, which is made where there is none: first those as SVG, which always succeed, then those as PNG.</summary>
    /// <returns>The files.</returns>
    /// <exception cref="TernException">They cannot be written, or the machine has no font for the PNG.</exception>
    public static IReadOnlyList<string> Write(string folder, PlanRequest request, PlanAnswer answer) => PictureFolder.Write(folder, Of(request, answer));

    /// <summary>Loss at fixed operations, equal losses, lifetime cost where there is a demand, bits, and the batch.</summary>
    public static IReadOnlyList<Picture> Of(PlanRequest request, PlanAnswer answer)
    {
        var plan = new Allocation(answer.Parameters.Value, answer.Tokens.Value);
        var situation = new PlanSituation(request, request.Law.Law, answer.Precision.TrainingBits, answer.Precision.ServingBits);
        var law = request.Law with
        {
            Law = situation.EffectiveLaw,
            Samples = [.. request.Law.Samples.Select(sample => new PlanSituation(request, sample, answer.Precision.TrainingBits, answer.Precision.ServingBits).EffectiveLaw)],
        };
        var plans = new List<NamedAllocation> { new("plan", plan) };
        if (answer.Chinchilla is { } chinchilla && answer.Demand.Tokens > 0) plans.Add(new("least training", chinchilla.Allocation));

        var pictures = new List<Picture> { IsoFlopPicture.Draw(law, [.. Budgets.Select(factor => factor * plan.TrainingFlop)]), IsoLossPicture.Draw(law, plans) };
        if (answer.Demand.Tokens > 0)
        {
            var price = situation.UsdPrice;
            pictures.Add(LifetimeCostPicture.Draw(law.Law, law.Law.Loss(plan), [.. Demands.Select(factor => new CostedDemand(answer.Demand.Tokens * factor, price.EffectiveServedTokens(answer.Demand.Times(factor))))], price.PerTrainingFlop, answer.Precision.Damage > 0 ? "Losses are those before the weights are rounded; rounding, which hurts small models on many tokens most, makes the plan larger." : null));
        }

        var precision = request.Precision with { Base = request.Law.Law };
        var bits = answer.Precision.TrainingBits;
        pictures.Add(PrecisionPictures.Training(precision, plan, plan.TrainingFlop * (bits ?? PrecisionOptimum.FullBits) / PrecisionOptimum.FullBits, bits, answer.Precision.Source));
        if (precision.PostTraining is not null)
            pictures.Add(PrecisionPictures.Rounding(precision, plan, bits, [.. RoundingBits.Concat(answer.Precision.ServingBits is { } served ? [served] : []).Distinct().Where(rounded => rounded < (bits ?? PrecisionOptimum.FullBits))], answer.Precision.Source));
        var batch = answer.Batch;
        pictures.Add(BatchPictures.Steps(CriticalBatchScaling.StepsOf(plan.Tokens, batch.CriticalBatchTokens), batch.CriticalBatchTokens, CriticalBatchScaling.Overhead, (double)batch.Sequences * batch.SequenceTokens, batch.Source));
        return pictures;
    }
}
