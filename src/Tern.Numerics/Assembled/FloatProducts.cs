using Tern.Numerics.Kernels;

namespace Tern.Numerics.Assembled;

/// <summary>The kernels over 16-bit floats, each assembled when it is first needed.</summary>
static unsafe class FloatProducts
{
    static readonly nint[,] Exacts = new nint[2, FloatProduct.MaxTokens + 1];
    static readonly nint[] Tiles = new nint[Activations.MaxInterleaved + 1];

    /// <summary>Exact, 1 .. 8 tokens.</summary>
    public static delegate* unmanaged<FloatProductArguments*, void> Exact(bool bfloat16, int tokens)
    {
        ref var entry = ref Exacts[bfloat16 ? 1 : 0, tokens];
        if (Volatile.Read(ref entry) == 0) AssembledKernels.Add(ref entry, new FloatProduct(bfloat16, tokens));
        return (delegate* unmanaged<FloatProductArguments*, void>)entry;
    }

    /// <summary>With BF16 products, 1 .. 16 tokens of 16 that lie side by side.</summary>
    public static delegate* unmanaged<BFloat16ProductArguments*, void> Tile(int tokens)
    {
        ref var entry = ref Tiles[tokens];
        if (Volatile.Read(ref entry) == 0) AssembledKernels.Add(ref entry, new BFloat16Product(tokens));
        return (delegate* unmanaged<BFloat16ProductArguments*, void>)entry;
    }
}
