using System.Runtime.CompilerServices;
using Tern.Numerics.Formats;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Attention over a cache, 64 keys at a time with a running maximum and sum (online softmax; Milakov and Gimelshein 2018, arXiv 1805.02867;
/// Dao et al. 2022, arXiv 2205.14135). Keys and values of a block are widened to floats once for all queries of the tile. A query's result
/// does not depend on the other queries of the tile: prefill and decode give the same bits.
/// </summary>
static unsafe class AttentionKernel<TRegister> where TRegister : unmanaged, IRegister<TRegister>
{
    const int Lanes = 16;
    const int KeysPerBlock = AttentionScratch.KeysPerBlock;

    public static void Attend(in AttentionTile tile)
    {
        var scratch = tile.Scratch;
        var queries = tile.Tokens * tile.Group;
        if (queries > scratch.MaxQueries) throw new ArgumentException($"The scratch memory holds {scratch.MaxQueries} queries, not {queries}.", nameof(tile));
        LoadQueries(tile, queries);

        var lastPosition = tile.Position + tile.Tokens - 1;
        var firstPosition = tile.Window > 0 ? Math.Max(0, tile.Position - tile.Window + 1) : 0;
        for (var start = firstPosition / KeysPerBlock * KeysPerBlock; start <= lastPosition; start += KeysPerBlock)
        {
            LoadKeys(tile.Cache, tile.KeyValueHead, start, lastPosition, scratch);
            LoadValues(tile.Cache, tile.KeyValueHead, start, lastPosition, scratch);
            SmallProduct<TRegister>.Run(
                scratch.Queries, tile.Cache.HeadDim, scratch.Keys, KeysPerBlock, scratch.Scores, KeysPerBlock,
                queries, tile.Cache.HeadDim, KeysPerBlock, accumulate: false);
            for (var query = 0; query < queries; query++) UpdateSoftmax(tile, query, start);
            SmallProduct<TRegister>.Run(
                scratch.Scores, KeysPerBlock, scratch.Values, scratch.PaddedDim, scratch.Outputs, scratch.PaddedDim,
                queries, KeysPerBlock, scratch.PaddedDim, accumulate: true);
        }
        StoreOutputs(tile, queries);
    }

    internal static void LoadQueries(in AttentionTile tile, int queries)
    {
        var scratch = tile.Scratch;
        var dim = tile.Cache.HeadDim;
        for (var query = 0; query < queries; query++)
        {
            var source = tile.Queries + (long)(query / tile.Group) * tile.Stride + query % tile.Group * dim;
            var target = scratch.Queries + query * dim;
            for (var i = 0; i < dim; i++) target[i] = source[i] * tile.Scale;
            scratch.Maxima[query] = float.NegativeInfinity;
            scratch.Sums[query] = 0;
        }
        new Span<float>(scratch.Outputs, queries * scratch.PaddedDim).Clear();
    }

    /// <summary>Keys of 64 positions to [headDim, 64] floats; zeros after the last position.</summary>
    [MethodImpl(AggressiveOptimization)]
    static void LoadKeys(AttentionCache cache, int head, int start, int lastPosition, AttentionScratch scratch)
    {
        for (var part = 0; part < KeysPerBlock / Lanes; part++)
        {
            var target = scratch.Keys + part * Lanes;
            var position = start + part * Lanes;
            var block = position <= lastPosition ? cache.KeyBlock(head, position / Lanes) : null;
            for (var i = 0; i < cache.HeadDim; i++, target += KeysPerBlock)
                TRegister.Store(block == null ? TRegister.Zero : LoadKeyLanes(cache, block, i), target);
        }
    }

    [MethodImpl(AggressiveInlining)]
    static TRegister LoadKeyLanes(AttentionCache cache, byte* block, int i)
    {
        if (cache.Type == CacheType.F16) return TRegister.LoadHalf(block + i * Lanes * sizeof(ushort));
        if (cache.Type == CacheType.BF16) return TRegister.LoadBFloat16(block + i * Lanes * sizeof(ushort));
        if (cache.Type == CacheType.F32) return TRegister.Load(block + i * Lanes * sizeof(float));
        var group = block + i / AttentionCache.Group * (Lanes * sizeof(ushort) + AttentionCache.Group * Lanes);
        return TRegister.Multiply(
            TRegister.LoadHalf(group),
            TRegister.ToSingle(TRegister.LoadSBytes(group + (sizeof(ushort) + i % AttentionCache.Group) * Lanes)));
    }

    /// <summary>Values of 64 positions to [64, paddedDim] floats; zeros after the last position and after headDim.</summary>
    [MethodImpl(AggressiveOptimization)]
    static void LoadValues(AttentionCache cache, int head, int start, int lastPosition, AttentionScratch scratch)
    {
        var target = scratch.Values;
        for (var row = 0; row < KeysPerBlock; row++, target += scratch.PaddedDim)
        {
            if (start + row > lastPosition)
            {
                new Span<float>(target, scratch.PaddedDim).Clear();
                continue;
            }
            var source = cache.Value(head, start + row);
            var i = 0;
            for (; i + Lanes <= cache.HeadDim; i += Lanes) TRegister.Store(LoadValueLanes(cache, source, i), target + i);
            for (; i < cache.HeadDim; i++) target[i] = LoadValue(cache, source, i);
        }
    }

    [MethodImpl(AggressiveInlining)]
    static TRegister LoadValueLanes(AttentionCache cache, byte* source, int i)
    {
        if (cache.Type == CacheType.F16) return TRegister.LoadHalf(source + i * sizeof(ushort));
        if (cache.Type == CacheType.BF16) return TRegister.LoadBFloat16(source + i * sizeof(ushort));
        if (cache.Type == CacheType.F32) return TRegister.Load(source + i * sizeof(float));
        var group = source + i / AttentionCache.Group * (sizeof(ushort) + AttentionCache.Group);
        return TRegister.Multiply(
            TRegister.Broadcast((float)*(Half*)group),
            TRegister.ToSingle(TRegister.LoadSBytes(group + sizeof(ushort) + i % AttentionCache.Group)));
    }

    /// <summary>A number behind the last whole register; a Q8_0 cache has none.</summary>
    static float LoadValue(AttentionCache cache, byte* source, int i) => cache.Type switch
    {
        CacheType.F32 => ((float*)source)[i],
        CacheType.F16 => (float)((Half*)source)[i],
        _ => BF16.ToSingle(((ushort*)source)[i]),
    };

    /// <summary>Turns the scores of one query into weights relative to its running maximum, and rescales what was summed before.</summary>
    [MethodImpl(AggressiveOptimization)]
    internal static void UpdateSoftmax(in AttentionTile tile, int query, int start)
    {
        var scratch = tile.Scratch;
        var scores = scratch.Scores + query * KeysPerBlock;
        var position = tile.Position + query / tile.Group;
        var first = tile.Window > 0 ? Math.Clamp(position - tile.Window + 1 - start, 0, KeysPerBlock) : 0;
        var end = Math.Clamp(position + 1 - start, 0, KeysPerBlock);
        if (first >= end)
        {
            new Span<float>(scores, KeysPerBlock).Clear();
            return;
        }
        if (tile.SoftCap > 0) VectorKernels.For(TRegister.Level).SoftCap(scores, tile.SoftCap, KeysPerBlock);
        new Span<float>(scores, first).Fill(float.NegativeInfinity);
        new Span<float>(scores + end, KeysPerBlock - end).Fill(float.NegativeInfinity);

        TRegister s0 = TRegister.Load(scores), s1 = TRegister.Load(scores + 16), s2 = TRegister.Load(scores + 32), s3 = TRegister.Load(scores + 48);
        var largest = TRegister.ReduceMax(TRegister.Max(TRegister.Max(s0, s1), TRegister.Max(s2, s3)));
        var previous = scratch.Maxima[query];
        var max = MathF.Max(previous, largest);
        var shift = TRegister.Broadcast(max);
        s0 = Exponential<TRegister>.Of(TRegister.Subtract(s0, shift));
        s1 = Exponential<TRegister>.Of(TRegister.Subtract(s1, shift));
        s2 = Exponential<TRegister>.Of(TRegister.Subtract(s2, shift));
        s3 = Exponential<TRegister>.Of(TRegister.Subtract(s3, shift));
        TRegister.Store(s0, scores);
        TRegister.Store(s1, scores + 16);
        TRegister.Store(s2, scores + 32);
        TRegister.Store(s3, scores + 48);

        var correction = previous == max ? 1 : MathF.Exp(previous - max);
        scratch.Maxima[query] = max;
        scratch.Sums[query] = scratch.Sums[query] * correction + TRegister.ReduceAdd(TRegister.Add(TRegister.Add(s0, s1), TRegister.Add(s2, s3)));
        if (correction == 1) return;
        var outputs = scratch.Outputs + query * scratch.PaddedDim;
        var factor = TRegister.Broadcast(correction);
        for (var i = 0; i < scratch.PaddedDim; i += Lanes) TRegister.Store(TRegister.Multiply(TRegister.Load(outputs + i), factor), outputs + i);
    }

    internal static void StoreOutputs(in AttentionTile tile, int queries)
    {
        var scratch = tile.Scratch;
        var dim = tile.Cache.HeadDim;
        for (var query = 0; query < queries; query++)
        {
            var target = tile.Output + (long)(query / tile.Group) * tile.Stride + query % tile.Group * dim;
            var source = scratch.Outputs + query * scratch.PaddedDim;
            var inverse = 1 / scratch.Sums[query];
            for (var i = 0; i < dim; i++) target[i] = source[i] * inverse;
        }
    }
}
