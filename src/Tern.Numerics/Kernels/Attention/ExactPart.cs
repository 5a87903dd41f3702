using Tern.Numerics.Registers;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Float32, 64 keys at a time with a running maximum and sum (online softmax; Milakov and Gimelshein 2018, arXiv 1805.02867; Dao et al. 2022,
/// arXiv 2205.14135). A query's result does not depend on the other queries of the tile: prefill and decode give the same bits.
/// </summary>
/// <typeparam name="TRegister">What softmax is computed with.</typeparam>
/// <typeparam name="TProducts">Who multiplies; all of them give the same bits.</typeparam>
readonly unsafe struct ExactPart<TRegister, TProducts> : IAttentionPart
    where TRegister : unmanaged, IRegister<TRegister>
    where TProducts : struct, IAttentionProducts
{
    const int KeysPerBlock = AttentionScratch.KeysPerBlock;

    public static void LoadQueries(in AttentionTile tile)
    {
        var dim = tile.Cache.HeadDim;
        var target = tile.Scratch.Queries;
        for (var query = 0; query < tile.QueryCount; query++, target += dim)
        {
            var source = tile.QueryAt(tile.Queries, query);
            for (var i = 0; i < dim; i++) target[i] = source[i] * tile.Scale;
        }
    }

    public static void Attend(in AttentionTile tile, int start, int end, AttentionPartial result)
    {
        result.Clear();
        for (start = Math.Max(start, tile.FirstPosition / KeysPerBlock * KeysPerBlock); start < end; start += KeysPerBlock)
        {
            var keys = Math.Min(KeysPerBlock, end - start);
            TProducts.Score(tile, tile.QueryCount, start, keys);
            OnlineSoftmax<TRegister>.Update(tile, tile.QueryCount, start, result);
            TProducts.AddValues(tile, tile.QueryCount, start, keys, result.Outputs);
        }
    }
}
