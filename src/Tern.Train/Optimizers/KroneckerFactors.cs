using Tern.Train.Loop;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Optimizers;

/// <summary>The axes of a weight as Shampoo and SOAP see them, and which of them have a factor.</summary>
/// <param name="Shape">Their lengths.</param>
/// <param name="Factored">Indices of those with a factor, in order.</param>
readonly record struct KroneckerAxes(long[] Shape, int[] Factored)
{
    /// <param name="shape">Of the weight.</param>
    /// <param name="maxPrecondDim">A longer axis has no factor.</param>
    /// <param name="mergeDims">Neighbouring axes become one as long as their product is no more than the limit.</param>
    /// <param name="precondition1d">Whether a vector has a factor.</param>
    /// <param name="oneSided">Only the shortest axis may have one; the first of them.</param>
    public static KroneckerAxes Of(ReadOnlySpan<long> shape, int maxPrecondDim, bool mergeDims, bool precondition1d = false, bool oneSided = false)
    {
        if (shape.Length < 2)
        {
            return new([.. shape], precondition1d && shape.Length == 1 && shape[0] <= maxPrecondDim ? [0] : []);
        }

        long[] lengths = mergeDims ? Merged(shape, maxPrecondDim) : [.. shape];
        var shortest = Array.IndexOf(lengths, lengths.Min());
        return new(lengths, [.. Enumerable.Range(0, lengths.Length).Where(axis => lengths[axis] <= maxPrecondDim && (!oneSided || axis == shortest))]);
    }

    /// <summary>Σ d², the elements of all factors.</summary>
    public long FactorElements
    {
        get
        {
            var shape = Shape;
            return Factored.Sum(axis => shape[axis] * shape[axis]);
        }
    }

    /// <summary>What <see cref="KroneckerFactor.Eigen"/> takes for the largest factor, in bytes: the matrix and its eigenvectors in float64, 8 d² each, and the 2 d² numbers of work that LAPACK's syevd asks for.</summary>
    public long EigenBytes
    {
        get
        {
            var shape = Shape;
            return Factored.Select(axis => 4 * sizeof(double) * shape[axis] * shape[axis]).DefaultIfEmpty(0).Max();
        }
    }

    /// <summary>Greedy from the left: a run of axes ends where the next one would take its product beyond the limit. Runs of ones vanish.</summary>
    internal static long[] Merged(ReadOnlySpan<long> shape, long limit)
    {
        var merged = new List<long>();
        var run = 1L;
        foreach (var length in shape)
        {
            if (run * length <= limit)
            {
                run *= length;
            }
            else if (run > 1)
            {
                merged.Add(run);
                run = length;
            }
            else
            {
                merged.Add(length);
            }
        }

        return run > 1 || merged.Count == 0 ? [.. merged, run] : [.. merged];
    }
}

/// <summary>The Kronecker factors of one weight, which Shampoo takes roots of and SOAP eigenvectors.</summary>
sealed class KroneckerFactors
{
    readonly string _name;

    public KroneckerFactors(TrainedParameter weight, OptimizerState state, KroneckerAxes axes)
    {
        _name = weight.Name;
        All = [.. axes.Factored.Select(axis => new KroneckerFactor(state.Zeros(weight, $"factor_{axis}", axes.Shape[axis], axes.Shape[axis]), axis, TensorAxis.Of(axes.Shape, axis)))];
    }

    /// <summary>In the order of their axes.</summary>
    public IReadOnlyList<KroneckerFactor> All { get; }

    /// <summary>The norm of a gradient, as the factors see it in float32: its square is what the gradient adds to the trace of each of them.</summary>
    /// <exception cref="DivergenceException">That is not finite: the factors would never recover.</exception>
    public float FiniteNorm(Tensor gradient)
    {
        var norm = gradient.norm().item<float>();
        return float.IsFinite(norm)
            ? norm
            : throw new DivergenceException($"The gradient of '{_name}' is not finite, or too large to be squared. Lower the learning rate, warm up for longer or clip gradients, and go on from the last checkpoint.");
    }

    /// <summary>L ← β L + gain · G Gᵀ, for every axis.</summary>
    public void Update(Tensor gradient, double beta, double gain)
    {
        foreach (var factor in All)
        {
            factor.Update(gradient, beta, gain);
        }
    }
}

/// <summary>L [d, d], a decaying sum of G₍ₖ₎ G₍ₖ₎ᵀ, where G₍ₖ₎ [d, everything else] is the gradient unfolded along axis k. Of a matrix: G Gᵀ for the rows, Gᵀ G for the columns.</summary>
sealed class KroneckerFactor(Tensor value, int axis, TensorAxis fibres)
{
    public Tensor Value => value;

    /// <summary>k.</summary>
    public int Axis => axis;

    public TensorAxis Fibres => fibres;

    public void Update(Tensor gradient, double beta, double gain)
    {
        var unfolded = fibres.Unfold(gradient);
        value.addmm_(unfolded, unfolded.t(), (float)beta, (float)gain);
    }

    /// <summary>Eigenvalues [d] and eigenvectors [d, d] in columns, largest first. In float64: single precision may not converge where eigenvalues are close.</summary>
    public (Tensor Values, Tensor Vectors) Eigen()
    {
        var (values, vectors) = linalg.eigh(value.to(ScalarType.Float64));
        return (values.flip(0), vectors.flip(1));
    }
}
