namespace Tern.Models.Configs;

/// <summary>Qwen 3 (dense): Llama with an RMS norm on each head of q and k.</summary>
public sealed record Qwen3Config : ModelConfig
{
    public override string ModelType => "qwen3";

    public bool AttentionBias { get; init; }

    /// <summary>Window of the layers from <see cref="MaxWindowLayers"/> on; null for none.</summary>
    public int? SlidingWindow { get; init; }

    public int MaxWindowLayers { get; init; }
}
