using Tern.Numerics.Kernels;
using Tern.Numerics.Registers;

namespace Tern.Numerics.Assembled;

/// <summary>
/// <see cref="AttentionKernel{TRegister}"/> over an F16 cache without widening it to memory first: 16 keys are a panel [headDim][16 positions], and 16
/// numbers of the values a panel [positions][16 numbers], both read where they lie by <see cref="FloatProduct"/>, for 8 queries at a time.
/// </summary>
static unsafe class AssembledAttention
{
    const int Lanes = 16;
    const int KeysPerBlock = AttentionScratch.KeysPerBlock;
    const int QueriesAtOnce = FloatProduct.MaxTokens;

    public static bool Serves(AttentionCache cache) => cache.Type == CacheType.F16 && cache.HeadDim % Lanes == 0;

    public static void Attend(in AttentionTile tile)
    {
        var queries = tile.Tokens * tile.Group;
        if (queries > tile.Scratch.MaxQueries)
            throw new ArgumentException($"The scratch memory holds {tile.Scratch.MaxQueries} queries, not {queries}.", nameof(tile));
        AttentionKernel<Register512>.LoadQueries(tile, queries);
        var lastPosition = tile.Position + tile.Tokens - 1;
        var firstPosition = tile.Window > 0 ? Math.Max(0, tile.Position - tile.Window + 1) : 0;
        for (var start = firstPosition / KeysPerBlock * KeysPerBlock; start <= lastPosition; start += KeysPerBlock)
        {
            var keys = Math.Min(KeysPerBlock, lastPosition + 1 - start);
            Score(tile, queries, start, keys);
            for (var query = 0; query < queries; query++) AttentionKernel<Register512>.UpdateSoftmax(tile, query, start);
            AddValues(tile, queries, start, keys);
        }
        AttentionKernel<Register512>.StoreOutputs(tile, queries);
    }

    /// <summary>scores[query, position] = query . key, for whole panels of 16 positions; what is past the last key is masked later.</summary>
    static void Score(in AttentionTile tile, int queries, int start, int keys)
    {
        var (scratch, cache) = (tile.Scratch, tile.Cache);
        for (var query = 0; query < queries; query += QueriesAtOnce)
        {
            var count = Math.Min(QueriesAtOnce, queries - query);
            var kernel = FloatProducts.Exact(bfloat16: false, count);
            var arguments = new FloatProductArguments
            {
                ColumnStride = FloatProduct.ColumnBytes,
                Values = scratch.Queries + query * cache.HeadDim,
                ValueStride = cache.HeadDim * sizeof(float),
                OutputStride = KeysPerBlock * sizeof(float),
                Columns = cache.HeadDim,
            };
            for (var key = 0; key < keys; key += Lanes)
            {
                arguments.Panel = cache.KeyBlock(tile.KeyValueHead, (start + key) / Lanes);
                arguments.Output = scratch.Scores + query * KeysPerBlock + key;
                kernel(&arguments);
            }
        }
    }

    /// <summary>outputs[query, :] += sum over positions of weight[query, position] * value[position, :].</summary>
    static void AddValues(in AttentionTile tile, int queries, int start, int keys)
    {
        var (scratch, cache) = (tile.Scratch, tile.Cache);
        var values = cache.Value(tile.KeyValueHead, start);
        for (var query = 0; query < queries; query += QueriesAtOnce)
        {
            var count = Math.Min(QueriesAtOnce, queries - query);
            var kernel = FloatProducts.Exact(bfloat16: false, count, accumulate: true);
            var arguments = new FloatProductArguments
            {
                ColumnStride = cache.ValueBytes,
                Values = scratch.Scores + query * KeysPerBlock,
                ValueStride = KeysPerBlock * sizeof(float),
                OutputStride = scratch.PaddedDim * sizeof(float),
                Columns = keys,
            };
            for (var dim = 0; dim < cache.HeadDim; dim += Lanes)
            {
                arguments.Panel = values + dim * sizeof(ushort);
                arguments.Output = scratch.Outputs + query * scratch.PaddedDim + dim;
                kernel(&arguments);
            }
        }
    }
}
