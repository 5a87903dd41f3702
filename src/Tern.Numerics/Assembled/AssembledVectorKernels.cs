using Tern.Numerics.Kernels;
using Tern.Numerics.Registers;

namespace Tern.Numerics.Assembled;

/// <summary>512-bit vector kernels, with assembled kernels for attention where heads are whole registers, and BF16 where it pays.</summary>
sealed unsafe class AssembledVectorKernels : VectorKernels<Register512>
{
    public override IsaLevel Level => IsaLevel.Vnni;

    public override void Attend(in AttentionTile tile)
    {
        if (BFloat16Part.Serves(tile)) AttentionKernel<Register512, BFloat16Part>.Attend(tile);
        else if (AssembledAttention.Serves(tile.Cache)) AttentionKernel<Register512, ExactPart<Register512, AssembledAttention>>.Attend(tile);
        else base.Attend(tile);
    }

    public override void AttendPart(in AttentionTile tile, int part, float* partial)
    {
        if (BFloat16Part.Serves(tile)) AttentionKernel<Register512, BFloat16Part>.AttendPart(tile, part, partial);
        else if (AssembledAttention.Serves(tile.Cache)) AttentionKernel<Register512, ExactPart<Register512, AssembledAttention>>.AttendPart(tile, part, partial);
        else base.AttendPart(tile, part, partial);
    }
}
