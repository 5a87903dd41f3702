using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>A number with its interval; null where the law has none.</summary>
public readonly record struct Estimate(double Value, Interval? Interval);

/// <summary>What the planner answers.</summary>
public sealed record PlanAnswer
{
    /// <summary>What was asked, in words.</summary>
    public required string Question { get; init; }

    public required LawUse Law { get; init; }

    /// <summary>What is least.</summary>
    public required PlanObjective Objective { get; init; }

    /// <summary>N.</summary>
    public required Estimate Parameters { get; init; }

    /// <summary>D.</summary>
    public required Estimate Tokens { get; init; }

    /// <summary>D/N.</summary>
    public required Estimate TokensPerParameter { get; init; }

    /// <summary>Nats per token of the model as it is served.</summary>
    public required Estimate Loss { get; init; }

    /// <summary>Tokens that are served.</summary>
    public required ServingDemand Demand { get; init; }

    public required CostPlan Cost { get; init; }

    /// <summary>How uncertain the law leaves what follows from N and D.</summary>
    public required PlanIntervals Intervals { get; init; }

    /// <summary>The model of the same loss that is the optimum when only training is paid for; null where none reaches it.</summary>
    public required BaselinePlan? Chinchilla { get; init; }

    /// <summary>Layers and widths for N.</summary>
    public required ModelShape Shape { get; init; }

    public required PrecisionPlan Precision { get; init; }

    public required BatchPlan Batch { get; init; }

    public required ClusterPlan Cluster { get; init; }

    /// <summary>What it costs if the demand is another one.</summary>
    public required IReadOnlyList<DemandCase> Sensitivity { get; init; }

    /// <summary>Extrapolations, doubtful constants, limits that were met.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>A paragraph.</summary>
    public required string Advice { get; init; }
}

/// <summary>The law behind an answer.</summary>
/// <param name="Name">Of the fit.</param>
/// <param name="Constants">A, B, E, α, β.</param>
/// <param name="Source">Where they come from.</param>
/// <param name="Warning">What to know; null: nothing.</param>
/// <param name="Uncertainty">How intervals were made, or that there are none.</param>
/// <param name="IntervalCoverage">Part of the samples that an interval holds.</param>
public sealed record LawUse(string Name, ChinchillaLaw Constants, string Source, string? Warning, string Uncertainty, double IntervalCoverage);

/// <summary>Intervals of costs, batches and time from the samples of the law, each the plan of one sample; null where the law has no samples.</summary>
/// <param name="TrainingFlop">Operations of training.</param>
/// <param name="InferenceFlop">Operations of serving.</param>
/// <param name="TrainingUsd">Dollars of training.</param>
/// <param name="ServingUsd">Dollars of serving.</param>
/// <param name="CriticalBatchTokens">Of the critical batch; the law of batches itself is taken as exact.</param>
/// <param name="TrainingDeviceHours">Device-hours of training.</param>
public sealed record PlanIntervals(Interval? TrainingFlop, Interval? InferenceFlop, Interval? TrainingUsd, Interval? ServingUsd, Interval? CriticalBatchTokens, Interval? TrainingDeviceHours);

/// <summary>Operations and money over the life of the model.</summary>
public sealed record CostPlan
{
    /// <summary>Operations of training.</summary>
    public required double TrainingFlop { get; init; }

    /// <summary>Operations of serving.</summary>
    public required double InferenceFlop { get; init; }

    /// <summary>Operations over the life of the model where each counts as P/16, which is what the objective counts where bits are chosen; null otherwise.</summary>
    public required double? ScaledFlop { get; init; }

    public required double TrainingUsd { get; init; }

    /// <summary>Of reading prompts.</summary>
    public required double PromptUsd { get; init; }

    /// <summary>Of generating tokens.</summary>
    public required double GenerationUsd { get; init; }

    /// <summary>All three.</summary>
    public required double TotalUsd { get; init; }

    /// <summary>Dollars with the law's interval.</summary>
    public required Estimate TotalUsdEstimate { get; init; }

    /// <summary>D_eff: the demand in tokens as the objective weighs them.</summary>
    public required double EffectiveServedTokens { get; init; }

    /// <summary>Device and number format of training.</summary>
    public required string TrainingOn { get; init; }

    /// <summary>Device and number format of serving.</summary>
    public required string ServingOn { get; init; }

    /// <summary>Where the prices come from.</summary>
    public required IReadOnlyList<string> PriceSources { get; init; }
}

/// <summary>The optimum of training alone with the same loss.</summary>
/// <param name="Allocation">Its N and D.</param>
/// <param name="TotalUsd">Over its life, with the same demand.</param>
/// <param name="TotalFlop">Likewise.</param>
/// <param name="ParametersRatio">N of the plan over its N.</param>
/// <param name="TokensRatio">D of the plan over its D.</param>
/// <param name="UsdRatio">Dollars of the plan over its dollars.</param>
/// <param name="FlopRatio">Operations of the plan over its operations.</param>
public sealed record BaselinePlan(Allocation Allocation, double TotalUsd, double TotalFlop, double ParametersRatio, double TokensRatio, double UsdRatio, double FlopRatio);

/// <summary>What bits do to the plan, by the law of precision.</summary>
public sealed record PrecisionPlan
{
    /// <summary>Bits of training; null: full precision.</summary>
    public double? TrainingBits { get; init; }

    /// <summary>Bits of the weights as they are served; null: as trained.</summary>
    public double? ServingBits { get; init; }

