using Tern.Models.Configs;
using Tern.Numerics.Kernels;
using Tern.Numerics.Memory;

namespace Tern.Run.Layers;

/// <summary>Everything that a forward pass writes, allocated once: the pass itself allocates nothing.</summary>
sealed unsafe class Workspace : IDisposable
{
    /// <summary>
    /// Queries of one attention tile: keys are widened or converted once for them, which is then a small part of the work, and their scores stay in the
    /// second-level cache.
    /// </summary>
    const int QueriesPerTile = 192;

    const int FewestTokensPerTile = 12;

    readonly NativeBuffer _floats;
    NativeBuffer _logits = new(0), _partials = new(0);

    public Workspace(DecoderModel model, int maxTokens, int threads)
    {
        var config = model.Config;
        MaxTokens = maxTokens;
        QuerySize = config.NumAttentionHeads * config.HeadDim;
        KeySize = config.NumKeyValueHeads * config.HeadDim;
        HiddenSize = config.HiddenSize;
        IntermediateSize = model.Layers.Count == 0 ? config.IntermediateSize : model.Layers.Max(layer => layer.Gate.Rows);
        Normed = new Activations(maxTokens, HiddenSize);
        Attended = new Activations(maxTokens, QuerySize);
        Gated = new Activations(maxTokens, IntermediateSize);

        long tokens = maxTokens;
        _floats = new NativeBuffer(tokens * (2L * HiddenSize + QuerySize + 2L * KeySize + 2L * IntermediateSize) * sizeof(float));
        Residual = (float*)_floats.Pointer;
        Projected = Residual + tokens * HiddenSize;
        Queries = Projected + tokens * HiddenSize;
        Keys = Queries + tokens * QuerySize;
        Values = Keys + tokens * KeySize;
        Gate = Values + tokens * KeySize;
        Up = Gate + tokens * IntermediateSize;

        var group = config.NumAttentionHeads / config.NumKeyValueHeads;
        TokensPerTile = Math.Min(maxTokens, Math.Max(QueriesPerTile / group, FewestTokensPerTile));
        Scratch = new AttentionScratch[threads];
        for (var i = 0; i < threads; i++) Scratch[i] = new AttentionScratch(group * TokensPerTile, config.HeadDim);
        Slots = new TokenSlot[maxTokens];
        Tiles = new TokenTile[maxTokens];
        FirstParts = new int[maxTokens];
    }

    public int MaxTokens { get; }

    /// <summary>Tokens of one attention tile in prefill.</summary>
    public int TokensPerTile { get; }

    public int HiddenSize { get; }

    public int QuerySize { get; }

    public int KeySize { get; }

    public int IntermediateSize { get; }

    /// <summary>[tokens, hiddenSize].</summary>
    public float* Residual { get; }

    /// <summary>[tokens, hiddenSize]: the output of a part before it is added to the residual stream.</summary>
    public float* Projected { get; }

    /// <summary>[tokens, heads * headDim].</summary>
    public float* Queries { get; }

    /// <summary>[tokens, keyValueHeads * headDim].</summary>
    public float* Keys { get; }

    public float* Values { get; }

    /// <summary>[tokens, intermediateSize].</summary>
    public float* Gate { get; }

    public float* Up { get; }

    public Activations Normed { get; }

    public Activations Attended { get; }

    public Activations Gated { get; }

    public AttentionScratch[] Scratch { get; }

    /// <summary>Whose token stands in each row.</summary>
    public TokenSlot[] Slots { get; }

    /// <summary>The batch in tiles of attention.</summary>
    public TokenTile[] Tiles { get; }

    /// <summary>Number of a tile's first part among the parts of all tiles.</summary>
    public int[] FirstParts { get; }

    /// <summary>[rows, vocabSize]; grows when a pass wants more logits than any before.</summary>
    public float* Logits(long rows, int vocabSize) => Grown(ref _logits, rows * vocabSize);

    /// <summary>Attention over parts of long texts; grows with them.</summary>
    public float* Partials(long floats) => Grown(ref _partials, floats);

    static float* Grown(ref NativeBuffer buffer, long floats)
    {
        if (buffer.ByteLength < floats * sizeof(float))
        {
            buffer.Dispose();
            buffer = new NativeBuffer(floats * sizeof(float));
        }
        return (float*)buffer.Pointer;
    }

    public void Dispose()
    {
        _floats.Dispose();
        _logits.Dispose();
        _partials.Dispose();
        Normed.Dispose();
        Attended.Dispose();
        Gated.Dispose();
        foreach (var scratch in Scratch) scratch.Dispose();
    }
}

/// <summary>A row of the batch.</summary>
/// <param name="Sequence">Whose token.</param>
/// <param name="Position">Where in the sequence.</param>
/// <param name="WantsLogits">Whether its logits are asked for.</param>
readonly record struct TokenSlot(Sequence Sequence, int Position, bool WantsLogits);

/// <summary>Consecutive tokens of one sequence.</summary>
/// <param name="First">The first one's row in the batch.</param>
/// <param name="Tokens">How many.</param>
readonly record struct TokenTile(int First, int Tokens);
