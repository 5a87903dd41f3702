using Tern.Run.Positions;
using Tern.Run.Weights;

namespace Tern.Run.Layers;

/// <summary>
/// The parameters of one block. With x the residual stream [tokens, hiddenSize]:
/// <code>
/// x += postAttentionNorm(o(attention(rotary(queryNorm(q(h))), rotary(keyNorm(k(h))), v(h)))),  h = inputNorm(x)
/// x += postFeedForwardNorm(down(activation(gate(h)) * up(h))),                               h = feedForwardNorm(x)
/// </code>
/// Parts that an architecture lacks are null.
/// </summary>
sealed record DecoderLayer : IDisposable
{
    public required ParameterVector InputNorm { get; init; }

    public required Linear Query { get; init; }

    public required Linear Key { get; init; }

    public required Linear Value { get; init; }

    /// <summary>[headDim], applied to each head.</summary>
    public ParameterVector? QueryNorm { get; init; }

    public ParameterVector? KeyNorm { get; init; }

    public required Linear Output { get; init; }

    public ParameterVector? PostAttentionNorm { get; init; }

    public required ParameterVector FeedForwardNorm { get; init; }

    public required Linear Gate { get; init; }

    public required Linear Up { get; init; }

    public required Linear Down { get; init; }

    public ParameterVector? PostFeedForwardNorm { get; init; }

    public required RotaryEmbedding Rotary { get; init; }

    /// <summary>Positions that a query sees, itself included; 0 for all.</summary>
    public int Window { get; init; }

    public void Dispose()
    {
        foreach (var part in (ReadOnlySpan<IDisposable?>)[InputNorm, Query, Key, Value, QueryNorm, KeyNorm, Output, PostAttentionNorm, FeedForwardNorm, Gate, Up, Down, PostFeedForwardNorm])
            part?.Dispose();
    }
}
