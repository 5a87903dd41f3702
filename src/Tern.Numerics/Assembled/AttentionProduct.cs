using System.Runtime.InteropServices;
using Iced.Intel;
using Tern.Numerics.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>What <see cref="AttentionProduct"/> is given. It counts <see cref="Panel"/>, <see cref="Output"/> and <see cref="Rounds"/> on.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct AttentionProductArguments
{
    /// <summary>The first panel.</summary>
    public byte* Panel;

    /// <summary>Bytes from one panel to the next; not read where a Q8_0 value's two halves share a scale.</summary>
    public long PanelStride;

    /// <summary>Bytes from the panels of one round to those of the next.</summary>
    public long RoundStride;

    /// <summary>Bytes from one column of a panel to the next.</summary>
    public long ColumnStride;

    /// <summary>The first query's row: a float for each column.</summary>
    public float* Values;

    /// <summary>Bytes from one query's row to the next.</summary>
    public long ValueStride;

    /// <summary>The first query's row: 16 floats for each panel.</summary>
    public float* Output;

    /// <summary>Bytes from one query's output to the next.</summary>
    public long OutputStride;

    /// <summary>At least 1; for Q8_0 keys, those of a group.</summary>
    public long Columns;

    /// <summary>Groups of columns that share a scale, of Q8_0 keys.</summary>
    public long Groups;

    /// <summary>How often the kernel takes its one or two panels; at least 1.</summary>
    public long Rounds;

    /// <summary>What is read after this product: a line is fetched for each line of the panels.</summary>
    public byte* Ahead;
}

/// <summary>
/// The two products of attention, with up to 12 queries, over numbers of a cache read where they lie. 16 keys are a panel whose columns are
/// the numbers of a head; 16 numbers of the values are a panel whose columns are positions. Two panels at a time, so that a number of a query
/// is read once for 32 products; each register of the cache is widened once for all queries.
/// <code>
/// for round                                          // 32 keys, or 32 numbers of the values
///     sum[query, panel] = 0 for keys, output for values
///     for group of columns                           // Q8_0 keys: 32 that share a scale in each lane; others: all columns
///         for column
///             w[panel] = widen(16 numbers of the panel)
///             for query: sum[query, panel] += w[panel] * values[query, column]
///     output[query, panel] = sum[query, panel]
/// </code>
/// Each sum is one chain of fused multiply-adds in the order of the columns: the bits are those of <see cref="SmallProduct{TRegister}"/>.
/// Registers: zmm0 .. zmm23 the sums, zmm24 and zmm25 the panels, zmm26 and zmm27 their scales, zmm28 .. zmm31 numbers of queries.
/// </summary>
/// <param name="type">Of the cache.</param>
/// <param name="values">The second product: weights times values, added to the output. Otherwise queries times keys.</param>
/// <param name="panels">1 or 2.</param>
/// <param name="queries">1 .. 12.</param>
sealed class AttentionProduct(CacheType type, bool values, int panels, int queries) : Kernel
{
    public const int MaxQueries = QueryRows.Most, MaxPanels = 2;

    const int Lanes = 16, Line = 64, ScaleBytes = sizeof(ushort);

    static readonly AssemblerRegister64
        Panel = rax, Columns = rbx, Output = rbp, OutputStride = r12, ColumnStride = r13, PanelStride = r14, Ahead = r15, Counter = rsi;

    public override string Name => $"attention, {type} {(values ? "values" : "keys")} x {queries}{(panels == 1 ? ", one panel" : "")}";

    bool Quantized => type == CacheType.Q8_0;

    int NumberBytes => type switch { CacheType.F32 => sizeof(float), CacheType.Q8_0 => sizeof(sbyte), _ => sizeof(ushort) };

    AssemblerRegisterZMM Sum(int query, int panel) => VectorRegisters.Zmm(query * panels + panel);

    static AssemblerRegisterZMM Weights(int panel) => VectorRegisters.Zmm(24 + panel);

    static AssemblerRegisterZMM Scale(int panel) => VectorRegisters.Zmm(26 + panel);

    static AssemblerRegisterZMM Number(int query) => VectorRegisters.Zmm(28 + query % 4);

    static AssemblerMemoryOperand Field(string name) => Argument<AttentionProductArguments>(name);

