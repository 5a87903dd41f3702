using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>A finished training run, as laws are fitted to it: a row of a table of runs. What a table does not say is null.</summary>
/// <param name="Allocation">Of the run. NaN where a table of batch sizes does not say.</param>
/// <param name="Loss">At its end, nats per token. NaN where a table of batch sizes does not say the target.</param>
public sealed record TrainedModel(Allocation Allocation, double Loss)
{
    /// <summary>Of the run. Rows of one name are points of one training curve, where a fit reads curves.</summary>
    public string? Name { get; init; }

    /// <summary>Of the table, from 1.</summary>
    public int? Line { get; init; }

    /// <summary>How lists name the run.</summary>
    public string Label => (Name, Line) switch
    {
        ({ } name, { } line) => $"{name} (line {line})",
        ({ } name, null) => name,
        (null, { } line) => $"line {line}",
        _ => $"{Allocation.Parameters:G4} parameters, {Allocation.Tokens:G4} tokens",
    };

    /// <summary>The isoFLOP budget that the run belongs to, where the table names one; 6 N D may differ a little from it.</summary>
    public double? BudgetFlop { get; init; }

    /// <summary>Tokens of an optimiser step; or whatever the table counts batches in, which the fit then does, too.</summary>
    public double? BatchTokens { get; init; }

    /// <summary>Optimiser steps until the loss was reached; null where it was not.</summary>
    public double? Steps { get; init; }

    /// <summary>Bits while training; null: full precision.</summary>
    public TrainingBits? Bits { get; init; }

    /// <summary>Bits of a part that was not made small: those of the reference runs of Kumar et al. 2024, arXiv 2411.04330.</summary>
    public const double FullPrecision = 16;

    /// <summary><see cref="Bits"/>, or full precision.</summary>
    public TrainingBits BitsOrFull => Bits ?? TrainingBits.All(FullPrecision);

    /// <summary>Bits of the weights after training; <see cref="Loss"/> is that of the rounded model, <see cref="LossBefore"/> of the same model before.</summary>
    public double? PostTrainingBits { get; init; }

    /// <summary>The loss before rounding, where <see cref="PostTrainingBits"/> is given.</summary>
    public double? LossBefore { get; init; }

    /// <summary>Of initial weights and the order of the data.</summary>
    public int? Seed { get; init; }

    /// <summary>Parts of a sweep that the run belongs to; empty where the table does not say.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>The row is about when this loss was first reached, not about the end of the run.</summary>
    public double? Target { get; init; }

    /// <summary>Peak of the schedule.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The run came to numbers that are not finite; <see cref="Loss"/> is infinite.</summary>
    public bool Diverged { get; init; }
}
