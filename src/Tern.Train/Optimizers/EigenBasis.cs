using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>The orthonormal basis Q [d, d] that follows the eigenvectors of a Kronecker factor, largest eigenvalue first.</summary>
sealed class EigenBasis(KroneckerFactor factor, Tensor vectors)
{
    const float SmallestNormal = 1.17549435e-38f, Precision = 1.1920929e-7f;

    /// <summary>Of the tensors that it rotates.</summary>
    public int Axis => factor.Axis;

    /// <summary>The eigenvectors themselves.</summary>
    public void Begin() => vectors.copy_(factor.Eigen().Vectors);

    /// <summary>Qᵀ times every fibre along the axis.</summary>
    public Tensor Rotate(Tensor x) => factor.Fibres.Multiply(vectors.t(), x);

    /// <summary>Q times every fibre along the axis.</summary>
    public Tensor RotateBack(Tensor x) => factor.Fibres.Multiply(vectors, x);

    /// <summary>
    /// Moves the basis towards the eigenvectors: Q ← QR(L Q), one step of orthogonal iteration, or the eigenvectors anew. Directions in which L cannot be told from 0 in
    /// float32, by the bound d ε λ of numerical rank, are not left to rounding: L Q gets as much of Q there as makes up the bound, so that they stay what they were.
    /// </summary>
    /// <returns>The order in which the old axes are sorted before the move.</returns>
    public Tensor Refresh(SoapBasis method)
    {
        var image = factor.Value.mm(vectors);
        var eigenvalues = (vectors * image).sum([0]);
        var order = eigenvalues.argsort(0, descending: true);
        if (method == SoapBasis.Eigh)
        {
            Begin();
            return order;
        }

        var bound = (eigenvalues.max() * (factor.Fibres.Length * Precision)).clamp_min(SmallestNormal);
        image.addcmul_(vectors, (bound - eigenvalues).clamp_min(0), 1);
        vectors.copy_(linalg.qr(image.index_select(1, order)).Q);
        return order;
    }
}
