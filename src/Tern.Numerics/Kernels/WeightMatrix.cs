using Tern.Numerics.Assembled;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels.Panels;
using Tern.Numerics.Registers;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Kernels;

/// <summary>
/// The weights of a linear layer [rows = outputs, columns = inputs], in the layout that the kernels of this machine read. Block formats
/// are repacked into panels of 16 rows when the matrix is made (<see cref="IPanelFormat{TSelf}"/>), for assembled kernels F16 and BF16 too;
/// what is not repacked stays where it is, usually in a mapped file, which must then outlive the matrix.
/// </summary>
public abstract unsafe class WeightMatrix : IDisposable
{
    /// <summary>Rows in a unit of work.</summary>
    public const int RowsPerUnit = 16;

    private protected WeightMatrix(TensorType type, int rows, int columns)
    {
        Type = type;
        Rows = rows;
        Columns = columns;
    }

    public TensorType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int Units => (Rows + RowsPerUnit - 1) / RowsPerUnit;

    /// <summary>Bytes that one pass over the matrix reads.</summary>
    public abstract long ByteLength { get; }

    /// <summary>What the kernels read of the activations of so many tokens; <see cref="VectorKernels.Prepare"/> makes it.</summary>
    public abstract ActivationForms Reads(int tokens);

    /// <summary>Whether the matrix has memory of its own, so that the data it was made from is not needed any more.</summary>
    public virtual bool IsRepacked => true;

    private protected void CheckColumns(Activations x)
    {
        if (x.Columns != Columns) throw new ArgumentException($"The matrix has {Columns} columns, the activations {x.Columns}.", nameof(x));
    }

    /// <summary>
    /// y[token, row] = sum over columns of x[token, column] * weight[row, column], for the rows of the units [start, end) and all tokens.
    /// </summary>
    /// <param name="x">Input; the forms of it that <see cref="Reads"/> names must have been made.</param>
    /// <param name="y">Output [tokens, stride].</param>
    /// <param name="stride">Floats from one token's output to the next.</param>
    /// <param name="start">First unit.</param>
    /// <param name="end">One past the last unit.</param>
    public abstract void MultiplyUnits(Activations x, float* y, int stride, int start, int end);

    /// <summary>Whether matrices of this type can be multiplied.</summary>
    public static bool Supports(TensorType type) => type is TensorType.F32 or TensorType.F16 or TensorType.BF16 or (>= TensorType.Q4_0 and <= TensorType.TQ2_0);

