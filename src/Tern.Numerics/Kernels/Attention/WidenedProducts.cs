using System.Runtime.CompilerServices;
using Tern.Numerics.Formats;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels;

/// <summary>Keys and values of a block are widened to floats once, for all queries of the tile.</summary>
readonly unsafe struct WidenedProducts<TRegister> : IAttentionProducts where TRegister : unmanaged, IRegister<TRegister>
{
    const int Lanes = 16;
    const int KeysPerBlock = AttentionScratch.KeysPerBlock;

    public static void Score(in AttentionTile tile, int queries, int start, int keys)
    {
        var (scratch, dim) = (tile.Scratch, tile.Cache.HeadDim);
        WidenKeys(tile.Cache, tile.KeyValueHead, start, keys, scratch);
        SmallProduct<TRegister>.Run(
            scratch.Queries, dim, scratch.Keys, KeysPerBlock, scratch.Scores, KeysPerBlock, queries, dim, KeysPerBlock, accumulate: false);
    }

    public static void AddValues(in AttentionTile tile, int queries, int start, int keys, float* outputs)
    {
        var scratch = tile.Scratch;
        WidenValues(tile.Cache, tile.KeyValueHead, start, keys, scratch);
        SmallProduct<TRegister>.Run(
            scratch.Scores, KeysPerBlock, scratch.Values, scratch.PaddedDim, outputs, scratch.PaddedDim,
            queries, keys, scratch.PaddedDim, accumulate: true);
    }

    /// <summary>Keys of 64 positions to [headDim, 64] floats; zeros in panels behind the last key.</summary>
    [MethodImpl(AggressiveOptimization)]
    static void WidenKeys(AttentionCache cache, int head, int start, int keys, AttentionScratch scratch)
    {
        for (var key = 0; key < KeysPerBlock; key += Lanes)
        {
            var target = scratch.Keys + key;
            var block = key < keys ? cache.KeyBlock(head, (start + key) / Lanes) : null;
            for (var i = 0; i < cache.HeadDim; i++, target += KeysPerBlock)
                TRegister.Store(block == null ? TRegister.Zero : LoadKeys(cache, block, i), target);
        }
    }

    [MethodImpl(AggressiveInlining)]
    static TRegister LoadKeys(AttentionCache cache, byte* block, int i)
    {
        if (cache.Type == CacheType.F16) return TRegister.LoadHalf(block + i * Lanes * sizeof(ushort));
        if (cache.Type == CacheType.BF16) return TRegister.LoadBFloat16(block + i * Lanes * sizeof(ushort));
        if (cache.Type == CacheType.F32) return TRegister.Load(block + i * Lanes * sizeof(float));
        var group = block + i / AttentionCache.Group * (Lanes * sizeof(ushort) + AttentionCache.Group * Lanes);
        return TRegister.Multiply(
            TRegister.LoadHalf(group),
            TRegister.ToSingle(TRegister.LoadSBytes(group + (sizeof(ushort) + i % AttentionCache.Group) * Lanes)));
    }

    /// <summary>Values to [keys, paddedDim] floats; behind headDim stay the zeros of new scratch memory.</summary>
    [MethodImpl(AggressiveOptimization)]
    static void WidenValues(AttentionCache cache, int head, int start, int keys, AttentionScratch scratch)
    {
        var target = scratch.Values;
        for (var key = 0; key < keys; key++, target += scratch.PaddedDim)
        {
            var source = cache.Value(head, start + key);
            var i = 0;
            for (; i + Lanes <= cache.HeadDim; i += Lanes) TRegister.Store(LoadValues(cache, source, i), target + i);
            for (; i < cache.HeadDim; i++) target[i] = LoadValue(cache, source, i);
        }
    }

    [MethodImpl(AggressiveInlining)]
    internal static TRegister LoadValues(AttentionCache cache, byte* source, int i)
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
}
