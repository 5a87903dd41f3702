using Tern.Train.Noise;

namespace Tern.Train.Metrics;

/// <summary>One line of metrics.jsonl.</summary>
/// <param name="Step">Optimiser steps that were done.</param>
/// <param name="Tokens">Tokens that were trained on so far.</param>
public abstract record MetricsLine(long Step, long Tokens);

/// <summary>Means over the steps since the last such line. What is not a finite number is null in the file and NaN when read.</summary>
public sealed record IntervalMetrics(long Step, long Tokens) : MetricsLine(Step, Tokens)
{
    /// <summary>Of the objective, nats per target.</summary>
    public required double Loss { get; init; }

    /// <summary>exp(<see cref="Loss"/>).</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Before it is cut.</summary>
    public required double GradientNorm { get; init; }

    public required double TokensPerSecond { get; init; }

    /// <summary>Floating-point operations that the model needs, recomputation not counted.</summary>
    public required double FlopsPerSecond { get; init; }

    /// <summary>Model FLOPs utilisation: <see cref="FlopsPerSecond"/> as a part of what the machine can do (Chowdhery et al. 2022, arXiv 2204.02311, appendix B); null where the peak is not known.</summary>
    public double? Mfu { get; init; }

    /// <summary>Null where no step of the interval was measured.</summary>
    public GradientNoiseMetrics? Noise { get; init; }
}

/// <summary>The noise of gradients. Scales are quotients of averages over the whole run so far (<see cref="GradientNoiseAverage"/>), the parts are means over the measured steps of the interval.</summary>
public sealed record GradientNoiseMetrics
{
    /// <summary>B_simple in tokens that have a target; NaN while the average of the squared gradient is not above 0.</summary>
    public required double ScaleTokens { get; init; }

    /// <summary>The same in sequences.</summary>
    public required double ScaleSequences { get; init; }

    /// <summary>tr Σ of a token.</summary>
    public required double Trace { get; init; }

    /// <summary>|G|².</summary>
    public required double SquaredGradient { get; init; }

    /// <summary>Of gradients divided by sqrt(v̂) + ε, embeddings left out; null where the optimiser is not AdamW in float32.</summary>
    public AdamNoiseMetrics? Adam { get; init; }
}

/// <summary>As <see cref="GradientNoiseMetrics"/>, in the metric of Adam.</summary>
public sealed record AdamNoiseMetrics(double ScaleTokens, double Trace, double SquaredGradient);

/// <summary>A look at held-out text.</summary>
public sealed record HeldOutMetrics(long Step, long Tokens) : MetricsLine(Step, Tokens)
{
    /// <summary>Nats per target.</summary>
    public required double HeldOutLoss { get; init; }
}

/// <summary>A look at held-out text with the trained weights rounded.</summary>
public sealed record PostTrainingMetrics(long Step, long Tokens) : MetricsLine(Step, Tokens)
{
    /// <summary>Of the matrices of attention and feed-forward.</summary>
    public required int Bits { get; init; }

    /// <summary>Nats per target.</summary>
    public required double HeldOutLoss { get; init; }
}
