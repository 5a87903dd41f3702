using Tern.Numerics.Assembled;
using Tern.Numerics.Registers;

namespace Tern.Numerics.Kernels;

/// <summary>
/// The operations of a transformer between its matrix products, on float vectors. All pointers are to <c>count</c> floats unless said
/// otherwise; outputs may be inputs.
/// </summary>
public abstract unsafe class VectorKernels
{
    static readonly VectorKernels Scalar = new VectorKernels<RegisterScalar>();
    static readonly VectorKernels Narrow = new VectorKernels<Register256>();
    static readonly VectorKernels Wide = new VectorKernels<Register512>();
    static readonly VectorKernels WideAssembled = new AssembledVectorKernels();

    public static VectorKernels For(IsaLevel level) => level switch
    {
        IsaLevel.Scalar => Scalar,
        IsaLevel.Avx2 or IsaLevel.AvxVnni => Narrow,
        IsaLevel.Avx512 => Wide,
        IsaLevel.Vnni => WideAssembled,
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "unknown instruction set level"),
    };

    public abstract IsaLevel Level { get; }

    /// <summary>Makes forms of the rows [start, end) for the matrices that read them.</summary>
    public void Prepare(Activations x, int start, int end, ActivationForms forms) => Prepare(x, start, end, 0, x.Columns, forms);

    /// <summary>Makes forms of some columns of the rows [start, end).</summary>
    /// <param name="x">Its values are there.</param>
    /// <param name="start">First row.</param>
    /// <param name="end">Row behind the last.</param>
    /// <param name="firstColumn">A multiple of 32.</param>
    /// <param name="endColumn">A multiple of 32, or the end of the rows.</param>
    /// <param name="forms">Which.</param>
    public abstract void Prepare(Activations x, int start, int end, int firstColumn, int endColumn, ActivationForms forms);

    /// <summary>y = x / sqrt(mean(x^2) + epsilon) * weight. Zhang and Sennrich 2019, arXiv 1910.07467.</summary>
    public abstract void RmsNorm(float* x, float* weight, float* y, int count, float epsilon);

    /// <summary>x = exp(x - max) / sum.</summary>
    public abstract void Softmax(float* x, int count);

    /// <summary>y = silu(gate) * up, silu(z) = z / (1 + exp(-z)). Shazeer 2020, arXiv 2002.05202.</summary>
    public abstract void SwiGlu(float* gate, float* up, float* y, int count);

    /// <summary>y = gelu(gate) * up with the tanh approximation of GELU (Gemma).</summary>
    public abstract void GeGlu(float* gate, float* up, float* y, int count);

    /// <summary>x += y.</summary>
    public abstract void Add(float* x, float* y, int count);

    /// <summary>x *= factor.</summary>
    public abstract void Scale(float* x, float factor, int count);

    /// <summary>x = cap * tanh(x / cap).</summary>
    public abstract void SoftCap(float* x, float cap, int count);

    /// <summary>x . y, 64 partial sums.</summary>
    public abstract float Dot(float* x, float* y, int count);

    /// <summary>
    /// Rotates one head by its position (RoPE; Su et al. 2021, arXiv 2104.09864): pair i turns by the angle with this cosine and sine.
    /// </summary>
    /// <param name="head">[rotaryDim ...]; what follows the rotary part stays.</param>
    /// <param name="cosines">[rotaryDim / 2].</param>
    /// <param name="sines">[rotaryDim / 2].</param>
    /// <param name="rotaryDim">Even.</param>
    /// <param name="interleaved">Pairs are (2i, 2i + 1) if true, (i, i + rotaryDim / 2) if false.</param>
    public abstract void Rotate(float* head, float* cosines, float* sines, int rotaryDim, bool interleaved);

    /// <summary>Attention of one tile of queries; see <see cref="AttentionTile"/>.</summary>
    public abstract void Attend(in AttentionTile tile);

    /// <summary>One part of the positions of a tile, which any thread may compute.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="part">0 .. <see cref="AttentionTile.Parts"/> - 1.</param>
    /// <param name="partial"><see cref="AttentionTile.PartialFloats"/> of memory for the result.</param>
    public abstract void AttendPart(in AttentionTile tile, int part, float* partial);

    /// <summary>Puts the parts of a tile together: the bits are those of <see cref="Attend"/>. Overwrites the first.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="partials">All its parts.</param>
    /// <param name="stride">Floats from one part to the next.</param>
    public abstract void MergeParts(in AttentionTile tile, float* partials, long stride);
}
