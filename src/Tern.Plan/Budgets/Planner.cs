using Tern.Models;
using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>What to train for a budget, a size or a loss, and a demand.</summary>
public static class Planner
{
    /// <summary>Demands of the sensitivity table, over the planned one.</summary>
    static readonly double[] DemandFactors = [0.1, 0.3, 1, 3, 10];

    /// <summary>Bits of the table of rounding.</summary>
    static readonly double[] RoundingBits = [8, 6, 5, 4, 3];

    /// <summary>Answers a request. Pure: the same request gives the same answer.</summary>
    /// <exception cref="TernException">The request contradicts itself, or no model is what it asks for.</exception>
    public static PlanAnswer Plan(PlanRequest request)
    {
        Check(request);
        var (situation, tried) = PrecisionSearch.Search(request, request.Law.Law);
        var at = PlanSolver.Solve(situation, request.Goal);
        var samples = Samples(request, situation);
        Estimate Estimated(Func<PlanSituation, Allocation, double> quantity) => new(quantity(situation, at), IntervalOf(samples, quantity));

        var cost = Cost(request, situation, at, Estimated((s, a) => TotalUsd(s, a)));
        var (prompts, generation) = (situation.InferenceFlop(at.Parameters, request.Demand.PromptTokens), situation.InferenceFlop(at.Parameters, request.Demand.GeneratedTokens));
        var answer = new PlanAnswer
        {
            Question = PlanWords.Question(request),
            Law = new(request.Law.Name, request.Law.Law, request.Law.Source, request.Law.Warning, request.Law.SamplingMethod, LawEstimate.Coverage),
            Objective = request.Objective,
            Parameters = Estimated((_, a) => a.Parameters),
            Tokens = Estimated((_, a) => a.Tokens),
            TokensPerParameter = Estimated((_, a) => a.TokensPerParameter),
            Loss = Estimated((s, a) => s.Loss(a)),
            Demand = request.Demand,
            Cost = cost,
            Intervals = new(
                IntervalOf(samples, (s, a) => s.TrainingFlop(a)),
                IntervalOf(samples, (s, a) => s.InferenceFlop(a.Parameters, s.Demand.Tokens)),
                IntervalOf(samples, (s, a) => Usd(s, a, default)),
                IntervalOf(samples, (s, a) => TotalUsd(s, a) - Usd(s, a, default)),
                IntervalOf(samples, (s, a) => BatchPlanner.CriticalBatchTokens(a.Tokens)),
                IntervalOf(samples, (s, a) => s.TrainingFlop(a) * request.TrainingDevice.HoursPerFlop(s.TrainingFormat, request.TrainingDevice.TrainingUtilisation))),
            Chinchilla = Baseline(request, situation, at),
            Shape = ModelShape.For(at.Parameters),
            Precision = Precision(request, situation, at, tried),
            Batch = BatchPlanner.Plan(at.Tokens, PlanSituation.Context(request, at.Parameters)),
            Cluster = ClusterPlanner.Plan(request, situation, cost, at.Parameters, prompts, generation),
            Sensitivity = Sensitivity(request, situation, at),
            Warnings = PlanWords.Warnings(request, situation, at),
            Advice = "",
        };
        return answer with { Advice = PlanWords.Advice(request, answer) };
    }

