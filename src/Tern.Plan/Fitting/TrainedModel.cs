using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>A finished training run, as laws are fitted to it: a row of a table of runs. What a table does not say is null.</summary>
public sealed record TrainedModel(Allocation Allocation, double Loss)
{
    /// <summary>Of the run, for outlier lists.</summary>
    public string? Name { get; init; }

    /// <summary>Tokens of an optimiser step.</summary>
    public double? BatchTokens { get; init; }

    /// <summary>Optimiser steps until the loss was reached.</summary>
    public double? Steps { get; init; }

    /// <summary>Bits while training; null: full precision.</summary>
    public TrainingBits? Bits { get; init; }

    /// <summary>Bits of the weights after training; <see cref="Loss"/> is that of the rounded model, <see cref="LossBefore"/> of the same model before.</summary>
    public double? PostTrainingBits { get; init; }

    /// <summary>The loss before rounding, where <see cref="PostTrainingBits"/> is given.</summary>
    public double? LossBefore { get; init; }

    /// <summary>Of initial weights and the order of the data.</summary>
    public int? Seed { get; init; }
}
