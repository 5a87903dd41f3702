using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

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
    const int Lanes = 16;
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
            for (var query = 0; query < queries; query++) UpdateSoftmax(tile, query, start, result);
            TProducts.AddValues(tile, queries, start, keys, result.Outputs);
        }
    }

    /// <summary>Turns the scores of one query into weights relative to its running maximum, and rescales what was summed before.</summary>
    [MethodImpl(AggressiveOptimization)]
    static void UpdateSoftmax(in AttentionTile tile, int query, int start, AttentionPartial result)
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
        var previous = result.Maxima[query];
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
        result.Maxima[query] = max;
        result.Sums[query] = result.Sums[query] * correction + TRegister.ReduceAdd(TRegister.Add(TRegister.Add(s0, s1), TRegister.Add(s2, s3)));
        if (correction == 1) return;
        var outputs = result.Outputs + query * scratch.PaddedDim;
        var factor = TRegister.Broadcast(correction);
        for (var i = 0; i < scratch.PaddedDim; i += Lanes) TRegister.Store(TRegister.Multiply(TRegister.Load(outputs + i), factor), outputs + i);
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