    protected override void EmitBody()
    {
        LoadArguments<AttentionProductArguments>(
            (QueryRows.Stride, nameof(AttentionProductArguments.ValueStride)), (OutputStride, nameof(AttentionProductArguments.OutputStride)),
            (ColumnStride, nameof(AttentionProductArguments.ColumnStride)), (PanelStride, nameof(AttentionProductArguments.PanelStride)),
            (Ahead, nameof(AttentionProductArguments.Ahead)));
        QueryRows.EmitStrides(Code);

        var round = Code.CreateLabel();
        Code.Label(ref round);
        Code.mov(Panel, Field(nameof(AttentionProductArguments.Panel)));
        QueryRows.EmitFirst(Code, Field(nameof(AttentionProductArguments.Values)), queries);
        EmitStart();
        if (Quantized && !values) EmitGroups();
        else EmitColumns();
        EmitEnd();
        Code.mov(Counter, Field(nameof(AttentionProductArguments.RoundStride)));
        Code.add(Field(nameof(AttentionProductArguments.Panel)), Counter);
        Code.add(Field(nameof(AttentionProductArguments.Output)), panels * Lanes * sizeof(float));
        Code.dec(Field(nameof(AttentionProductArguments.Rounds)));
        Code.jnz(round);
    }

    void EmitStart()
    {
        if (values) Code.mov(Output, Field(nameof(AttentionProductArguments.Output)));
        for (var query = 0; query < queries; query++)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                if (values) Code.vmovups(Sum(query, panel), __zmmword_ptr[Output + panel * Lanes * sizeof(float)]);
                else Code.vpxord(Sum(query, panel), Sum(query, panel), Sum(query, panel));
            }
            if (values) Code.add(Output, OutputStride);
        }
    }

    void EmitEnd()
    {
        Code.mov(Output, Field(nameof(AttentionProductArguments.Output)));
        for (var query = 0; query < queries; query++)
        {
            for (var panel = 0; panel < panels; panel++) Code.vmovups(__zmmword_ptr[Output + panel * Lanes * sizeof(float)], Sum(query, panel));
            Code.add(Output, OutputStride);
        }
    }

    /// <summary>Groups of Q8_0 keys: 16 scales, one for each position, then the columns.</summary>
    void EmitGroups()
    {
        Code.mov(Counter, Field(nameof(AttentionProductArguments.Groups)));
        var group = Code.CreateLabel();
        Code.Label(ref group);
        for (var panel = 0; panel < panels; panel++) CacheNumbers.EmitScales(Code, Scale(panel), PanelAt(panel));
        Code.add(Panel, Lanes * ScaleBytes);
        EmitColumns();
        Code.dec(Counter);
        Code.jnz(group);
    }

    void EmitColumns()
    {
        Code.mov(Columns, Field(nameof(AttentionProductArguments.Columns)));
        var column = Code.CreateLabel();
        Code.Label(ref column);
        EmitPrefetch();
        EmitWeights();
        for (var query = 0; query < queries; query++)
        {
            Code.vbroadcastss(Number(query), __dword_ptr[QueryRows.At(query)]);
            for (var panel = 0; panel < panels; panel++) Code.vfmadd231ps(Sum(query, panel), Weights(panel), Number(query));
        }
        Code.add(Panel, ColumnStride);
        QueryRows.EmitNext(Code, queries);
        Code.dec(Columns);
        Code.jnz(column);
    }

    void EmitPrefetch()
    {
        var bytes = panels * Lanes * NumberBytes;
        for (var line = 0; line < bytes; line += Line) Code.prefetcht0(__byte_ptr[Ahead + line]);
        Code.add(Ahead, bytes);
    }

    void EmitWeights()
    {
        if (Quantized && values) CacheNumbers.EmitScale(Code, Scale(0), ymm26, Panel + 0);
        for (var panel = 0; panel < panels; panel++)
        {
            if (Quantized && values) CacheNumbers.EmitWiden(Code, type, Weights(panel), Panel + (ScaleBytes + panel * Lanes), Scale(0));
            else CacheNumbers.EmitWiden(Code, type, Weights(panel), PanelAt(panel), Scale(panel));
        }
    }

    static AssemblerMemoryOperand PanelAt(int panel) => panel == 0 ? Panel + 0 : Panel + PanelStride;
}
