using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;

namespace Tern.Run.Layers;

/// <summary>Part of a batch: some tokens and some of their columns, in whole blocks of 32.</summary>
readonly record struct BatchTile(int FirstToken, int EndToken, int FirstColumn, int EndColumn)
{
    public int Columns => EndColumn - FirstColumn;
}

interface ITileBody
{
    void Run(in BatchTile tile);
}

/// <summary>
/// Cuts a batch into tiles for what writes to <see cref="Activations"/>, where up to 16 tokens lie side by side: a tile is 16 tokens or, where there
/// are no more than that, some columns of all of them. Threads that shared tokens instead would write to the same cache lines, ten times as slowly.
/// </summary>
struct BatchTiles<TBody>(TBody body, int tokens, int columns) : IParallelBody where TBody : struct, ITileBody
{
    const int TokensPerTile = Activations.MaxInterleaved, ColumnsPerTile = 16 * Activations.BlockSize;

    public static void Run(WorkerTeam team, TBody body, int tokens, int columns)
    {
        var tiles = new BatchTiles<TBody>(body, tokens, columns);
        team.For(ref tiles, tiles.Count);
    }

    /// <summary>A single token is one tile: waking another thread costs as much as the work.</summary>
    readonly int Count => tokens switch
    {
        1 => 1,
        <= TokensPerTile => (columns + ColumnsPerTile - 1) / ColumnsPerTile,
        _ => (tokens + TokensPerTile - 1) / TokensPerTile,
    };

    readonly BatchTile Tile(int index) => tokens switch
    {
        1 => new BatchTile(0, 1, 0, columns),
        <= TokensPerTile => new BatchTile(0, tokens, index * ColumnsPerTile, Math.Min(columns, (index + 1) * ColumnsPerTile)),
        _ => new BatchTile(index * TokensPerTile, Math.Min(tokens, (index + 1) * TokensPerTile), 0, columns),
    };

    public readonly void Run(int start, int end, int worker)
    {
        for (var index = start; index < end; index++) body.Run(Tile(index));
    }
}
