namespace Tern.Models.Configs;

/// <summary>Qwen 2 and 2.5: Llama with biases on q, k and v.</summary>
public sealed record Qwen2Config : ModelConfig
{
    public override string ModelType => "qwen2";

    /// <summary>Window of the layers from <see cref="MaxWindowLayers"/> on; null for none.</summary>
    public int? SlidingWindow { get; init; }

    public int MaxWindowLayers { get; init; }
}
