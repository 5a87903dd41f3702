using System.Globalization;
using Jint;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;
using Tern.Plan.Reports;

namespace Tern.Plan.Tests.Reports;

/// <summary>The page's JavaScript against the laws of the library.</summary>
public sealed class PageFormulasTests
{
    /// <summary>Both compute in doubles by the same formulas; roots are found to 1e-14 by one and the other, and powers of 1/α multiply what is left by less than 100.</summary>
    const double Relative = 1e-9;

    static readonly Allocation[] Allocations = [new(3e7, 1.5e9), new(1.1e8, 1.3e10), new(6.5e9, 2.5e11), new(7e10, 1.4e12)];

    public static TheoryData<string> LawNames => [.. PublishedLaw.All.Select(law => law.Name)];

    static Engine Page(ChinchillaLaw law, PrecisionLaw? precision = null)
    {
        var request = Request() with { Law = Request().Law with { Law = law }, Precision = precision ?? PublishedPrecisionLaw.Kumar };
        var engine = new Engine().Execute(PlanReport.Part("laws.js")).Execute(PlanReport.Part("planner.js"));
        engine.Execute($"const data = {SliderData.Of(request, Planner.Plan(request)).ToJsonString()}; const law = data.laws[0], precision = data.precision;");
        return engine;
    }

    static PlanRequest Request() => new() { Goal = new() { Flop = 1e21 }, Law = LawEstimate.Of(PublishedLaw.Named("sardana")) };

    static double Value(Engine page, FormattableString script) => page.Evaluate(script.ToString(CultureInfo.InvariantCulture)).AsNumber();

    static void Same(double expected, double actual) => Assert.InRange(actual, expected - (Relative * Math.Abs(expected)), expected + (Relative * Math.Abs(expected)));

    static void Same(Allocation expected, Engine page, FormattableString script)
    {
        Same(expected.Parameters, Value(page, $"({script.ToString(CultureInfo.InvariantCulture)}).n"));
        Same(expected.Tokens, Value(page, $"({script.ToString(CultureInfo.InvariantCulture)}).d"));
    }

    [Theory, MemberData(nameof(LawNames))]
    public void Loss_and_optima_are_those_of_the_library(string name)
    {
        var law = PublishedLaw.Named(name).Law;
        var page = Page(law);
        foreach (var at in Allocations)
        {
            var loss = law.Loss(at);
            Same(loss, Value(page, $"laws.loss(law, {at.Parameters}, {at.Tokens})"));
            Same(law.OptimumForFlop(at.TrainingFlop), page, $"laws.optimumForFlop(law, {at.TrainingFlop})");
            Same(law.OptimumForLoss(loss), page, $"laws.optimumForLoss(law, {loss:R})");
            Same(law.TokensForLoss(2 * at.Parameters, loss), Value(page, $"laws.tokensForLoss(law, {2 * at.Parameters}, {loss:R})"));
            foreach (var served in (double[])[0, 1e9, 1e12, 1e15])
                Same(LifetimeOptimum.ForLoss(law, loss, served), page, $"laws.lifetimeOptimum(law, {loss:R}, {served})");
        }
    }

    [Theory]
    [InlineData(1, 1, 1, null)]
    [InlineData(0.3037, 1.4072, 2.4185, null)]       // the appendix's powers
    [InlineData(1, 1, 1, 0.5)]                       // C_x, an arbitrary value
    public void Precision_is_that_of_the_library(double weights, double activations, double keyValues, double? robustness)
    {
        var kumar = PublishedPrecisionLaw.Kumar;
        var law = kumar with { Exponents = new(weights, activations, keyValues), PostTraining = kumar.PostTraining! with { Robustness = robustness is { } c ? TrainingBits.All(c) : null } };
        var page = Page(law.Base, law);
        Same(PrecisionOptimum.Bits(law), Value(page, $"laws.bestBits(precision)"));
        foreach (var at in Allocations)
        {
            Same(law.PostTraining.Loss(at, 4), Value(page, $"laws.damage(precision, {at.Parameters}, {at.Tokens}, null, 4)"));
            foreach (var bits in (double[])[2, 3.5, 8, 16])
            {
                Same(law.EffectiveShare(TrainingBits.All(bits)), Value(page, $"laws.effectiveShare(precision, {bits})"));
                Same(PrecisionOptimum.ForFlop(law, at.TrainingFlop, bits), page, $"laws.optimumForBits(law, precision, {at.TrainingFlop}, {bits})");
                Same(law.Loss(at, TrainingBits.All(bits)), Value(page, $"laws.loss(laws.atBits(law, precision, {bits}), {at.Parameters}, {at.Tokens})"));
                Same(PrecisionOptimum.CriticalTokens(law, at.Parameters, bits), Value(page, $"laws.criticalTokens(law, precision, {at.Parameters}, {bits})"));
                foreach (var served in (double[])[2, 3, 8])
                    Same(law.Damage(at, TrainingBits.All(bits), served), Value(page, $"laws.damage(precision, {at.Parameters}, {at.Tokens}, {bits}, {served})"));
            }
        }
    }