    static void Check(PlanRequest request)
    {
        var goal = request.Goal;
        var amounts = ((double?[])[goal.Flop, goal.Usd, goal.Loss]).Count(value => value is not null);
        var sizes = ((double?[])[goal.Parameters, goal.Tokens]).Count(value => value is not null);
        if (amounts + sizes == 0) throw new TernException("nothing is known: give operations, dollars, parameters, tokens or a loss.");
        if (amounts > 1) throw new TernException("operations, dollars and a loss cannot all be given: one of them follows from another. Leave all but one out.");
        if (amounts + sizes > 2) throw new TernException("too much is given: two of parameters, tokens and a budget or loss decide on the third. Leave one out.");
        foreach (var (name, value) in ((string, double?)[])[("operations", goal.Flop), ("dollars", goal.Usd), ("parameters", goal.Parameters), ("tokens", goal.Tokens), ("loss", goal.Loss)])
            if (value is { } given && given is not (> 0 and < double.PositiveInfinity)) throw new TernException(FormattableString.Invariant($"{name}: {given} must be above 0 and finite."));
        if (request.Demand is not { PromptTokens: >= 0, GeneratedTokens: >= 0 } || !double.IsFinite(request.Demand.Tokens)) throw new TernException("the demand must not be negative, and finite.");
        if (goal.Usd is not null && request.Objective != PlanObjective.Usd) throw new TernException("a budget in dollars needs dollars as the objective.");
        if (goal.Flop is not null && request.Objective != PlanObjective.Flop) throw new TernException("a budget in operations needs operations as the objective.");
        if (goal.Usd is not null && request.TrainingDevice.UsdPerHour == 0) throw new TernException($"{request.TrainingDevice.Name} costs nothing: a budget in dollars has no limit. Give its price (--gpu-price).");
        foreach (var bits in (BitsChoice?[])[request.TrainingBits, request.ServingBits])
            if (bits?.Value is { } given && given is not (>= 1 and <= 32)) throw new TernException(FormattableString.Invariant($"{given} bits: give 1 to 32, or auto."));
        if (request.Devices is < 1) throw new TernException($"{request.Devices} devices cannot train; give 1 or more.");
        if (request.Days is { } days && days is not (> 0 and < double.PositiveInfinity)) throw new TernException("days must be above 0 and finite.");
        if (request.GramsCo2PerKilowattHour is { } grams && grams is not (>= 0 and < double.PositiveInfinity)) throw new TernException("grams of CO2 per kilowatt-hour must not be negative, and finite.");
    }

    /// <summary>The plan of every law in the sample, with the same bits. Samples without one are left out.</summary>
    static List<(PlanSituation, Allocation)> Samples(PlanRequest request, PlanSituation planned)
    {
        var samples = new List<(PlanSituation, Allocation)>();
        foreach (var law in request.Law.Samples)
        {
            var situation = new PlanSituation(request, law, planned.TrainingBits, planned.ServingBits);
            if (SolvedOrNull(situation, request.Goal) is { } at) samples.Add((situation, at));      // not every law of the sample reaches the loss
        }
        return samples;
    }

    static Interval? IntervalOf(List<(PlanSituation Situation, Allocation At)> samples, Func<PlanSituation, Allocation, double> quantity) =>
        LawEstimate.IntervalOf(samples.Select(sample => quantity(sample.Situation, sample.At)));

    static double TotalUsd(PlanSituation situation, Allocation at) => Usd(situation, at, situation.Demand);

    static double Usd(PlanSituation situation, Allocation at, ServingDemand demand) =>
        (situation.UsdPrice.PerTrainingFlop * situation.TrainingFlop(at))
        + (situation.UsdPrice.PerPromptFlop * situation.InferenceFlop(at.Parameters, demand.PromptTokens))
        + (situation.UsdPrice.PerGeneratedFlop * situation.InferenceFlop(at.Parameters, demand.GeneratedTokens));

    static double Flop(PlanSituation situation, Allocation at, ServingDemand demand) => situation.TrainingFlop(at) + situation.InferenceFlop(at.Parameters, demand.Tokens);

