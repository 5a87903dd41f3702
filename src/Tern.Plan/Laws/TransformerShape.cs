using Tern.Models.Configs;

namespace Tern.Plan.Laws;

/// <summary>What the operations of a decoder-only transformer depend on.</summary>
public sealed record TransformerShape
{
    /// <summary>V, tokens.</summary>
    public required int VocabSize { get; init; }

    /// <summary>d, the width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>h, query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values, at most <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>k, numbers of a head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>f, the width of the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Matrices d × f of the feed-forward part: 3 where it is gated (SwiGLU, GeGLU), 2 where not.</summary>
    public int FeedForwardMatrices { get; init; } = 3;

    /// <summary>For each layer how many positions a query sees, itself included; 0 for all.</summary>
    public required IReadOnlyList<int> Windows { get; init; }

    /// <summary>l.</summary>
    public int Layers => Windows.Count;

    /// <summary>That of a configuration; every architecture that Tern knows has a gated feed-forward part.</summary>
    public static TransformerShape Of(ModelConfig config) => new()
    {
        VocabSize = config.VocabSize,
        HiddenSize = config.HiddenSize,
        Heads = config.NumAttentionHeads,
        KeyValueHeads = config.NumKeyValueHeads,
        HeadDim = config.HeadDim,
        IntermediateSize = config.IntermediateSize,
        Windows = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(layer => WindowOf(config, layer))],
    };

    /// <summary>As the architectures of transformers have it, of the same names as <see cref="ModelConfig.ModelType"/>.</summary>
    static int WindowOf(ModelConfig config, int layer) => config switch
    {
        MistralConfig { SlidingWindow: { } window } => window,
        Phi3Config { SlidingWindow: { } window } => window,
        Qwen2Config { SlidingWindow: { } window } qwen when layer >= qwen.MaxWindowLayers => window,
        Qwen3Config { SlidingWindow: { } window } qwen when layer >= qwen.MaxWindowLayers => window,
        Gemma2Config gemma when layer % 2 == 0 => gemma.SlidingWindow,
        Gemma3Config gemma when (layer + 1) % gemma.SlidingWindowPattern != 0 => gemma.SlidingWindow,
        _ => 0,
    };
}
