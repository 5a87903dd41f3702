using Tern.Numerics.Kernels;

namespace Tern.Numerics.Assembled;

/// <summary>The kernels of attention, each assembled when it is first needed.</summary>
static unsafe class AttentionProducts
{
    static readonly nint[,,,] Kernels = new nint[Enum.GetValues<CacheType>().Length, 2, AttentionProduct.MaxPanels + 1, AttentionProduct.MaxQueries + 1];
    static readonly nint[,] BFloat16Kernels = new nint[BFloat16AttentionProduct.MaxPanels + 1, 2];
    static readonly nint[,] Conversions = new nint[Enum.GetValues<CacheType>().Length, 2];

    public static delegate* unmanaged<AttentionProductArguments*, void> For(CacheType type, bool values, int panels, int queries)
    {
        ref var entry = ref Kernels[(int)type, values ? 1 : 0, panels, queries];
        if (Volatile.Read(ref entry) == 0) AssembledKernels.Add(ref entry, new AttentionProduct(type, values, panels, queries));
        return (delegate* unmanaged<AttentionProductArguments*, void>)entry;
    }

    public static delegate* unmanaged<BFloat16AttentionProductArguments*, void> BFloat16(int panels, bool accumulate)
    {
        ref var entry = ref BFloat16Kernels[panels, accumulate ? 1 : 0];
        if (Volatile.Read(ref entry) == 0) AssembledKernels.Add(ref entry, new BFloat16AttentionProduct(panels, accumulate));
        return (delegate* unmanaged<BFloat16AttentionProductArguments*, void>)entry;
    }

    public static delegate* unmanaged<BFloat16ConversionArguments*, void> Conversion(CacheType type, bool values)
    {
        ref var entry = ref Conversions[(int)type, values ? 1 : 0];
        if (Volatile.Read(ref entry) == 0) AssembledKernels.Add(ref entry, new BFloat16Conversion(type, values));
        return (delegate* unmanaged<BFloat16ConversionArguments*, void>)entry;
    }
}