    /// <summary>N_eff of the plan.</summary>
    public required double EffectiveParameters { get; init; }

    /// <summary>Nats per token that rounding adds to the plan.</summary>
    public required double Damage { get; init; }

    /// <summary>P*: the bits of training that are best at any budget, where operations cost in proportion to their bits.</summary>
    public required double BestTrainingBits { get; init; }

    /// <summary>Of the plan's N and D, rounded after training.</summary>
    public required IReadOnlyList<RoundingCase> Rounding { get; init; }

    /// <summary>What was tried where bits were free, the best first; empty otherwise.</summary>
    public required IReadOnlyList<PrecisionCase> Tried { get; init; }

    /// <summary>Of the constants, with the warning.</summary>
    public required string Source { get; init; }
}

/// <summary>Rounding the plan's model after training.</summary>
/// <param name="Bits">Of the weights.</param>
/// <param name="Damage">Nats per token that it adds.</param>
/// <param name="CriticalTokens">D beyond which more tokens would make the rounded model worse.</param>
public sealed record RoundingCase(double Bits, double Damage, double CriticalTokens);

/// <summary>The optimum for a pair of bits.</summary>
/// <param name="TrainingBits">P_train.</param>
/// <param name="ServingBits">P_serve.</param>
/// <param name="Allocation">N and D.</param>
/// <param name="Loss">Nats per token as served.</param>
/// <param name="Cost">In the unit of the objective, over the life of the model.</param>
public sealed record PrecisionCase(double TrainingBits, double ServingBits, Allocation Allocation, double Loss, double Cost);

/// <summary>Batch and steps by the law of the critical batch size.</summary>
public sealed record BatchPlan
{
    /// <summary>Tokens of the critical batch.</summary>
    public required double CriticalBatchTokens { get; init; }

    /// <summary>Tokens of a sequence.</summary>
    public required int SequenceTokens { get; init; }

    /// <summary>The largest power of two of sequences up to the critical batch.</summary>
    public required long Sequences { get; init; }

    /// <summary>Optimiser steps for D tokens.</summary>
    public required long Steps { get; init; }

    /// <summary>Steps against tokens for the same loss.</summary>
    public required IReadOnlyList<BatchTrade> Trades { get; init; }

    /// <summary>Batches that grow with the critical batch.</summary>
    public required IReadOnlyList<BatchStage> WarmUp { get; init; }

    /// <summary>Of the law, with its warning.</summary>
    public required string Source { get; init; }
}

/// <summary>A batch, and what the same loss takes with it.</summary>
/// <param name="BatchTokens">Tokens of a step.</param>
/// <param name="Steps">Optimiser steps.</param>
/// <param name="Tokens">In all.</param>
/// <param name="ExtraTokens">More than at an efficient batch, as a fraction.</param>
/// <param name="StepsRatio">Steps over those at the critical batch.</param>
public sealed record BatchTrade(double BatchTokens, double Steps, double Tokens, double ExtraTokens, double StepsRatio);

/// <summary>A part of training with one batch.</summary>
/// <param name="Sequences">Of a step.</param>
/// <param name="FromToken">Where it begins.</param>
/// <param name="Steps">Of this part.</param>
/// <param name="LearningRateFactor">Of the learning rate of the full batch: the square root of the batches' ratio, for Adam.</param>
public sealed record BatchStage(long Sequences, double FromToken, long Steps, double LearningRateFactor);

/// <summary>Devices, time, memory, energy.</summary>
public sealed record ClusterPlan
{
    public required string TrainingDevice { get; init; }

    /// <summary>Device-hours of training.</summary>
    public required double TrainingDeviceHours { get; init; }

    /// <summary>Device-hours of serving, over the life of the model.</summary>
    public required double ServingDeviceHours { get; init; }

    /// <summary>Devices that train.</summary>
    public required int Devices { get; init; }

    /// <summary>Wall-clock days of training.</summary>
    public required double Days { get; init; }

    /// <summary>Weights, gradients and Adam's state in mixed precision: 16 bytes a parameter (Rajbhandari et al. 2020, arXiv 1910.02054, section 3.1). Activations come on top.</summary>
    public required double TrainingStateBytes { get; init; }

    /// <summary>Bits of a served weight: those chosen, or those of the number format of serving.</summary>
    public required double ServingWeightBits { get; init; }

    /// <summary>Weights as they are served. The key-value cache comes on top.</summary>
    public required double ServingWeightBytes { get; init; }

    /// <summary>Devices whose memory holds the training state.</summary>
    public required int DevicesForMemory { get; init; }

    /// <summary>Of training and serving; null where the power of a device is unknown.</summary>
    public required double? KilowattHours { get; init; }

    /// <summary>Of that electricity; null: not asked for.</summary>
    public required double? KilogramsCo2 { get; init; }
}

/// <summary>The planned model under another demand.</summary>
/// <param name="Factor">Of the planned demand.</param>
/// <param name="Best">The model of the same loss that would have been the optimum.</param>
/// <param name="TotalFlop">Operations of the planned model over its life.</param>
/// <param name="BestFlop">Operations of the optimum.</param>
/// <param name="TotalUsd">Dollars of the planned model.</param>
/// <param name="BestUsd">Dollars of the optimum.</param>
/// <param name="Regret">What the planned model costs more than the optimum, in the objective, as a fraction.</param>
public sealed record DemandCase(double Factor, Allocation Best, double TotalFlop, double BestFlop, double TotalUsd, double BestUsd, double Regret);