    /// <summary>Prepares a matrix.</summary>
    /// <param name="type">Format of <paramref name="data"/>.</param>
    /// <param name="data">Rows of whole blocks, one after another.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs; a multiple of the format's block.</param>
    /// <param name="team">Does the repacking.</param>
    /// <param name="level">Which kernels.</param>
    /// <exception cref="NotSupportedException">There are no kernels for the type.</exception>
    /// <exception cref="ArgumentException">The columns are not a multiple of the format's block.</exception>
    public static WeightMatrix Create(TensorType type, byte* data, int rows, int columns, WorkerTeam team, IsaLevel level) => level switch
    {
        IsaLevel.Scalar => Create<RegisterScalar>(type, data, rows, columns, team),
        IsaLevel.Avx2 => Create<Register256>(type, data, rows, columns, team),
        IsaLevel.Avx512 => Create<Register512>(type, data, rows, columns, team),
        IsaLevel.Vnni => CreateAssembled(type, data, rows, columns, team),
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "unknown instruction set level"),
    };

    static WeightMatrix Create<TRegister>(TensorType type, byte* data, int rows, int columns, WorkerTeam team)
        where TRegister : unmanaged, IRegister<TRegister>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        return type switch
        {
            TensorType.F32 => new RowMatrix<TRegister, SingleRow>(type, data, rows, columns),
            TensorType.F16 => new RowMatrix<TRegister, HalfRow>(type, data, rows, columns),
            TensorType.BF16 => new RowMatrix<TRegister, BFloat16Row>(type, data, rows, columns),
            TensorType.Q4_0 => new PanelMatrix<TRegister, Q4_0Panel>(type, data, rows, columns, team),
            TensorType.Q4_1 => new PanelMatrix<TRegister, Q4_1Panel>(type, data, rows, columns, team),
            TensorType.Q5_0 => new PanelMatrix<TRegister, Q5_0Panel>(type, data, rows, columns, team),
            TensorType.Q5_1 => new PanelMatrix<TRegister, Q5_1Panel>(type, data, rows, columns, team),
            TensorType.Q8_0 => new PanelMatrix<TRegister, Q8_0Panel>(type, data, rows, columns, team),
            TensorType.Q2_K => new PanelMatrix<TRegister, Q2_KPanel>(type, data, rows, columns, team),
            TensorType.Q3_K => new PanelMatrix<TRegister, Q3_KPanel>(type, data, rows, columns, team),
            TensorType.Q4_K => new PanelMatrix<TRegister, Q4_KPanel>(type, data, rows, columns, team),
            TensorType.Q5_K => new PanelMatrix<TRegister, Q5_KPanel>(type, data, rows, columns, team),
            TensorType.Q6_K => new PanelMatrix<TRegister, Q6_KPanel>(type, data, rows, columns, team),
            TensorType.IQ4_NL => new PanelMatrix<TRegister, IQ4_NLPanel>(type, data, rows, columns, team),
            TensorType.IQ4_XS => new PanelMatrix<TRegister, IQ4_XSPanel>(type, data, rows, columns, team),
            TensorType.TQ1_0 => new PanelMatrix<TRegister, TQ1_0Panel>(type, data, rows, columns, team),
            TensorType.TQ2_0 => new PanelMatrix<TRegister, TQ2_0Panel>(type, data, rows, columns, team),
            _ => throw new NotSupportedException($"There are no matrix kernels for {type}."),
        };
    }

    static WeightMatrix CreateAssembled(TensorType type, byte* data, int rows, int columns, WorkerTeam team)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        return type switch
        {
            TensorType.Q4_0 => new AssembledPanelMatrix<Q4_0Panel>(type, data, rows, columns, team),
            TensorType.Q4_1 => new AssembledPanelMatrix<Q4_1Panel>(type, data, rows, columns, team),
            TensorType.Q5_0 => new AssembledPanelMatrix<Q5_0Panel>(type, data, rows, columns, team),
            TensorType.Q5_1 => new AssembledPanelMatrix<Q5_1Panel>(type, data, rows, columns, team),
            TensorType.Q8_0 => new AssembledPanelMatrix<Q8_0Panel>(type, data, rows, columns, team),
            TensorType.Q2_K => new AssembledPanelMatrix<Q2_KPanel>(type, data, rows, columns, team),
            TensorType.Q3_K => new AssembledPanelMatrix<Q3_KPanel>(type, data, rows, columns, team),
            TensorType.Q4_K => new AssembledPanelMatrix<Q4_KPanel>(type, data, rows, columns, team),
            TensorType.Q5_K => new AssembledPanelMatrix<Q5_KPanel>(type, data, rows, columns, team),
            TensorType.Q6_K => new AssembledPanelMatrix<Q6_KPanel>(type, data, rows, columns, team),
            TensorType.IQ4_NL => new AssembledPanelMatrix<IQ4_NLPanel>(type, data, rows, columns, team),
            TensorType.IQ4_XS => new AssembledPanelMatrix<IQ4_XSPanel>(type, data, rows, columns, team),
            TensorType.TQ1_0 => new AssembledPanelMatrix<TQ1_0Panel>(type, data, rows, columns, team),
            TensorType.TQ2_0 => new AssembledPanelMatrix<TQ2_0Panel>(type, data, rows, columns, team),
            TensorType.F16 => new AssembledFloatMatrix<HalfRow>(type, data, rows, columns, team),
            TensorType.BF16 => new AssembledFloatMatrix<BFloat16Row>(type, data, rows, columns, team),
            _ => Create<Register512>(type, data, rows, columns, team),
        };
    }

    protected abstract void Dispose(bool disposing);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}
