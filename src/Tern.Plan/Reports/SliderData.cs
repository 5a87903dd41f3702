using System.Text.Json.Nodes;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;

namespace Tern.Plan.Reports;

/// <summary>What the page's sliders start from and compute with: laws, constants of precision, devices. planner.js says how they are used.</summary>
static class SliderData
{
    public static JsonObject Of(PlanRequest request, PlanAnswer answer)
    {
        var situation = new PlanSituation(request, request.Law.Law, answer.Precision.TrainingBits, answer.Precision.ServingBits);
        var laws = PublishedLaw.All.Where(law => law.Name != request.Law.Name).Select(law => Law(law.Name, law.Law, law.Source, law.Warning));
        return new()
        {
            ["laws"] = new JsonArray([Law(request.Law.Name, request.Law.Law, request.Law.Source, request.Law.Warning), .. laws]),
            ["precision"] = Precision(request.Precision),
            ["trainingFormats"] = Formats(request.TrainingDevice, request.TrainingFormat, training: true),
            ["servingFormats"] = Formats(request.ServingDevice, request.ServingFormat, training: false),
            ["defaultServingBits"] = PlanSituation.DefaultServingBits,
            ["start"] = Start(request, answer, situation),
        };
    }

    /// <summary>The budget of training alone that reaches the plan's loss: with it, the page's optimum for the demand is the plan.</summary>
    static JsonObject Start(PlanRequest request, PlanAnswer answer, PlanSituation situation)
    {
        var plan = new Allocation(answer.Parameters.Value, answer.Tokens.Value);
        // As the page counts: 6 N D, and every token fresh.
        var alone = new PlanSituation(request with { FlopRule = FlopRule.SixParametersTokens, UniqueTokens = double.PositiveInfinity, IgnoreDemand = true }, request.Law.Law, situation.TrainingBits, situation.ServingBits);
        var trained = PlanSolver.Solve(alone, new() { Loss = alone.Loss(plan) });
        var (training, serving, demand) = (request.TrainingDevice, request.ServingDevice, request.Demand);
        return new()
        {
            ["law"] = request.Law.Name,
            ["objective"] = request.Objective == PlanObjective.Usd ? "usd" : "flop",
            ["flop"] = trained.TrainingFlop * (situation.TrainingBits ?? PrecisionOptimum.FullBits) / PrecisionOptimum.FullBits,
            ["served"] = demand.Tokens,
            ["promptShare"] = Share(demand),
            ["trainBits"] = situation.TrainingBits,
            ["serveBits"] = situation.ServingBits,
            ["trainUsd"] = training.UsdPerHour,
            ["serveUsd"] = serving.UsdPerHour,
            ["trainMfu"] = 100 * training.TrainingUtilisation,
            ["prefillMfu"] = 100 * serving.PrefillUtilisation,
            ["generationMfu"] = 100 * serving.GenerationUtilisation,
        };
    }

    /// <summary>Percent of the tokens that are prompts; of the average request where there is no demand.</summary>
    static double Share(ServingDemand demand)
    {
        var asked = demand.Tokens > 0 ? demand : ServingDemand.OfTokens(1);
        return 100 * asked.PromptTokens / asked.Tokens;
    }

    static JsonObject Law(string name, ChinchillaLaw law, string source, string? warning) => new()
    {
        ["name"] = name,
        ["A"] = law.A,
        ["B"] = law.B,
        ["E"] = law.E,
        ["alpha"] = law.Alpha,
        ["beta"] = law.Beta,
        ["source"] = source,
        ["warning"] = warning,
    };

    static JsonObject Precision(PrecisionLaw law) => new()
    {
        ["gamma"] = Parts(law.Gamma),
        ["exponents"] = Parts(law.Exponents),
        ["postTraining"] = law.PostTraining is { } damage
            ? new JsonObject
            {
                ["CT"] = damage.CT,
                ["gammaD"] = damage.GammaD,
                ["gammaN"] = damage.GammaN,
                ["gammaPost"] = damage.GammaPost,
                ["robustness"] = damage.Robustness is { } robustness ? Parts(robustness) : null,
            }
            : null,
    };

    static JsonArray Parts(TrainingBits parts) => [parts.Weights, parts.Activations, parts.KeyValues];

    /// <summary>Of a device; where the request names a format, that one alone, whatever the bits.</summary>
    static JsonArray Formats(Device device, string? asked, bool training) =>
    [
        .. device.PeakFlopPerSecond.Where(format => asked is null ? !(training && NumberFormat.IsInteger(format.Key)) : format.Key == asked)
            .Select(format => new JsonObject { ["name"] = $"{device.Name} {format.Key}", ["bits"] = NumberFormat.BitsOf(format.Key), ["always"] = asked is not null, ["peak"] = format.Value }),
    ];
}
