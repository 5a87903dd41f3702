using System.Text.Json.Serialization;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;

namespace Tern.Plan.Sweeps;

/// <summary>A line of runs.csv and runs.jsonl. Empty (null): does not apply.</summary>
public sealed record SweepRow
{
    public required string Name { get; init; }

    /// <summary>Of the sweep, joined by + where the run belongs to several.</summary>
    public required string Part { get; init; }

    public long NParams { get; init; }

    public long NParamsNonEmbedding { get; init; }

    public double NTokens { get; init; }

    public long BatchTokens { get; init; }

    /// <summary>Of a step.</summary>
    public int Sequences { get; init; }

    public double LearningRate { get; init; }

    /// <summary>Steps until the loss was reached; between two evaluations where there is a target.</summary>
    public double Steps { get; init; }

    /// <summary>Bits of weights while training; 16: full precision.</summary>
    [JsonPropertyName("p_w")]
    public int PW { get; init; }

    [JsonPropertyName("p_a")]
    public int PA { get; init; }

    public int PKv { get; init; }

    /// <summary>Bits that the weights of the finished model were rounded to.</summary>
    public int? PPost { get; init; }

    /// <summary>Nats per held-out token; of the rounded model where there is p_post; infinite where the run diverged.</summary>
    public double Loss { get; init; }

    /// <summary>Before rounding.</summary>
    public double? LossBefore { get; init; }

    /// <summary>The loss whose first crossing this row is about.</summary>
    public double? Target { get; init; }

    public int Seed { get; init; }

    public double Seconds { get; init; }

    /// <summary>6ND.</summary>
    public double Flop { get; init; }

    public double? NoiseScaleTokens { get; init; }

    public bool Diverged { get; init; }

    /// <summary>FLOP that were given out for the run: <see cref="Flop"/> but for the rounding to whole steps.</summary>
    public double? BudgetFlop { get; init; }

    /// <summary>Of the shape, attention included.</summary>
    public double ExactFlop { get; init; }

    /// <summary>As laws are fitted to it.</summary>
    public TrainedModel ToTrainedModel() => new(new Allocation(NParams, NTokens), Loss)
    {
        Name = Name,
        BudgetFlop = BudgetFlop,
        BatchTokens = BatchTokens,
        Steps = Steps,
        Bits = new TrainingBits(PW, PA, PKv),
        PostTrainingBits = PPost,
        LossBefore = LossBefore,
        Seed = Seed,
    };
}
