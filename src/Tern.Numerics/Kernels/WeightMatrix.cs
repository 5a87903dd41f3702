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
    public static WeightMatrix Create(TensorType type, byte* data, int rows, int columns, WorkerTeam team, IsaLevel level)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        return level switch
        {
            IsaLevel.Scalar => Create<RegisterScalar>(type, data, rows, columns, team),
            IsaLevel.Avx2 => Create<Register256>(type, data, rows, columns, team),
            IsaLevel.AvxVnni => CreateNarrowAssembled(type, data, rows, columns, team),
            IsaLevel.Avx512 => Create<Register512>(type, data, rows, columns, team),
            IsaLevel.Vnni => CreateAssembled(type, data, rows, columns, team),
            _ => throw new ArgumentOutOfRangeException(nameof(level), level, "unknown instruction set level"),
        };
    }

    static WeightMatrix Create<TRegister>(TensorType type, byte* data, int rows, int columns, WorkerTeam team)
        where TRegister : unmanaged, IRegister<TRegister> => type switch
        {
            TensorType.F32 => new RowMatrix<TRegister, SingleRow>(type, data, rows, columns),
            TensorType.F16 => new RowMatrix<TRegister, HalfRow>(type, data, rows, columns),
            TensorType.BF16 => new RowMatrix<TRegister, BFloat16Row>(type, data, rows, columns),
            _ => PanelFormats.Visit<CreatePanels<TRegister>, WeightMatrix>(type, new CreatePanels<TRegister>(type, data, rows, columns, team)),
        };

    static WeightMatrix CreateNarrowAssembled(TensorType type, byte* data, int rows, int columns, WorkerTeam team) => type.ElementsPerBlock() == 1
        ? Create<Register256>(type, data, rows, columns, team)
        : CreateAssembledPanels(IsaLevel.AvxVnni, type, data, rows, columns, team);

    static WeightMatrix CreateAssembled(TensorType type, byte* data, int rows, int columns, WorkerTeam team) => type switch
    {
        TensorType.F32 => new RowMatrix<Register512, SingleRow>(type, data, rows, columns),
        TensorType.F16 => new AssembledFloatMatrix<HalfRow>(type, data, rows, columns, team),
        TensorType.BF16 => new AssembledFloatMatrix<BFloat16Row>(type, data, rows, columns, team),
        _ => CreateAssembledPanels(IsaLevel.Vnni, type, data, rows, columns, team),
    };

    static WeightMatrix CreateAssembledPanels(IsaLevel level, TensorType type, byte* data, int rows, int columns, WorkerTeam team) =>
        PanelFormats.Visit<AssembledPanels, WeightMatrix>(type, new AssembledPanels(level, type, data, rows, columns, team));

    readonly struct CreatePanels<TRegister>(TensorType type, byte* data, int rows, int columns, WorkerTeam team) : IPanelFormatVisitor<WeightMatrix>
        where TRegister : unmanaged, IRegister<TRegister>
    {
        public WeightMatrix Visit<TPanel>() where TPanel : struct, IPanelFormat<TPanel> =>
            new PanelMatrix<TRegister, TPanel>(type, data, rows, columns, team);
    }

    readonly struct AssembledPanels(IsaLevel level, TensorType type, byte* data, int rows, int columns, WorkerTeam team) : IPanelFormatVisitor<WeightMatrix>
    {
        public WeightMatrix Visit<TPanel>() where TPanel : struct, IPanelFormat<TPanel> =>
            new AssembledPanelMatrix<TPanel>(level, type, data, rows, columns, team);
    }

    protected abstract void Dispose(bool disposing);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}
