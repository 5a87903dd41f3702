namespace Tern.Numerics.Kernels;

/// <summary>The two matrix products of attention over a block of at most <see cref="AttentionScratch.KeysPerBlock"/> positions.</summary>
interface IAttentionProducts
{
    /// <summary>scores[query, position] = query . key. What stands behind the last key is undefined.</summary>
    /// <param name="tile">Whose scratch memory holds queries and scores.</param>
    /// <param name="queries">Queries of the tile.</param>
    /// <param name="start">First position of the block, a multiple of 16.</param>
    /// <param name="keys">At least 1.</param>
    static abstract void Score(in AttentionTile tile, int queries, int start, int keys);

    /// <summary>outputs[query, :] += sum over positions of scores[query, position] * value[position, :].</summary>
    /// <inheritdoc cref="Score" path="/param"/>
    static abstract void AddValues(in AttentionTile tile, int queries, int start, int keys);
}
