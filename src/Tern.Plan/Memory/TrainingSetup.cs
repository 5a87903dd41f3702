using Tern.Models;

namespace Tern.Plan.Memory;

/// <summary>The type of matrix products and attention; weights, gradients and optimiser are float32.</summary>
public enum TrainingPrecision
{
    /// <summary>2 bytes.</summary>
    BFloat16,

    /// <summary>4 bytes.</summary>
    Float32,
}

/// <summary>What the backward pass finds in memory.</summary>
public enum Recomputation
{
    /// <summary>All that the forward pass made.</summary>
    None,

    /// <summary>The inputs of layers; the rest is computed again (Chen et al. 2016, arXiv 1604.06174).</summary>
    Checkpointing,

    /// <summary>Likewise, and the gradients of one layer at a time (Lv et al. 2023, arXiv 2306.09782).</summary>
    PerLayerUpdates,
}

/// <summary>How a model is trained.</summary>
public sealed record TrainingSetup
{
    /// <summary>Whose state is kept.</summary>
    public required OptimizerMemory Optimizer { get; init; }

    /// <summary>Of products.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.BFloat16;

    /// <summary>Tokens.</summary>
    public int SequenceLength { get; init; } = 512;

    /// <summary>Sequences that pass through the model at once.</summary>
    public int MicroBatch { get; init; } = 8;

    /// <summary>Several micro-batches make a step, which needs whole gradients even of layers that are updated by themselves.</summary>
    public bool Accumulates { get; init; }

    /// <summary>What is computed twice to need less memory.</summary>
    public Recomputation Recomputation { get; init; }

    /// <summary>An exponential average of the weights is kept.</summary>
    public bool Average { get; init; }

    /// <summary>The noise of gradients is measured, which needs a second set of them.</summary>
    public bool GradientNoise { get; init; }

    /// <summary>Attention stays within documents, which takes a mask.</summary>
    public bool MaskDocuments { get; init; } = true;

    /// <summary>Outputs of attention and feed-forward are dropped now and then.</summary>
    public bool Dropout { get; init; }

    /// <summary>The forward pass reads weights rounded to few bits.</summary>
    public bool RoundsWeights { get; init; }

    /// <summary>Matrices read inputs rounded to few bits.</summary>
    public bool RoundsActivations { get; init; }

    /// <summary>Attention reads keys and values rounded to few bits.</summary>
    public bool RoundsKeysAndValues { get; init; }

    /// <summary>bfloat16 or bf16, float32 or f32.</summary>
    /// <exception cref="TernException">Neither.</exception>
    public static TrainingPrecision ParsePrecision(string name) => name.ToLowerInvariant() switch
    {
        "bfloat16" or "bf16" => TrainingPrecision.BFloat16,
        "float32" or "f32" or "fp32" => TrainingPrecision.Float32,
        _ => throw new TernException($"there is no precision '{name}'{(EditDistance.Nearest(name, ["bfloat16", "float32"]) is { } near ? $"; did you mean '{near}'?" : ".")} Known are bfloat16, float32."),
    };

    internal void Check(PlannedModel model)
    {
        if (SequenceLength < 1) throw new TernException($"Sequences of {SequenceLength} tokens are not possible; they must have at least 1.");
        if (MicroBatch < 1) throw new TernException($"A micro-batch of {MicroBatch} sequences is not possible; it must be at least 1.");
        if (SequenceLength > model.Config.MaxPositionEmbeddings)
            throw new TernException($"{model.Path}: sequences of {SequenceLength:N0} tokens are longer than the {model.Config.MaxPositionEmbeddings:N0} positions that the model was made for; take shorter ones.");
    }
}
