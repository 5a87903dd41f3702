using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>What <see cref="BFloat16AttentionProduct"/> is given. It counts <see cref="Values"/> and <see cref="Rounds"/> on.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct BFloat16AttentionProductArguments
{
    /// <summary>[panels][pairs of columns][16][2] in BF16.</summary>
    public ushort* Panels;

    /// <summary>Bytes from one panel to the next.</summary>
    public long PanelStride;

    /// <summary>The first query's row in BF16.</summary>
    public ushort* Values;

    /// <summary>Bytes from one query's row to the next.</summary>
    public long ValueStride;

    /// <summary>The first query's row: 16 floats for each panel.</summary>
    public float* Output;

    /// <summary>Bytes from one query's output to the next.</summary>
    public long OutputStride;

    /// <summary>What each query's output is multiplied by before the product is added.</summary>
    public float* Factors;

    /// <summary>Pairs of columns; at least 1.</summary>
    public long Pairs;

    /// <summary>How often the kernel takes its 6 or 12 queries; at least 1.</summary>
    public long Rounds;
}

/// <summary>
/// The two products of attention in BF16 with float32 sums (AVX512-BF16), for tiles of many queries. Keys and values were converted to panels of
/// pairs, which the second-level cache holds.
/// <code>
/// for round of 6 queries (12 for one or two panels)
///     sum[query, panel] = 0, or output * factor[query]
///     for pair of columns
///         w[panel] = 16 pairs of the panel
///         for query: sum[query, panel] += w[panel] . values[query, pair]         vdpbf16ps
///     output[query, panel] = sum[query, panel]
/// </code>
/// Registers: zmm0 .. zmm23 the sums, zmm24 .. zmm27 the panels, zmm28 .. zmm31 pairs of queries.
/// </summary>
/// <param name="panels">1 .. 4.</param>
/// <param name="accumulate">Adds to the output.</param>
sealed class BFloat16AttentionProduct(int panels, bool accumulate) : Kernel
{
    public const int MaxPanels = 4;

    /// <summary>Rows that every kernel takes a whole number of rounds for.</summary>
    public const int RowMultiple = 12;

    const int Lanes = 16, PairBytes = Lanes * 2 * sizeof(ushort);

    static readonly AssemblerRegister64
        Panel = rax, Pairs = rbx, Output = rbp, OutputStride = r12, PanelStride = r13, ThreePanelStrides = r14, Factors = r15, Row = rsi;

    readonly int _queries = QueriesPerRound(panels);

    public override string Name => $"attention, BF16 {(accumulate ? "values" : "keys")}, {panels} panels";

    public static int QueriesPerRound(int panels) => panels > 2 ? 6 : 12;

    AssemblerRegisterZMM Sum(int query, int panel) => VectorRegisters.Zmm(query * panels + panel);

    static AssemblerRegisterZMM Weights(int panel) => VectorRegisters.Zmm(24 + panel);

    static AssemblerRegisterZMM Number(int query) => VectorRegisters.Zmm(28 + query % 4);

    static AssemblerMemoryOperand Field(string name) => Argument<BFloat16AttentionProductArguments>(name);

    protected override void EmitBody()
    {
        LoadArguments<BFloat16AttentionProductArguments>(
            (QueryRows.Stride, nameof(BFloat16AttentionProductArguments.ValueStride)), (Output, nameof(BFloat16AttentionProductArguments.Output)),
            (OutputStride, nameof(BFloat16AttentionProductArguments.OutputStride)), (PanelStride, nameof(BFloat16AttentionProductArguments.PanelStride)),
            (Factors, nameof(BFloat16AttentionProductArguments.Factors)));
        QueryRows.EmitStrides(Code);
        Code.lea(ThreePanelStrides, __qword_ptr[PanelStride + PanelStride * 2]);

        var (round, pair) = (Code.CreateLabel(), Code.CreateLabel());
        Code.Label(ref round);
        Code.mov(Panel, Field(nameof(BFloat16AttentionProductArguments.Panels)));
        Code.mov(Pairs, Field(nameof(BFloat16AttentionProductArguments.Pairs)));
        QueryRows.EmitFirst(Code, Field(nameof(BFloat16AttentionProductArguments.Values)), _queries);
        EmitStart();
        Code.Label(ref pair);
        EmitPair();
        Code.dec(Pairs);
        Code.jnz(pair);
        for (var query = 0; query < _queries; query++)
        {
            for (var panel = 0; panel < panels; panel++) Code.vmovups(__zmmword_ptr[Output + panel * Lanes * sizeof(float)], Sum(query, panel));
            Code.add(Output, OutputStride);
        }
        Code.imul(Row, QueryRows.Stride, _queries);
        Code.add(Field(nameof(BFloat16AttentionProductArguments.Values)), Row);
        Code.dec(Field(nameof(BFloat16AttentionProductArguments.Rounds)));
        Code.jnz(round);
    }

    void EmitStart()
    {
        Code.mov(Row, Output);
        for (var query = 0; query < _queries; query++)
        {
            if (accumulate) Code.vbroadcastss(Number(query), __dword_ptr[Factors + query * sizeof(float)]);
            for (var panel = 0; panel < panels; panel++)
            {
                if (accumulate) Code.vmulps(Sum(query, panel), Number(query), __zmmword_ptr[Row + panel * Lanes * sizeof(float)]);
                else Code.vpxord(Sum(query, panel), Sum(query, panel), Sum(query, panel));
            }
            if (accumulate) Code.add(Row, OutputStride);
        }
        if (accumulate) Code.add(Factors, _queries * sizeof(float));
    }

    void EmitPair()
    {
        for (var panel = 0; panel < panels; panel++) Code.vmovdqu32(Weights(panel), __zmmword_ptr[PanelAt(panel)]);
        for (var query = 0; query < _queries; query++)
        {
            Code.vpbroadcastd(Number(query), __dword_ptr[QueryRows.At(query)]);
            for (var panel = 0; panel < panels; panel++) Code.vdpbf16ps(Sum(query, panel), Weights(panel), Number(query));
        }
        Code.add(Panel, PairBytes);
        QueryRows.EmitNext(Code, _queries);
    }

    static AssemblerMemoryOperand PanelAt(int panel) => panel switch
    {
        0 => Panel + 0,
        3 => Panel + ThreePanelStrides,
        _ => Panel + PanelStride * panel,
    };
}
