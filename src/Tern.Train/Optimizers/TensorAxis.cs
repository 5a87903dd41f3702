using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>One axis of a contiguous tensor, which is seen as [before, length, after].</summary>
/// <param name="Before">The product of the axes before it.</param>
/// <param name="Length">Its own length d.</param>
/// <param name="After">The product of the axes after it.</param>
readonly record struct TensorAxis(long Before, long Length, long After)
{
    public static TensorAxis Of(ReadOnlySpan<long> shape, int axis) => new(AdamUpdate.Elements(shape[..axis]), shape[axis], AdamUpdate.Elements(shape[(axis + 1)..]));

    /// <summary>X₍ₖ₎ [d, everything else]: X of a matrix's rows, Xᵀ of its columns. A copy only where axes lie on both sides.</summary>
    public Tensor Unfold(Tensor x) => x.view(Before, Length, After).transpose(0, 1).reshape(Length, Before * After);

    /// <summary>The mode product, A [d, d] times every fibre of X along the axis: A X for the rows of a matrix, X Aᵀ for its columns.</summary>
    /// <returns>A new tensor of the shape of X, contiguous.</returns>
    public Tensor Multiply(Tensor matrix, Tensor x)
    {
        if (After == 1)
        {
            return x.view(Before, Length).mm(matrix.t()).view(x.shape);
        }

        return Before == 1 ? matrix.mm(x.view(Length, After)).view(x.shape) : matmul(matrix, x.view(Before, Length, After)).reshape(x.shape);
    }
}
