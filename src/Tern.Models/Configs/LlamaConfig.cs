namespace Tern.Models.Configs;

/// <summary>Llama 1 to 3, TinyLlama, SmolLM and every model of that shape: pre-norm, rotary positions, grouped queries, SwiGLU.</summary>
public sealed record LlamaConfig : ModelConfig
{
    public override string ModelType => "llama";

    public bool AttentionBias { get; init; }

    public bool MlpBias { get; init; }
}
