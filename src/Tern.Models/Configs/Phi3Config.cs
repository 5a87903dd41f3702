namespace Tern.Models.Configs;

/// <summary>Phi-3: Llama with fused qkv_proj and gate_up_proj.</summary>
public sealed record Phi3Config : ModelConfig
{
    public override string ModelType => "phi3";

    public int? SlidingWindow { get; init; }

    /// <summary>Share of the head that rotates (Phi-4-mini: 0.75).</summary>
    public double PartialRotaryFactor { get; init; } = 1;
}