    public static TheoryData<string> Requests => [.. Requested.Keys];

    /// <summary>Those that have a closed form.</summary>
    static readonly Dictionary<string, PlanRequest> Requested = new()
    {
        ["training alone"] = Request(),
        ["operations with a demand"] = Request() with { Demand = ServingDemand.OfTokens(3e12) },
        ["few bits while training"] = Request() with { TrainingBits = new BitsChoice(6), Demand = ServingDemand.OfTokens(1e11) },
        ["dollars with a demand"] = Request() with { Goal = new() { Usd = 3e5 }, Objective = PlanObjective.Usd, Demand = ServingDemand.OfRequests(1e9, 1000, 250) },
        ["dollars in few bits"] = Request() with { Goal = new() { Loss = 2.2 }, Objective = PlanObjective.Usd, TrainingBits = new BitsChoice(8), Demand = ServingDemand.OfTokens(1e12), ServingDevice = DeviceTable.Named("a100-40") },
        ["named formats"] = Request() with { Goal = new() { Loss = 2.1 }, Objective = PlanObjective.Usd, TrainingFormat = "bf16", ServingFormat = "bf16", Demand = ServingDemand.OfTokens(1e12) },
    };

    [Theory, MemberData(nameof(Requests))]
    public void Before_a_slider_is_moved_the_page_shows_the_plan(string name)
    {
        var request = Requested[name];
        var answer = Planner.Plan(request);
        var engine = new Engine().Execute(PlanReport.Part("laws.js")).Execute(PlanReport.Part("planner.js"));
        engine.Execute($"const data = {SliderData.Of(request, answer).ToJsonString()}; const plan = planner.plan(data, data.start), at = plan.lifetime;");
        Same(new Allocation(answer.Parameters.Value, answer.Tokens.Value), engine, $"at");
        Same(answer.Loss.Value, Value(engine, $"plan.loss"));
        Same(answer.Cost.TrainingUsd, Value(engine, $"plan.trainingUsd(at.n, at.d)"));
        Same(answer.Cost.TotalUsd, Value(engine, $"plan.trainingUsd(at.n, at.d) + plan.servingUsd(at.n)"));
        Same(answer.Cost.EffectiveServedTokens, Value(engine, $"plan.effective"));
        if (answer.Chinchilla is { } chinchilla) Same(chinchilla.Allocation, engine, $"plan.training");
    }

    public static TheoryData<double?, double> Roundings => new() { { null, 4 }, { 8, 3 }, { 8, 4 }, { 4, 3 } };

    [Theory, MemberData(nameof(Roundings))]
    public void Plan_that_is_rounded_is_searched_for_on_the_page_too(double? trained, double served)
    {
        // Golden section stops where doubles do not tell costs apart: within the root of 2^-52 (1.5e-8) of the least one, by some tens where it is flat.
        const double Searched = 1e-6;
        var request = Request() with { Goal = new() { Usd = 2e5 }, Objective = PlanObjective.Usd, TrainingBits = trained is { } bits ? new BitsChoice(bits) : null, ServingBits = new BitsChoice(served), Demand = ServingDemand.OfTokens(1e12) };
        var answer = Planner.Plan(request);
        var engine = new Engine().Execute(PlanReport.Part("laws.js")).Execute(PlanReport.Part("planner.js"));
        engine.Execute($"const data = {SliderData.Of(request, answer).ToJsonString()}; const plan = planner.plan(data, data.start), at = plan.lifetime;");
        void Near(double expected, double actual) => Assert.InRange(actual / expected, 1 - Searched, 1 + Searched);
        Near(answer.Parameters.Value, Value(engine, $"at.n"));
        Near(answer.Tokens.Value, Value(engine, $"at.d"));
        Near(answer.Loss.Value, Value(engine, $"plan.loss"));
        Near(answer.Precision.Damage, Value(engine, $"plan.damage"));
        Near(answer.Cost.TotalUsd, Value(engine, $"plan.trainingUsd(at.n, at.d) + plan.servingUsd(at.n)"));
        Near(answer.Chinchilla!.Allocation.Parameters, Value(engine, $"plan.training.n"));
        var law = request.Precision with { Base = request.Law.Law };
        var n = Value(engine, $"at.n");
        Same(PrecisionOptimum.CriticalTokens(law, trained is { } few ? law.EffectiveParameters(n, TrainingBits.All(few)) : n, served), Value(engine, $"plan.critical"));
    }

    [Theory]
    [InlineData(7e9, "7B")]
    [InlineData(1.4e12, "1.4T")]
    [InlineData(999_900, "1M")]
    [InlineData(5.76e23, "5.76e23")]
    [InlineData(20.4, "20.4")]
    [InlineData(0, "0")]
    public void Numbers_are_written_short(double value, string text) =>
        Assert.Equal(text, new Engine().Execute(PlanReport.Part("charts.js")).Evaluate(FormattableString.Invariant($"count({value})")).AsString());
}
