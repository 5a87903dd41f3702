using Tern.Numerics.Kernels;

namespace Tern.Run.Evaluation;

/// <summary>How a text is cut into windows. Every result states these numbers, because a perplexity means little without them.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Tokens that the model reads in a window (BOS included) and so the most targets of one; 0 for 512, or less where the model was trained for less.</summary>
    public int Context { get; init; }

    /// <summary>
    /// Targets from one window to the next; 0 for as many as a window has. Less than the context: windows overlap, and only targets
    /// that no earlier window had are counted, so that all but those of the first window have at least context - stride tokens before them.
    /// </summary>
    public int Stride { get; init; }

    /// <summary>The warm loss is the mean over targets at this position of their window or later (the first target is at 0); 0 for half a window.</summary>
    public int WarmFrom { get; init; }

    /// <summary>Ends after so many targets; 0 for the whole text.</summary>
    public int MaxTargets { get; init; }

    /// <summary>How keys and values are kept.</summary>
    public CacheType CacheType { get; init; } = CacheType.F16;
}

/// <summary>How far an evaluation is.</summary>
/// <param name="Targets">Counted so far, of <paramref name="TargetsTotal"/>.</param>
/// <param name="Estimate">The result if it ended here: the perplexity, or the mean divergence.</param>
public readonly record struct EvaluationProgress(int Targets, int TargetsTotal, double Estimate);
