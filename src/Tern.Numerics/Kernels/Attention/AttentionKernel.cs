using Tern.Numerics.Registers;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Attention over a cache in parts of <see cref="AttentionTile.PositionsPerPart"/>, each with a softmax of its own, put together in their order: on
/// one thread, or each part wherever there is one free.
/// </summary>
/// <typeparam name="TRegister">What parts are put together with.</typeparam>
/// <typeparam name="TPart">How a part is computed.</typeparam>
static unsafe class AttentionKernel<TRegister, TPart>
    where TRegister : unmanaged, IRegister<TRegister>
    where TPart : struct, IAttentionPart
{
    public static void Attend(in AttentionTile tile)
    {
        LoadQueries(tile);
        var total = tile.Scratch.Total(tile.QueryCount);
        AttendPart(tile, 0, total);
        for (var part = 1; part < tile.Parts; part++)
        {
            var next = tile.Scratch.Part(tile.QueryCount);
            AttendPart(tile, part, next);
            total.Add<TRegister>(next);
        }
        StoreOutputs(tile, total);
    }

    public static void AttendPart(in AttentionTile tile, int part, float* partial)
    {
        LoadQueries(tile);
        AttendPart(tile, part, new AttentionPartial(partial, tile.QueryCount, tile.Scratch.PaddedDim));
    }

    public static void MergeParts(in AttentionTile tile, float* partials, long stride)
    {
        var total = new AttentionPartial(partials, tile.QueryCount, tile.Scratch.PaddedDim);
        for (var part = 1; part < tile.Parts; part++)
            total.Add<TRegister>(new AttentionPartial(partials + part * stride, tile.QueryCount, tile.Scratch.PaddedDim));
        StoreOutputs(tile, total);
    }

    static void LoadQueries(in AttentionTile tile)
    {
        var most = tile.Scratch.MaxQueries;
        if (tile.QueryCount > most) throw new ArgumentException($"The scratch memory holds {most} queries, not {tile.QueryCount}.", nameof(tile));
        TPart.LoadQueries(tile);
    }

    static void AttendPart(in AttentionTile tile, int part, AttentionPartial result)
    {
        var start = (tile.FirstPart + part) * AttentionTile.PositionsPerPart;
        TPart.Attend(tile, start, Math.Min(tile.LastPosition + 1, start + AttentionTile.PositionsPerPart), result);
    }

    static void StoreOutputs(in AttentionTile tile, AttentionPartial total)
    {
        var dim = tile.Cache.HeadDim;
        for (var query = 0; query < tile.QueryCount; query++)
        {
            var target = tile.QueryAt(tile.Output, query);
            var source = total.Outputs + (long)query * tile.Scratch.PaddedDim;
            var inverse = 1 / total.Sums[query];
            for (var i = 0; i < dim; i++) target[i] = source[i] * inverse;
        }
    }
}
