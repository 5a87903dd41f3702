using Tern.Numerics.Registers;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Attention over a cache, 64 keys at a time, with a running maximum and sum in each part of 1024 (online softmax; Milakov and Gimelshein 2018, arXiv 1805.02867;
/// Dao et al. 2022, arXiv 2205.14135). A query's result does not depend on the other queries of the tile: prefill and decode give the same
/// bits.
/// </summary>
/// <typeparam name="TRegister">What softmax is computed with.</typeparam>
/// <typeparam name="TProducts">Who multiplies; all of them give the same bits.</typeparam>
static unsafe class AttentionKernel<TRegister, TProducts>
    where TRegister : unmanaged, IRegister<TRegister>
    where TProducts : struct, IAttentionProducts
{
    const int KeysPerBlock = AttentionScratch.KeysPerBlock;

    public static void Attend(in AttentionTile tile)
    {
        var queries = LoadQueries(tile);
        var total = tile.Scratch.Total(queries);
        AttendPart(tile, queries, 0, total);
        for (var part = 1; part < tile.Parts; part++)
        {
            var next = tile.Scratch.Part(queries);
            AttendPart(tile, queries, part, next);
            total.Add<TRegister>(next);
        }
        StoreOutputs(tile, queries, total);
    }

    public static void AttendPart(in AttentionTile tile, int part, float* partial)
    {
        var queries = LoadQueries(tile);
        AttendPart(tile, queries, part, new AttentionPartial(partial, queries, tile.Scratch.PaddedDim));
    }

    public static void MergeParts(in AttentionTile tile, float* partials, long stride)
    {
        var (queries, dim) = (tile.Tokens * tile.Group, tile.Scratch.PaddedDim);
        var total = new AttentionPartial(partials, queries, dim);
        for (var part = 1; part < tile.Parts; part++) total.Add<TRegister>(new AttentionPartial(partials + part * stride, queries, dim));
        StoreOutputs(tile, queries, total);
    }

    static int LoadQueries(in AttentionTile tile)
    {
        var scratch = tile.Scratch;
        var dim = tile.Cache.HeadDim;
        var queries = tile.Tokens * tile.Group;
        if (queries > scratch.MaxQueries) throw new ArgumentException($"The scratch memory holds {scratch.MaxQueries} queries, not {queries}.", nameof(tile));
        for (var query = 0; query < queries; query++)
        {
            var source = tile.QueryAt(tile.Queries, query);
            var target = scratch.Queries + query * dim;
            for (var i = 0; i < dim; i++) target[i] = source[i] * tile.Scale;
        }
        return queries;
    }

    static void AttendPart(in AttentionTile tile, int queries, int part, AttentionPartial result)
    {
        result.Clear();
        var firstOfPart = (tile.FirstPart + part) * AttentionTile.PositionsPerPart;
        var end = Math.Min(tile.LastPosition + 1, firstOfPart + AttentionTile.PositionsPerPart);
        for (var start = Math.Max(firstOfPart, tile.FirstPosition / KeysPerBlock * KeysPerBlock); start < end; start += KeysPerBlock)
        {
            var keys = Math.Min(KeysPerBlock, end - start);
            TProducts.Score(tile, queries, start, keys);
            OnlineSoftmax<TRegister>.Update(tile, queries, start, result);
            TProducts.AddValues(tile, queries, start, keys, result.Outputs);
        }
    }

    static void StoreOutputs(in AttentionTile tile, int queries, AttentionPartial total)
    {
        var dim = tile.Cache.HeadDim;
        for (var query = 0; query < queries; query++)
        {
            var target = tile.QueryAt(tile.Output, query);
            var source = total.Outputs + query * tile.Scratch.PaddedDim;
            var inverse = 1 / total.Sums[query];
            for (var i = 0; i < dim; i++) target[i] = source[i] * inverse;
        }
    }
}
