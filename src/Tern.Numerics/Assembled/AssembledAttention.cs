using Tern.Numerics.Kernels;

namespace Tern.Numerics.Assembled;

/// <summary>The products of attention over numbers read where they lie in the cache (<see cref="AttentionProduct"/>).</summary>
readonly unsafe struct AssembledAttention : IAttentionProducts
{
    const int Lanes = 16;
    const int KeysPerBlock = AttentionScratch.KeysPerBlock;

    public static bool Serves(AttentionCache cache) => cache.HeadDim % Lanes == 0;

    public static void Score(in AttentionTile tile, int queries, int start, int keys)
    {
        var (scratch, cache) = (tile.Scratch, tile.Cache);
        var quantized = cache.Type == CacheType.Q8_0;
        var atOnce = Kernel.EvenParts(queries, AttentionProduct.MaxQueries);
        for (var query = 0; query < queries; query += atOnce)
        {
            Run(cache.Type, values: false, (keys + Lanes - 1) / Lanes, Math.Min(atOnce, queries - query), new AttentionProductArguments
            {
                Panel = cache.KeyBlock(tile.KeyValueHead, start / Lanes),
                PanelStride = cache.KeyBlockBytes,
                RoundStride = 2 * cache.KeyBlockBytes,
                ColumnStride = quantized ? Lanes : cache.KeyBlockBytes / cache.HeadDim,
                Values = scratch.Queries + query * cache.HeadDim,
                ValueStride = cache.HeadDim * sizeof(float),
                Output = scratch.Scores + query * KeysPerBlock,
                OutputStride = KeysPerBlock * sizeof(float),
                Columns = quantized ? AttentionCache.Group : cache.HeadDim,
                Groups = cache.HeadDim / AttentionCache.Group,
                Ahead = cache.Value(tile.KeyValueHead, start),
            });
        }
    }

    public static void AddValues(in AttentionTile tile, int queries, int start, int keys, float* outputs)
    {
        var (scratch, cache) = (tile.Scratch, tile.Cache);
        var atOnce = Kernel.EvenParts(queries, AttentionProduct.MaxQueries);
        var panels = cache.HeadDim / Lanes;
        for (var query = 0; query < queries; query += atOnce)
        {
            Run(cache.Type, values: true, panels, Math.Min(atOnce, queries - query), new AttentionProductArguments
            {
                Panel = cache.Value(tile.KeyValueHead, start),
                PanelStride = cache.ValueBytes / panels,
                RoundStride = 2 * cache.ValueBytes / panels,
                ColumnStride = cache.ValueBytes,
                Values = scratch.Scores + query * KeysPerBlock,
                ValueStride = KeysPerBlock * sizeof(float),
                Output = outputs + query * scratch.PaddedDim,
                OutputStride = scratch.PaddedDim * sizeof(float),
                Columns = keys,
                Ahead = cache.KeyBlock(tile.KeyValueHead, (start + KeysPerBlock) / Lanes),
            });
        }
    }

    /// <summary>Pairs of panels, then the odd one.</summary>
    static void Run(CacheType type, bool values, int panels, int queries, AttentionProductArguments arguments)
    {
        arguments.Rounds = panels / 2;
        if (arguments.Rounds > 0) AttentionProducts.For(type, values, 2, queries)(&arguments);
        if (panels % 2 == 0) return;
        arguments.Rounds = 1;
        AttentionProducts.For(type, values, 1, queries)(&arguments);
    }
}
