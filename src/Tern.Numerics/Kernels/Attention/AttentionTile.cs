using Tern.Numerics.Assembled;
using Tern.Numerics.Memory;

namespace Tern.Numerics.Kernels;

/// <summary>
/// The work of one call of the attention kernel: some consecutive tokens of one sequence, and the query heads that share one key/value head.
/// </summary>
public readonly unsafe struct AttentionTile
{
    /// <summary>
    /// Positions are attended to in parts of this many, each with a softmax of its own, which are put together in the order of the parts: always,
    /// so that parts may be computed by different threads and the bits are the same.
    /// </summary>
    public const int PositionsPerPart = 1024;

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

    /// <summary>The first position that a query sees.</summary>
    internal int FirstPosition => Window > 0 ? Math.Max(0, Position - Window + 1) : 0;

    /// <summary>Where a query, or its result, begins; tokens first, then the heads of the group.</summary>
    internal float* QueryAt(float* rows, int query) => rows + (long)(query / Group) * Stride + query % Group * Cache.HeadDim;

    internal int QueryCount => Tokens * Group;

    internal int LastPosition => Position + Tokens - 1;

    internal int FirstPart => FirstPosition / PositionsPerPart;

    /// <summary>Parts in which there are positions that a query sees.</summary>
    public int Parts => LastPosition / PositionsPerPart - FirstPart + 1;

    /// <summary>Floats that the result of a part takes.</summary>
    /// <param name="queries">Tokens of a tile times heads of a group.</param>
    /// <param name="headDim">Numbers in a head.</param>
    public static long PartialFloats(int queries, int headDim) => AttentionPartial.Floats(queries, AttentionScratch.Padded(headDim));
}

/// <summary>Working memory of the attention kernel, one per thread.</summary>
public sealed unsafe class AttentionScratch : IDisposable
{
    /// <summary>Keys that are read at a time.</summary>
    internal const int KeysPerBlock = 64;

    readonly NativeBuffer _memory;
    readonly float* _total, _part;
    readonly int _headDim;
    BFloat16Scratch? _bfloat16;

    /// <param name="maxQueries">Tokens of a tile times heads of a group.</param>
    /// <param name="headDim">Numbers in a head.</param>
    public AttentionScratch(int maxQueries, int headDim)
    {
        MaxQueries = maxQueries;
        _headDim = headDim;
        PaddedDim = Padded(headDim);
        long queries = (long)maxQueries * headDim, scores = (long)maxQueries * KeysPerBlock, partial = AttentionPartial.Floats(maxQueries, PaddedDim);
        long keys = (long)headDim * KeysPerBlock, values = (long)KeysPerBlock * PaddedDim;
        _memory = new NativeBuffer((Pad(queries) + Pad(scores) + Pad(keys) + Pad(values) + Pad(maxQueries) + 2 * partial) * sizeof(float));
        _memory.Clear();
        Queries = (float*)_memory.Pointer;
        Scores = Queries + Pad(queries);
        Keys = Scores + Pad(scores);
        Values = Keys + Pad(keys);
        Corrections = Values + Pad(values);
        _total = Corrections + Pad(maxQueries);
        _part = _total + partial;
    }

    internal static int Padded(int headDim) => (headDim + 15) / 16 * 16;

    static long Pad(long count) => (count + 15) / 16 * 16;

    internal int MaxQueries { get; }

    internal int PaddedDim { get; }

    /// <summary>[queries, headDim], scaled.</summary>
    internal float* Queries { get; }

    /// <summary>[queries, 64].</summary>
    internal float* Scores { get; }

    /// <summary>[headDim, 64].</summary>
    internal float* Keys { get; }

    /// <summary>[64, paddedDim].</summary>
    internal float* Values { get; }

    /// <summary>What a query's sums are multiplied by when its maximum is raised.</summary>
    internal float* Corrections { get; }

    /// <summary>All parts so far.</summary>
    internal AttentionPartial Total(int queries) => new(_total, queries, PaddedDim);

    /// <summary>The current part.</summary>
    internal AttentionPartial Part(int queries) => new(_part, queries, PaddedDim);

    /// <summary>For tiles in BF16, from the first one on.</summary>
    internal BFloat16Scratch BFloat16 => _bfloat16 ??= new BFloat16Scratch(MaxQueries, _headDim);

    public void Dispose()
    {
        _memory.Dispose();
        _bfloat16?.Dispose();
    }
}
