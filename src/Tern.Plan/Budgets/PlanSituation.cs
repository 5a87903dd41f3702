using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>A request with bits decided: what an allocation loses, and what it costs in the unit of the objective.</summary>
sealed class PlanSituation
{
    /// <summary>Bits of the number format in which is served where nothing is said: 8, as in the code of arXiv 2401.00448.</summary>
    internal const double DefaultServingBits = 8;

    const double DefaultTrainingBits = PrecisionOptimum.FullBits;

    readonly PlanRequest _request;
    readonly PrecisionLaw _precision;
    readonly RepeatedDataLaw _repetition;

    public PlanSituation(PlanRequest request, ChinchillaLaw law, double? trainingBits, double? servingBits)
    {
        (_request, Law, TrainingBits, ServingBits) = (request, law, trainingBits, servingBits);
        _precision = request.Precision with { Base = law };
        _repetition = RepeatedDataLaw.Over(law);
        EffectiveLaw = trainingBits is { } bits ? law with { A = law.A * Math.Pow(_precision.EffectiveShare(Laws.TrainingBits.All(bits)), -law.Alpha) } : law;
        TrainingFormat = request.TrainingFormat ?? request.TrainingDevice.FormatFor(trainingBits ?? DefaultTrainingBits, training: true);
        ServingFormat = request.ServingFormat ?? request.ServingDevice.FormatFor(servingBits ?? Math.Min(trainingBits ?? DefaultServingBits, DefaultServingBits), training: false);
        UsdPrice = LifetimePrice.Usd((request.TrainingDevice, TrainingFormat), (request.ServingDevice, ServingFormat), servingBits ?? trainingBits);
        Price = request.Objective == PlanObjective.Usd ? UsdPrice : OperationPrice();
    }

    public ChinchillaLaw Law { get; }

    public double? TrainingBits { get; }

    public double? ServingBits { get; }

    public string TrainingFormat { get; }

    public string ServingFormat { get; }

    /// <summary>In dollars.</summary>
    public LifetimePrice UsdPrice { get; }

    /// <summary>In the unit of the objective.</summary>
    public LifetimePrice Price { get; }

    /// <summary>L = A (N f)^-α + ... is a law with A f^-α.</summary>
    public ChinchillaLaw EffectiveLaw { get; }

    public ServingDemand Demand => _request.Demand;

    /// <summary>Operations are 6 N D and the loss is a law of N and D alone: there is a closed form.</summary>
    public bool IsClosed => _request.FlopRule == FlopRule.SixParametersTokens && double.IsInfinity(_request.UniqueTokens) && !IsRounded;

    bool IsRounded => ServingBits is { } served && served < (TrainingBits ?? double.PositiveInfinity);

    /// <summary>D_eff that decides on the optimum.</summary>
    public double DecidingServedTokens => _request.IgnoreDemand ? 0 : Price.EffectiveServedTokens(Demand);

    /// <summary>Nats per token, as served.</summary>
    public double Loss(Allocation at) => EffectiveLaw.Loss(at with { Tokens = EffectiveTokens(at.Tokens) }) + Damage(at);

    /// <summary>D'.</summary>
    public double EffectiveTokens(double tokens) => double.IsInfinity(_request.UniqueTokens) ? tokens : _repetition.EffectiveTokens(tokens, _request.UniqueTokens);

    /// <summary>Nats per token that rounding adds.</summary>
    public double Damage(Allocation at)
    {
        if (!IsRounded || _precision.PostTraining is not { } damage) return 0;
        return TrainingBits is { } bits ? _precision.Damage(at, Laws.TrainingBits.All(bits), ServingBits!.Value) : damage.Loss(at, ServingBits!.Value);
    }

    public double EffectiveParameters(double parameters) => TrainingBits is { } bits ? _precision.EffectiveParameters(parameters, Laws.TrainingBits.All(bits)) : parameters;

    public double TrainingFlop(Allocation at) => TrainingFlopPerToken(at.Parameters) * at.Tokens;

    public double InferenceFlop(double parameters, double servedTokens) => InferenceFlopPerToken(parameters) * servedTokens;

    /// <summary>In the unit of the objective, over the life of the model, or of training where the demand does not decide.</summary>
    public double DecidingCost(Allocation at) => Price.PerTrainingFlop * (TrainingFlop(at) + InferenceFlop(at.Parameters, DecidingServedTokens));

    /// <summary>In the unit of the objective, over the life of the model.</summary>
    public double LifetimeCost(Allocation at) => Price.PerTrainingFlop * (TrainingFlop(at) + InferenceFlop(at.Parameters, Price.EffectiveServedTokens(Demand)));

    /// <summary>What the demand costs with a model of this size, in the unit of the objective.</summary>
    public double DecidingServingCost(double parameters) => Price.PerTrainingFlop * InferenceFlop(parameters, DecidingServedTokens);

    public double TrainingFlopPerToken(double parameters) => _request.FlopRule == FlopRule.Exact
        ? Allocation.TrainingFlopPerParameterAndToken / Allocation.InferenceFlopPerParameterAndToken * InferenceFlopPerToken(parameters)
        : Allocation.TrainingFlopPerParameterAndToken * parameters;

    double InferenceFlopPerToken(double parameters) => _request.FlopRule == FlopRule.Exact
        ? ModelShapeRule.ForwardFlopPerToken(parameters, Context(_request, parameters))
        : Allocation.InferenceFlopPerParameterAndToken * parameters;

    /// <summary>Tokens of a sequence.</summary>
    public static int Context(PlanRequest request, double parameters)
    {
        const int Long = 2048, Short = 512;
        const double ShortBelow = 1e8;
        return request.ContextTokens ?? (parameters < ShortBelow ? Short : Long);
    }

    /// <summary>Where bits are chosen, an operation counts as P/16 (arXiv 2411.04330, section 4).</summary>
    LifetimePrice OperationPrice()
    {
        var (train, serve) = ((TrainingBits ?? PrecisionOptimum.FullBits) / PrecisionOptimum.FullBits, (ServingBits ?? TrainingBits ?? PrecisionOptimum.FullBits) / PrecisionOptimum.FullBits);
        return new(train, serve, serve);
    }
}
