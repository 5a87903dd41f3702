namespace Tern.Numerics.Kernels;

/// <summary>How a tile's attention over some positions is computed.</summary>
interface IAttentionPart
{
    /// <summary>Brings the queries of the tile into scratch memory, scaled, in the form that <see cref="Attend"/> reads.</summary>
    static abstract void LoadQueries(in AttentionTile tile);

    /// <summary>Attends to positions that begin with a part.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="start">First position: the beginning of a part.</param>
    /// <param name="end">One past the last position; at most that of the tile, or the end of the part.</param>
    /// <param name="result">Is written.</param>
    static abstract void Attend(in AttentionTile tile, int start, int end, AttentionPartial result);
}