    static CostPlan Cost(PlanRequest request, PlanSituation situation, Allocation at, Estimate total)
    {
        var (demand, price) = (request.Demand, situation.UsdPrice);
        return new()
        {
            TrainingFlop = situation.TrainingFlop(at),
            InferenceFlop = situation.InferenceFlop(at.Parameters, demand.Tokens),
            ScaledFlop = request.Objective == PlanObjective.Flop && (situation.TrainingBits ?? situation.ServingBits) is not null ? situation.LifetimeCost(at) : null,
            TrainingUsd = price.PerTrainingFlop * situation.TrainingFlop(at),
            PromptUsd = price.PerPromptFlop * situation.InferenceFlop(at.Parameters, demand.PromptTokens),
            GenerationUsd = price.PerGeneratedFlop * situation.InferenceFlop(at.Parameters, demand.GeneratedTokens),
            TotalUsd = total.Value,
            TotalUsdEstimate = total,
            EffectiveServedTokens = situation.Price.EffectiveServedTokens(demand),
            TrainingOn = $"{request.TrainingDevice.Name} {situation.TrainingFormat}",
            ServingOn = $"{request.ServingDevice.Name} {situation.ServingFormat}",
            PriceSources = [.. ((Device[])[request.TrainingDevice, request.ServingDevice]).Select(device => FormattableString.Invariant($"{device.Name} {device.UsdPerHour:F2} USD/h: {device.Source}")).Distinct()],
        };
    }

    static BaselinePlan? Baseline(PlanRequest request, PlanSituation situation, Allocation at)
    {
        var loss = situation.Loss(at);
        var alone = new PlanSituation(request with { IgnoreDemand = true }, request.Law.Law, situation.TrainingBits, situation.ServingBits);
        if (SolvedOrNull(alone, new() { Loss = loss }) is not { } chinchilla) return null;          // more tokens than there are, or rounding
        var (usd, flop) = (Usd(alone, chinchilla, request.Demand), Flop(alone, chinchilla, request.Demand));
        return new(chinchilla, usd, flop, at.Parameters / chinchilla.Parameters, at.Tokens / chinchilla.Tokens, TotalUsd(situation, at) / usd, Flop(situation, at, request.Demand) / flop);
    }

    static Allocation? SolvedOrNull(PlanSituation situation, PlanGoal goal)
    {
        try
        {
            return PlanSolver.Solve(situation, goal);
        }
        catch (TernException)
        {
            return null;
        }
    }

    static PrecisionPlan Precision(PlanRequest request, PlanSituation situation, Allocation at, IReadOnlyList<PrecisionCase> tried)
    {
        var law = request.Precision with { Base = request.Law.Law };
        var effective = situation.EffectiveParameters(at.Parameters);
        return new()
        {
            TrainingBits = situation.TrainingBits,
            ServingBits = situation.ServingBits,
            EffectiveParameters = effective,
            Damage = situation.Damage(at),
            BestTrainingBits = PrecisionOptimum.Bits(law),
            Rounding = law.PostTraining is null ? [] :
            [
                .. RoundingBits.Where(bits => bits < (situation.TrainingBits ?? PrecisionOptimum.FullBits))
                    .Select(bits => new RoundingCase(bits, situation.TrainingBits is { } trained ? law.Damage(at, TrainingBits.All(trained), bits) : law.PostTraining.Loss(at, bits), PrecisionOptimum.CriticalTokens(law, effective, bits))),
            ],
            Tried = tried,
            Source = request.PrecisionSource,
        };
    }

    static List<DemandCase> Sensitivity(PlanRequest request, PlanSituation situation, Allocation at)
    {
        var cases = new List<DemandCase>();
        if (request.Demand.Tokens == 0) return cases;
        var loss = situation.Loss(at);
        foreach (var factor in DemandFactors)
        {
            var demand = request.Demand.Times(factor);
            var other = new PlanSituation(request with { Demand = demand, IgnoreDemand = false }, request.Law.Law, situation.TrainingBits, situation.ServingBits);
            if (SolvedOrNull(other, new() { Loss = loss }) is { } best) cases.Add(new(factor, best, Flop(other, at, demand), Flop(other, best, demand), Usd(other, at, demand), Usd(other, best, demand), (other.LifetimeCost(at) / other.LifetimeCost(best)) - 1));
        }
        return cases;
    }
}
