using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>What is known: one of these, or parameters or tokens together with one other.</summary>
public sealed record PlanGoal
{
    /// <summary>Operations: over the life of the model where there is a demand, of training otherwise. Where bits are chosen, each counts as P/16.</summary>
    public double? Flop { get; init; }

    /// <summary>Dollars, likewise.</summary>
    public double? Usd { get; init; }

    /// <summary>N.</summary>
    public double? Parameters { get; init; }

    /// <summary>D.</summary>
    public double? Tokens { get; init; }

    /// <summary>Nats per token.</summary>
    public double? Loss { get; init; }
}

/// <summary>How operations are counted.</summary>
public enum FlopRule
{
    /// <summary>6 N D of training, 2 N for each served token.</summary>
    SixParametersTokens,

    /// <summary>Product by product, attention over the context included, for a shape by <see cref="ModelShape.For"/>.</summary>
    Exact,
}

/// <summary>What is least.</summary>
public enum PlanObjective
{
    /// <summary>Operations.</summary>
    Flop,

    /// <summary>Dollars.</summary>
    Usd,
}

/// <summary>Bits of numbers: a fixed number, or whatever is best.</summary>
/// <param name="Value">Null: the best of those tried.</param>
public readonly record struct BitsChoice(double? Value)
{
    /// <summary>Whatever is best.</summary>
    public static BitsChoice Best => new(null);
}

/// <summary>A question to the planner.</summary>
public sealed record PlanRequest
{
    public required PlanGoal Goal { get; init; }

    /// <summary>The loss as a function of N and D, with its uncertainty.</summary>
    public required LawEstimate Law { get; init; }

    /// <summary>Tokens over the life of the model.</summary>
    public ServingDemand Demand { get; init; }

    /// <summary>The demand is paid for, but does not decide on N and D, as in Hoffmann et al. 2022.</summary>
    public bool IgnoreDemand { get; init; }

    public PlanObjective Objective { get; init; }

    public FlopRule FlopRule { get; init; }

    /// <summary>Tokens of a sequence, for exact operations and for batches; null: 2,048, or 512 below 100 million parameters.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>Tokens of data that exist; more are repetitions, which are worth less. Infinite: as many as are wanted.</summary>
    public double UniqueTokens { get; init; } = double.PositiveInfinity;

    /// <summary>Of training, for weights, activations and key-value cache; null: full precision, and no law of precision.</summary>
    public BitsChoice? TrainingBits { get; init; }

    /// <summary>Of the weights as they are served; null: as they were trained.</summary>
    public BitsChoice? ServingBits { get; init; }

    /// <summary>Penalties of few bits; its base is replaced by <see cref="Law"/>.</summary>
    public PrecisionLaw Precision { get; init; } = PublishedPrecisionLaw.Kumar;

    /// <summary>Where <see cref="Precision"/> comes from, and what to know about it.</summary>
    public string PrecisionSource { get; init; } = $"{PublishedPrecisionLaw.Source}; {PublishedPrecisionLaw.Warning}";

    public Device TrainingDevice { get; init; } = DeviceTable.Named("h100");

    public Device ServingDevice { get; init; } = DeviceTable.Named("h100");

    /// <summary>Number format of training (bf16, fp8); null: by the bits, bf16 without.</summary>
    public string? TrainingFormat { get; init; }

    /// <summary>Of serving; null: by the bits, 8 bits without, as the code of arXiv 2401.00448 has it.</summary>
    public string? ServingFormat { get; init; }

    /// <summary>Devices that train; null: as many as <see cref="Days"/> asks for, at least 8 (a server) and what memory needs.</summary>
    public int? Devices { get; init; }

    /// <summary>Days of training; null: as many as the devices take.</summary>
    public double? Days { get; init; }

    /// <summary>Emissions of electricity, grams of CO2 per kilowatt-hour; null: not reported.</summary>
    public double? GramsCo2PerKilowattHour { get; init; }
}
