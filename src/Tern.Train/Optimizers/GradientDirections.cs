using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>
/// The dominant singular directions of a gradient G [m, n] = U S Vᵀ: the first r columns of U [m, r] and rows of Vᵀ [r, n]. The largest entry of each is positive, so that they do not depend on the
/// LAPACK that found them.
/// </summary>
static class GradientDirections
{
    /// <summary>By the singular value decomposition in float32, or by <see cref="OfGram"/> where that does not converge.</summary>
    public static (Tensor Left, Tensor Right) Of(Tensor gradient, int rank)
    {
        try
        {
            var (u, _, vt) = linalg.svd(gradient, fullMatrices: false);
            return (Leading(u, 1, rank), Leading(vt, 0, rank));
        }
        catch (ExternalException)
        {
            return OfGram(gradient, rank);
        }
    }

    /// <summary>By the eigenvectors of G Gᵀ and Gᵀ G in float64.</summary>
    public static (Tensor Left, Tensor Right) OfGram(Tensor gradient, int rank)
    {
        var wide = gradient.to(ScalarType.Float64);
        wide = wide / wide.abs().max();
        var left = linalg.eigh(wide.mm(wide.t())).Item2.flip(1).to(gradient.dtype);
        var right = linalg.eigh(wide.t().mm(wide)).Item2.flip(1).t().to(gradient.dtype);
        return (Leading(left, 1, rank), Leading(right, 0, rank));
    }

    /// <summary>
    /// By subspace iteration from a random start (Halko, Martinsson and Tropp 2009, arXiv 0909.4061, algorithm 4.4): r + 8 directions of the shorter side, two passes of G Gᵀ, orthonormal after each product.
    /// </summary>
    /// <param name="gradient">G.</param>
    /// <param name="rank">r.</param>
    /// <param name="seed">Of the start; the generator of torch is left alone.</param>
    public static (Tensor Left, Tensor Right) OfRandomStart(Tensor gradient, int rank, long seed)
    {
        const int Oversampling = 8, Passes = 2;
        if (gradient.shape[0] > gradient.shape[1])
        {
            var (rows, columns) = OfRandomStart(gradient.t(), rank, seed);
            return (columns.t(), rows.t());
        }

        using var generator = new Generator((ulong)seed, CPU);
        var size = Math.Min(rank + Oversampling, gradient.shape[0]);
        var start = randn([gradient.shape[1], size], dtype: gradient.dtype, generator: generator).to(gradient.device);
        var basis = Orthonormal(gradient.mm(start));
        for (var pass = 0; pass < Passes; pass++)
        {
            basis = Orthonormal(gradient.mm(Orthonormal(gradient.t().mm(basis))));
        }

        var (left, right) = Of(basis.t().mm(gradient), rank);
        return (Leading(basis.mm(left), 1, rank), right);
    }

    /// <summary>A seed for a weight at a step, the same in every process.</summary>
    public static long SeedOf(string weight, long step) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{weight}\n{step}"))) & long.MaxValue;

    static Tensor Orthonormal(Tensor columns) => linalg.qr(columns).Q;

    /// <summary>The first vectors, which are counted along the given dimension, each with the sign that makes its largest entry positive.</summary>
    static Tensor Leading(Tensor vectors, int dimension, int rank)
    {
        var first = vectors.narrow(dimension, 0, rank);
        var axis = 1 - dimension;
        return first * first.gather(axis, first.abs().argmax(axis, keepdim: true)).sign();
    }
}
