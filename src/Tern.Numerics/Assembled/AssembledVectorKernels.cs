using Tern.Numerics.Kernels;
using Tern.Numerics.Registers;

namespace Tern.Numerics.Assembled;

/// <summary>512-bit vector kernels, with attention over F16 caches by assembled kernels.</summary>
sealed class AssembledVectorKernels : VectorKernels<Register512>
{
    public override IsaLevel Level => IsaLevel.Vnni;

    public override void Attend(in AttentionTile tile)
    {
        if (AssembledAttention.Serves(tile.Cache)) AssembledAttention.Attend(tile);
        else base.Attend(tile);
    }
}
