using Tern.Numerics.Memory;

namespace Tern.Numerics.Kernels;

/// <summary>
/// The work of one call of the attention kernel: some consecutive tokens of one sequence, and the query heads that share one key/value head.
/// </summary>
public readonly unsafe struct AttentionTile
{
    public required AttentionCache Cache { get; init; }

    public required AttentionScratch Scratch { get; init; }

    public required int KeyValueHead { get; init; }

    /// <summary>Query heads that share the key/value head: numberOfHeads / numberOfKeyValueHeads.</summary>
    public required int Group { get; init; }

    public required int Tokens { get; init; }

    /// <summary>Position of the first token; the others follow.</summary>
    public required int Position { get; init; }

    /// <summary>Queries of the first token, first head of the group; heads are headDim apart, tokens <see cref="Stride"/>.</summary>
    public required float* Queries { get; init; }

    /// <summary>Where the results go, laid out as the queries.</summary>
    public required float* Output { get; init; }

    /// <summary>Floats from one token to the next.</summary>
    public required int Stride { get; init; }

    /// <summary>Scores are multiplied by this: 1 / sqrt(headDim) as a rule.</summary>
    public required float Scale { get; init; }

    /// <summary>How many positions a query sees, itself included; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>score = cap * tanh(score / cap); 0 for none.</summary>
    public float SoftCap { get; init; }
}

/// <summary>Working memory of the attention kernel, one per thread.</summary>
public sealed unsafe class AttentionScratch : IDisposable
{
    /// <summary>Keys that are read at a time.</summary>
    internal const int KeysPerBlock = 64;

    readonly NativeBuffer _memory;

    /// <param name="maxQueries">Tokens of a tile times heads of a group.</param>
    /// <param name="headDim">Numbers in a head.</param>
    public AttentionScratch(int maxQueries, int headDim)
    {
        MaxQueries = (maxQueries + 3) / 4 * 4;
        PaddedDim = (headDim + 15) / 16 * 16;
        long queries = (long)MaxQueries * headDim, scores = (long)MaxQueries * KeysPerBlock, outputs = (long)MaxQueries * PaddedDim;
        long keys = (long)headDim * KeysPerBlock, values = (long)KeysPerBlock * PaddedDim;
        _memory = new NativeBuffer((Pad(queries) + Pad(scores) + Pad(outputs) + Pad(keys) + Pad(values) + 2 * Pad(MaxQueries)) * sizeof(float));
        _memory.Clear();
        Queries = (float*)_memory.Pointer;
        Scores = Queries + Pad(queries);
        Outputs = Scores + Pad(scores);
        Keys = Outputs + Pad(outputs);
        Values = Keys + Pad(keys);
        Maxima = Values + Pad(values);
        Sums = Maxima + Pad(MaxQueries);
    }

    static long Pad(long count) => (count + 15) / 16 * 16;

    internal int MaxQueries { get; }

    internal int PaddedDim { get; }

    /// <summary>[queries, headDim], scaled.</summary>
    internal float* Queries { get; }

    /// <summary>[queries, 64].</summary>
    internal float* Scores { get; }

    /// <summary>[queries, paddedDim].</summary>
    internal float* Outputs { get; }

    /// <summary>[headDim, 64].</summary>
    internal float* Keys { get; }

    /// <summary>[64, paddedDim].</summary>
    internal float* Values { get; }

    internal float* Maxima { get; }

    internal float* Sums { get; }

    public void Dispose() => _memory.Dispose();
}
