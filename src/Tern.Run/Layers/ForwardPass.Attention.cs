using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;

namespace Tern.Run.Layers;

/// <content>The parallel loops over tiles of attention.</content>
sealed unsafe partial class ForwardPass
{
    /// <summary>Loops of fewer items for each thread are made of more, smaller ones.</summary>
    const int ItemsPerThread = 8;

    int _tiles, _longestTile;

    /// <summary>Cuts the tokens of each sequence into tiles of about the same length; the layers share the list.</summary>
    void CutTiles()
    {
        (_tiles, _longestTile) = (0, 0);
        for (int token = 0, end; token < _tokens; token = end)
        {
            end = token + 1;
            while (end < _tokens && _space.Slots[end].Sequence == _space.Slots[token].Sequence) end++;
            var count = (end - token + _space.TokensPerTile - 1) / _space.TokensPerTile;
            var length = (end - token + count - 1) / count;
            for (; token < end; token += length) _space.Tiles[_tiles++] = new TokenTile(token, Math.Min(length, end - token));
            _longestTile = Math.Max(_longestTile, length);
        }
    }

    /// <summary>
    /// One loop over (tile, key/value head). Where that is too little work to share, as when one token of a long text is decoded, one over their parts,
    /// which a second one puts together. The bits are the same.
    /// </summary>
    void AttendAll(DecoderLayer layer, int index)
    {
        var heads = model.Config.NumKeyValueHeads;
        var tiles = new AttentionTiles(this, layer, index);
        if (team.Threads > 1 && _tiles * heads < team.Threads * ItemsPerThread && CountParts(tiles) is var parts && parts > _tiles)
        {
            var stride = AttentionTile.PartialFloats(_longestTile * tiles.Group, model.Config.HeadDim);
            var partials = _space.Partials(parts * heads * stride);
            var attend = new AttendParts { Tiles = tiles, Partials = partials, Stride = stride };
            team.For(ref attend, parts * heads, 1);
            var merge = new MergeParts { Tiles = tiles, Partials = partials, Stride = stride };
            team.For(ref merge, _tiles * heads, 1);
        }
        else
        {
            var attend = new AttendTiles { Tiles = tiles };
            team.For(ref attend, _tiles * heads, 1);
        }
    }

    /// <summary>Sets each tile's first part of the layer, counted over all tiles, and returns their number.</summary>
    int CountParts(AttentionTiles tiles)
    {
        var parts = 0;
        for (var tile = 0; tile < _tiles; tile++)
        {
            _space.FirstParts[tile] = parts;
            parts += tiles.Of(tile, head: 0, worker: 0).Parts;
        }
        return parts;
    }

    /// <summary>The tiles of a layer.</summary>
    readonly struct AttentionTiles(ForwardPass pass, DecoderLayer layer, int index)
    {
        public int Heads => pass.Model.Config.NumKeyValueHeads;

        public int Group => pass.Model.Config.NumAttentionHeads / Heads;

        public VectorKernels Kernels => pass._kernels;

        public AttentionTile Of(int tile, int head, int worker)
        {
            var space = pass._space;
            var (token, tokens) = space.Tiles[tile];
            var offset = (long)token * space.QuerySize + (long)head * Group * pass.Model.Config.HeadDim;
            return new AttentionTile
            {
                Cache = space.Slots[token].Sequence.Cache(index),
                Scratch = space.Scratch[worker],
                KeyValueHead = head,
                Group = Group,
                Tokens = tokens,
                Position = space.Slots[token].Position,
                Queries = space.Queries + offset,
                Output = space.Attended.Values + offset,
                Stride = space.QuerySize,
                Scale = pass.Model.AttentionScale,
                Window = layer.Window,
                SoftCap = pass.Model.AttentionSoftCap,
            };
        }

        /// <summary>Partials lie as [tile][head][part].</summary>
        public long FirstPartial(int tile, int head, int parts) => (long)pass._space.FirstParts[tile] * Heads + (long)head * parts;

        /// <summary>The tile that a partial belongs to; there are few of them where there are partials.</summary>
        public int TileOf(int partial)
        {
            var tile = 0;
            while (tile + 1 < pass._tiles && pass._space.FirstParts[tile + 1] * Heads <= partial) tile++;
            return tile;
        }
    }

    struct AttendTiles : IParallelBody
    {
        public AttentionTiles Tiles;

        public readonly void Run(int start, int end, int worker)
        {
            for (var item = start; item < end; item++) Tiles.Kernels.Attend(Tiles.Of(item / Tiles.Heads, item % Tiles.Heads, worker));
        }
    }

    struct AttendParts : IParallelBody
    {
        public AttentionTiles Tiles;
        public float* Partials;
        public long Stride;

        public readonly void Run(int start, int end, int worker)
        {
            for (var item = start; item < end; item++)
            {
                var index = Tiles.TileOf(item);
                var parts = Tiles.Of(index, 0, worker).Parts;
                var (head, part) = Math.DivRem(item - (int)Tiles.FirstPartial(index, 0, parts), parts);
                Tiles.Kernels.AttendPart(Tiles.Of(index, head, worker), part, Partials + item * Stride);
            }
        }
    }

    struct MergeParts : IParallelBody
    {
        public AttentionTiles Tiles;
        public float* Partials;
        public long Stride;

        public readonly void Run(int start, int end, int worker)
        {
            for (var item = start; item < end; item++)
            {
                var (index, head) = Math.DivRem(item, Tiles.Heads);
                var tile = Tiles.Of(index, head, worker);
                Tiles.Kernels.MergeParts(tile, Partials + Tiles.FirstPartial(index, head, tile.Parts) * Stride, Stride);
            }
        }
    }
}
