namespace Tern.Numerics.Kernels;

/// <summary>The two matrix products of attention over a block of at most <see cref="AttentionScratch.KeysPerBlock"/> positions.</summary>
unsafe interface IAttentionProducts
{
    /// <summary>scores[query, position] = query . key. What stands behind the last key is undefined.</summary>
    /// <param name="tile">Whose scratch memory holds queries and scores.</param>
    /// <param name="queries">Queries of the tile.</param>
    /// <param name="start">First position of the block, a multiple of 16.</param>
    /// <param name="keys">At least 1.</param>
    static abstract void Score(in AttentionTile tile, int queries, int start, int keys);

    /// <summary>Adds to each query's output: outputs[query, :] += sum over positions of scores[query, position] * value[position, :].</summary>
    /// <param name="tile">Whose scratch memory holds the scores.</param>
    /// <param name="queries">Queries of the tile.</param>
    /// <param name="start">First position of the block, a multiple of 16.</param>
    /// <param name="keys">At least 1.</param>
    /// <param name="outputs">[queries, paddedDim].</param>
    static abstract void AddValues(in AttentionTile tile, int queries, int start, int keys, float* outputs);
}
