using Tern.Plan.Fitting;
using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Sweeps;

/// <summary>How long runs are.</summary>
abstract record SweepLength;

/// <summary>So many tokens.</summary>
sealed record TokenLength(double Tokens) : SweepLength;

/// <summary>So many tokens for each parameter that the sweep counts.</summary>
sealed record RatioLength(double TokensPerParameter) : SweepLength;

/// <summary>As many tokens as a budget of 6ND pays for. Sizes whose ratio of tokens to parameters would lie outside of the bounds are left out.</summary>
sealed record BudgetLength(double Flop, double LeastRatio, double MostRatio) : SweepLength;

/// <summary>Bits while training; 16 stands for full precision.</summary>
readonly record struct SweepBits(int Weights, int Activations, int KeyValues)
{
    /// <summary>Of a part that is not quantised.</summary>
    public const int Full = 16;

    public bool IsFull => Weights >= Full && Activations >= Full && KeyValues >= Full;
}

/// <summary>A model of the sweep: keys of the recipe's model, and its learning rate where it has one of its own.</summary>
sealed record SweepSize(string Name, YamlMappingNode Model, double? LearningRate);

/// <summary>The learning rate at a width and a batch: Rate · (hidden / HiddenSize)^WidthExponent · (batch / Batch)^BatchExponent.</summary>
sealed record LearningRateRule(double Rate, int HiddenSize, double WidthExponent, int Batch, double BatchExponent)
{
    public double At(int hiddenSize, int batch) => Rate * Math.Pow((double)hiddenSize / HiddenSize, WidthExponent) * Math.Pow((double)batch / Batch, BatchExponent);
}

/// <summary>Targets that are the held-out losses of the run with one of the batches, at parts of its length.</summary>
/// <param name="Batch">Sequences.</param>
/// <param name="At">Parts of the run, above 0 and at most 1.</param>
sealed record ReferenceTargets(int Batch, IReadOnlyList<double> At);

/// <summary>A grid: every combination of its lists is a run.</summary>
sealed record SweepPart(string Name)
{
    public required IReadOnlyList<SweepSize> Sizes { get; init; }

    public required IReadOnlyList<SweepLength> Lengths { get; init; }

    /// <summary>Sequences of a step.</summary>
    public required IReadOnlyList<int> Batches { get; init; }

    /// <summary>Null: by the size, the rule, or the recipe.</summary>
    public IReadOnlyList<double>? LearningRates { get; init; }

    public LearningRateRule? Rule { get; init; }

    /// <summary>What the rate is multiplied with.</summary>
    public IReadOnlyList<double> LearningRateFactors { get; init; } = [1];

    public IReadOnlyList<SweepBits> Bits { get; init; } = [new(SweepBits.Full, SweepBits.Full, SweepBits.Full)];

    public IReadOnlyList<int> Seeds { get; init; } = [1];

    /// <summary>The finished model is rounded to these, and looked at.</summary>
    public IReadOnlyList<int> PostTrainingBits { get; init; } = [];

    /// <summary>Held-out losses whose first crossing is noted.</summary>
    public IReadOnlyList<double> Targets { get; init; } = [];

    public ReferenceTargets? TargetsFrom { get; init; }

    /// <summary>Runs end when the lowest of <see cref="Targets"/> is reached.</summary>
    public bool StopAtTarget { get; init; }

    /// <summary>Looks at held-out text, evenly over the run; 0: only at its end.</summary>
    public int Evaluations { get; init; }

    /// <summary>Part of the steps over which the learning rate rises; null: as the recipe says.</summary>
    public double? WarmupFraction { get; init; }

    /// <summary>Tokens over which the learning rate rises.</summary>
    public double? WarmupTokens { get; init; }

    /// <summary>What is fitted to the finished runs of the part; null: nothing.</summary>
    public LawKind? Law { get; init; }

    /// <summary>Keys of the recipe that differ in this part.</summary>
    public YamlMappingNode Set { get; init; } = [];

    /// <summary>Keys of the recipe that differ with the batch.</summary>
    public IReadOnlyDictionary<int, YamlMappingNode> PerBatch { get; init; } = new Dictionary<int, YamlMappingNode>();

    /// <summary>Lengths in tokens of single batches, in place of <see cref="Lengths"/>.</summary>
    public IReadOnlyDictionary<int, double> TokensPerBatch { get; init; } = new Dictionary<int, double>();
}
