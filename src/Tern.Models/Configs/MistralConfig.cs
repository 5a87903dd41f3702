namespace Tern.Models.Configs;

/// <summary>Mistral 7B: Llama with a sliding window.</summary>
public sealed record MistralConfig : ModelConfig
{
    public override string ModelType => "mistral";

    /// <summary>Attention reaches back this many positions (the query included); null for all.</summary>
    public int? SlidingWindow { get; init; }
}
