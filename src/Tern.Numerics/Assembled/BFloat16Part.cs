using System.Runtime.CompilerServices;
using Tern.Numerics.Kernels;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Assembled;

/// <summary>
/// Attention of tiles of many queries in BF16 with float32 sums: queries, keys, values and weights are rounded to 8 bits of precision, scores,
/// softmax and outputs are float32 (FlashAttention's tiling; Dao et al. 2022, arXiv 2205.14135).
/// <code>
/// for block of 128 positions
///     convert keys and values to panels of pairs           // once for all queries of the tile
///     for strip of 24 queries that see some of the block
///         scores = queries . keys
///         weights = exp2(scores - maximum)
///         outputs = outputs * correction + weights . values
/// </code>
/// A query's bits depend on it and on the cache only, not on the tile that it is in.
/// </summary>
readonly unsafe struct BFloat16Part : IAttentionPart
{
    const int Lanes = 16;
    const int KeysPerBlock = BFloat16Scratch.KeysPerBlock, QueriesPerStrip = BFloat16Scratch.QueriesPerStrip;
    const float LogTwoOfE = 1.44269504f, NaturalLogOfTwo = 0.69314718f;

    /// <summary>Fewer queries do not pay for the conversion of keys and values.</summary>
    const int FewestQueries = QueriesPerStrip;

    /// <summary>As many tokens as are multiplied exactly by matrices of 16-bit floats.</summary>
    const int MostExactTokens = FloatProduct.MaxTokens;

    /// <summary>Up to here attention is a small part of a pass, and stays exact.</summary>
    public const int ExactPositions = 128;

    /// <summary>An F32 cache asks for exact attention.</summary>
    public static bool Serves(in AttentionTile tile) =>
        CpuFeatures.Avx512BFloat16 && AssembledAttention.Serves(tile.Cache) && tile.Cache.Type != CacheType.F32
        && tile.Tokens > MostExactTokens && tile.QueryCount >= FewestQueries && tile.LastPosition >= ExactPositions;

    /// <summary>Scores are logarithms to base 2, unless a cap comes first.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void LoadQueries(in AttentionTile tile)
    {
        var (scratch, dim) = (tile.Scratch.BFloat16, tile.Cache.HeadDim);
        var scale = Register512.Broadcast(tile.SoftCap > 0 ? tile.Scale : tile.Scale * LogTwoOfE);
        for (var query = 0; query < tile.QueryCount; query++)
        {
            var source = tile.QueryAt(tile.Queries, query);
            var target = scratch.Queries + (long)query * dim;
            for (var i = 0; i < dim; i += Lanes) Register512.StoreBFloat16(Register512.Multiply(Register512.Load(source + i), scale), target + i);
        }
    }

    public static void Attend(in AttentionTile tile, int start, int end, AttentionPartial result)
    {
        var scratch = tile.Scratch.BFloat16;
        var dim = tile.Cache.HeadDim;
        new Span<float>(scratch.Outputs, scratch.Rows * dim).Clear();
        new Span<float>(scratch.Maxima, scratch.Rows).Fill(float.MinValue);
        new Span<float>(scratch.Sums, scratch.Rows * BFloat16Scratch.SumLanes).Clear();
        for (start = Math.Max(start, tile.FirstPosition / KeysPerBlock * KeysPerBlock); start < end; start += KeysPerBlock)
        {
            var keys = Math.Min(KeysPerBlock, end - start);
            ConvertKeys(tile.Cache, tile.KeyValueHead, start, keys, scratch.Keys);
            ConvertValues(tile.Cache, tile.KeyValueHead, start, keys, scratch.Values);
            for (var query = 0; query < tile.QueryCount; query += QueriesPerStrip) AttendStrip(tile, query, start, keys);
        }
        Buffer.MemoryCopy(scratch.Outputs, result.Outputs, (long)tile.QueryCount * dim * sizeof(float), (long)tile.QueryCount * dim * sizeof(float));
        for (var query = 0; query < tile.QueryCount; query++)
        {
            result.Sums[query] = Register512.ReduceAdd(Register512.Load(scratch.Sums + query * BFloat16Scratch.SumLanes));
            result.Maxima[query] = scratch.Maxima[query] * NaturalLogOfTwo;
        }
    }

    /// <summary>24 queries, or the last of the tile, over one block.</summary>
    static void AttendStrip(in AttentionTile tile, int query, int start, int keys)
    {
        var scratch = tile.Scratch.BFloat16;
        var first = tile.Position + query / tile.Group;
        var last = tile.Position + (Math.Min(query + QueriesPerStrip, tile.QueryCount) - 1) / tile.Group;
        if (start > last || (tile.Window > 0 && start + KeysPerBlock <= first - tile.Window + 1)) return;
        Score(tile, query, keys);
        if (tile.SoftCap > 0)
        {
            VectorKernels.For(Register512.Level).SoftCap(scratch.Scores, tile.SoftCap, QueriesPerStrip * KeysPerBlock);
            VectorKernels.For(Register512.Level).Scale(scratch.Scores, LogTwoOfE, QueriesPerStrip * KeysPerBlock);
        }
        if (start + KeysPerBlock - 1 > first || (tile.Window > 0 && last - tile.Window + 1 > start)) Mask(tile, query, start);
        BFloat16Softmax.Update(scratch.Scores, scratch.Weights, scratch.Maxima + query, scratch.Sums + query * BFloat16Scratch.SumLanes, scratch.Corrections);
        AddValues(tile, query, keys);
    }

    static void Score(in AttentionTile tile, int query, int keys)
    {
        const int Panels = BFloat16AttentionProduct.MaxPanels;
        var (scratch, dim) = (tile.Scratch.BFloat16, tile.Cache.HeadDim);
        for (var key = 0; key < keys; key += Panels * Lanes)
        {
            var arguments = new BFloat16AttentionProductArguments
            {
                Panels = (ushort*)scratch.Keys + key * dim,
                PanelStride = Lanes * dim * sizeof(ushort),
                Values = scratch.Queries + (long)query * dim,
                ValueStride = dim * sizeof(ushort),
                Output = scratch.Scores + key,
                OutputStride = KeysPerBlock * sizeof(float),
                Pairs = dim / 2,
                Rounds = QueriesPerStrip / BFloat16AttentionProduct.QueriesPerRound(Panels),
            };
            AttentionProducts.BFloat16(Panels, accumulate: false)(&arguments);
        }
    }

    static void AddValues(in AttentionTile tile, int query, int keys)
    {
        var (scratch, dim) = (tile.Scratch.BFloat16, tile.Cache.HeadDim);
        for (var i = 0; i < dim;)
        {
            var panels = Math.Min((dim - i) / Lanes, BFloat16AttentionProduct.MaxPanels);
            var arguments = new BFloat16AttentionProductArguments
            {
                Panels = (ushort*)scratch.Values + i * KeysPerBlock,
                PanelStride = Lanes * KeysPerBlock * sizeof(ushort),
                Values = scratch.Weights,
                ValueStride = KeysPerBlock * sizeof(ushort),
                Output = scratch.Outputs + (long)query * dim + i,
                OutputStride = dim * sizeof(float),
                Factors = scratch.Corrections,
                Pairs = (keys + 1) / 2,
                Rounds = QueriesPerStrip / BFloat16AttentionProduct.QueriesPerRound(panels),
            };
            AttentionProducts.BFloat16(panels, accumulate: true)(&arguments);
            i += panels * Lanes;
        }
    }

    static void Mask(in AttentionTile tile, int query, int start)
    {
        for (var row = 0; row < QueriesPerStrip; row++)
        {
            var scores = new Span<float>(tile.Scratch.BFloat16.Scores + row * KeysPerBlock, KeysPerBlock);
            var position = tile.Position + (query + row) / tile.Group;
            if (tile.Window > 0) scores[..Math.Clamp(position - tile.Window + 1 - start, 0, KeysPerBlock)].Fill(float.NegativeInfinity);
            scores[Math.Clamp(position + 1 - start, 0, KeysPerBlock)..].Fill(float.NegativeInfinity);
        }
    }

    /// <summary>Panels [headDim][16 keys] of the cache, one behind the other, to [headDim / 2][16 keys][2].</summary>
    static void ConvertKeys(AttentionCache cache, int head, int start, int keys, uint* target)
    {
        var quantized = cache.Type == CacheType.Q8_0;
        var panels = (keys + Lanes - 1) / Lanes;
        var column = quantized ? Lanes : Lanes * sizeof(ushort);
        var arguments = new BFloat16ConversionArguments
        {
            Source = cache.KeyBlock(head, start / Lanes),
            Odd = column,
            Step = 2 * column,
            Target = target,
            Pairs = quantized ? AttentionCache.Group / 2 : panels * cache.HeadDim / 2,
            Groups = panels * cache.HeadDim / AttentionCache.Group,
        };
        AttentionProducts.Conversion(cache.Type, values: false)(&arguments);
    }

    /// <summary>Rows [headDim] of the cache to [headDim / 16][64 pairs of positions][16][2]; beside an odd last position zeros, not what stands there.</summary>
    static void ConvertValues(AttentionCache cache, int head, int start, int keys, uint* target)
    {
        var rows = cache.Value(head, start);
        for (var i = 0; i < cache.HeadDim; i += Lanes, target += Lanes * KeysPerBlock / 2)
        {
            var quantized = cache.Type == CacheType.Q8_0;
            var group = rows + i / AttentionCache.Group * (sizeof(ushort) + AttentionCache.Group);
            var arguments = new BFloat16ConversionArguments
            {
                Source = quantized ? group + sizeof(ushort) + i % AttentionCache.Group : rows + i * sizeof(ushort),
                Scales = group,
                Odd = cache.ValueBytes,
                Step = 2 * cache.ValueBytes,
                Target = target,
                Pairs = keys / 2,
            };
            if (arguments.Pairs > 0) AttentionProducts.Conversion(cache.Type, values: true)(&arguments);
            if (keys % 2 == 0) continue;
            var last = WidenedProducts<Register512>.LoadValues(cache, cache.Value(head, start + keys - 1), i);
            Register512.StoreBFloat16Pairs(last, Register512.Zero, target + keys / 2 * Lanes);
        }
    }
}
