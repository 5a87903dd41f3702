namespace Tern.Models.Configs;

/// <summary>Gemma 2: norms before and after each part, soft-capped logits, alternating windows, GeGLU, embeddings times sqrt(hiddenSize).</summary>
public sealed record Gemma2Config : ModelConfig
{
    public override string ModelType => "gemma2";

    public double QueryPreAttnScalar { get; init; } = 256;

    /// <summary>logits = cap * tanh(logits / cap) inside attention; null for none.</summary>
    public double? AttnLogitSoftcapping { get; init; }

    public double? FinalLogitSoftcapping { get; init; }

    /// <summary>Window of every even layer (0, 2, ...).</summary>
    public int SlidingWindow { get; init; } = 4096;
}
