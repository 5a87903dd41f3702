using Tern.Numerics.Kernels;

namespace Tern.Numerics.Assembled;

/// <summary>The kernels of attention, each assembled when it is first needed.</summary>
static unsafe class AttentionProducts
{
    static readonly nint[,,,] Kernels = new nint[Enum.GetValues<CacheType>().Length, 2, AttentionProduct.MaxPanels + 1, AttentionProduct.MaxQueries + 1];

    public static delegate* unmanaged<AttentionProductArguments*, void> For(CacheType type, bool values, int panels, int queries)
    {
        ref var entry = ref Kernels[(int)type, values ? 1 : 0, panels, queries];
        if (Volatile.Read(ref entry) == 0) AssembledKernels.Add(ref entry, new AttentionProduct(type, values, panels, queries));
        return (delegate* unmanaged<AttentionProductArguments*, void>)entry;
    }
}
