using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>What <see cref="FloatProduct"/> is given.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct FloatProductArguments
{
    /// <summary>[columns][16 rows] of 16-bit floats.</summary>
    public byte* Panel;

    /// <summary>The first token's row.</summary>
    public float* Values;

    /// <summary>Bytes from one token's row to the next.</summary>
    public long ValueStride;

    /// <summary>16 floats for each token.</summary>
    public float* Output;

    /// <summary>Bytes from one token's output to the next.</summary>
    public long OutputStride;

    /// <summary>At least 1.</summary>
    public long Columns;
}

/// <summary>
/// A panel of 16 rows of F16 or BF16 times up to 8 tokens in float32: weights are widened exactly, products and sums fused. Even and odd
/// columns have a register of sums each, so that a sum waits for every second product only, and a token's bits do not depend on how many
/// others there are.
/// <code>
/// for pair of columns
///     for column of the pair: w = widen(16 weights); for t: sum[t, column mod 2] += w * values[t, column]      // broadcast from memory
/// for t: output[t] = sum[t, 0] + sum[t, 1]
/// </code>
/// </summary>
/// <param name="bfloat16">BF16 weights rather than F16.</param>
/// <param name="tokens">1 .. 8.</param>
sealed class FloatProduct(bool bfloat16, int tokens) : Kernel
{
    public const int MaxTokens = 8;

    const int ColumnBytes = 16 * sizeof(ushort), PrefetchBytes = 1024;

    static readonly AssemblerRegister64
        Panel = rax, Values = rdx, Stride = r8, ThreeStrides = r9, FiveStrides = r10, SevenStrides = r11, Columns = rbx, Output = rbp, OutputStride = r12;

    static readonly AssemblerRegisterZMM Weights = zmm31;

    public override string Name => $"{(bfloat16 ? "BF16" : "F16")} x {tokens}";

    static AssemblerRegisterZMM Sum(int token, int parity) => VectorRegisters.Zmm(2 * token + parity);

    /// <summary>The current column's value of a token.</summary>
    static AssemblerMemoryOperand Value(int token, int column) => token switch
    {
        0 => Values + column * sizeof(float),
        1 or 2 or 4 => Values + Stride * token + column * sizeof(float),
        3 or 6 => Values + ThreeStrides * (token / 3) + column * sizeof(float),
        5 => Values + FiveStrides + column * sizeof(float),
        _ => Values + SevenStrides + column * sizeof(float),
    };

    protected override void EmitBody()
    {
        LoadArguments<FloatProductArguments>(
            (Panel, nameof(FloatProductArguments.Panel)), (Values, nameof(FloatProductArguments.Values)), (Stride, nameof(FloatProductArguments.ValueStride)),
            (Output, nameof(FloatProductArguments.Output)), (OutputStride, nameof(FloatProductArguments.OutputStride)), (Columns, nameof(FloatProductArguments.Columns)));
        Code.lea(ThreeStrides, __qword_ptr[Stride + Stride * 2]);
        Code.lea(FiveStrides, __qword_ptr[Stride + Stride * 4]);
        Code.lea(SevenStrides, __qword_ptr[ThreeStrides + Stride * 4]);
        for (var token = 0; token < tokens; token++)
            for (var parity = 0; parity < 2; parity++) Code.vpxord(Sum(token, parity), Sum(token, parity), Sum(token, parity));

        var (next, last, done) = (Code.CreateLabel(), Code.CreateLabel(), Code.CreateLabel());
        Code.sub(Columns, 2);
        Code.jl(last);
        Code.Label(ref next);
        Code.prefetcht0(__byte_ptr[Panel + PrefetchBytes]);
        EmitColumn(0);
        EmitColumn(1);
        Code.add(Panel, 2 * ColumnBytes);
        Code.add(Values, 2 * sizeof(float));
        Code.sub(Columns, 2);
        Code.jge(next);
        Code.Label(ref last);
        Code.cmp(Columns, -1);
        Code.jne(done);
        EmitColumn(0);
        Code.Label(ref done);

        for (var token = 0; token < tokens; token++)
        {
            Code.vaddps(Sum(token, 0), Sum(token, 0), Sum(token, 1));
            Code.vmovups(__zmmword_ptr[Output], Sum(token, 0));
            Code.add(Output, OutputStride);
        }
    }

    void EmitColumn(int column)
    {
        var weights = __ymmword_ptr[Panel + column * ColumnBytes];
        if (bfloat16)
        {
            Code.vpmovzxwd(Weights, weights);
            Code.vpslld(Weights, Weights, 16);
        }
        else
        {
            Code.vcvtph2ps(Weights, weights);
        }
        for (var token = 0; token < tokens; token++) Code.vfmadd231ps(Sum(token, column), Weights, __dword_bcst[Value(token, column)]);
    }
}
