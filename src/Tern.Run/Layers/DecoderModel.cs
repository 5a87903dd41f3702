using Tern.Models.Configs;
using Tern.Run.Weights;

namespace Tern.Run.Layers;

/// <summary>How the gate of the feed-forward part is bent.</summary>
enum GateActivation
{
    Silu,
    GeluTanh,
}

/// <summary>A decoder-only transformer: what an architecture file builds and <see cref="ForwardPass"/> runs.</summary>
sealed record DecoderModel : IDisposable
{
    public required ModelConfig Config { get; init; }

    public required EmbeddingTable Embedding { get; init; }

    /// <summary>Embeddings are multiplied by this (Gemma: sqrt(hiddenSize)).</summary>
    public float EmbeddingScale { get; init; } = 1;

    public required IReadOnlyList<DecoderLayer> Layers { get; init; }

    public required ParameterVector FinalNorm { get; init; }

    /// <summary>[vocabSize, hiddenSize]; a matrix of its own even where the embeddings are tied.</summary>
    public required Linear Head { get; init; }

    /// <summary>Scores are multiplied by this.</summary>
    public required float AttentionScale { get; init; }

    public float AttentionSoftCap { get; init; }

    public float FinalSoftCap { get; init; }

    public GateActivation Activation { get; init; }

    public void Dispose()
    {
        foreach (var layer in Layers)
        {
            layer.Dispose();
            layer.Rotary.Dispose();
        }
        FinalNorm.Dispose();
        Head.Dispose();
    }
}
