using System.Runtime.InteropServices;
using Iced.Intel;
using Tern.Numerics.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>What <see cref="BFloat16Product"/> is given.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct BFloat16ProductArguments
{
    /// <summary>[pairs of columns][16 rows][2] in BF16.</summary>
    public byte* Panel;

    /// <summary>[pairs of columns][<see cref="Activations.Interleaved"/> tokens][2] in BF16.</summary>
    public ushort* Values;

    /// <summary>16 floats for each token.</summary>
    public float* Output;

    /// <summary>Bytes from one token's output to the next.</summary>
    public long OutputStride;

    /// <summary>At least 1.</summary>
    public long Pairs;
}

/// <summary>
/// A panel of 16 rows times up to 16 tokens in BF16 with float32 sums (AVX512-BF16): one register of weights, then a product for each token whose
/// pair of values is broadcast from memory. Registers: zmm0 .. zmm15 the sums, zmm16 .. zmm19 weights.
/// </summary>
sealed class BFloat16Product(int tokens) : Kernel
{
    const int Unrolled = 4, PanelBytes = 64, TokenBytes = 2 * sizeof(ushort), Interleaved = Activations.MaxInterleaved;

    static readonly AssemblerRegister64 Panel = rax, Values = rdx, Output = r8, OutputStride = r9, Pairs = r10;

    public override string Name => $"BF16 tile x {tokens}";

    static AssemblerRegisterZMM Sum(int token) => VectorRegisters.Zmm(token);

    static AssemblerRegisterZMM Weights(int pair) => VectorRegisters.Zmm(16 + pair);

    protected override void EmitBody()
    {
        LoadArguments<BFloat16ProductArguments>(
            (Panel, nameof(BFloat16ProductArguments.Panel)), (Values, nameof(BFloat16ProductArguments.Values)), (Output, nameof(BFloat16ProductArguments.Output)),
            (OutputStride, nameof(BFloat16ProductArguments.OutputStride)), (Pairs, nameof(BFloat16ProductArguments.Pairs)));
        for (var token = 0; token < tokens; token++) Code.vpxord(Sum(token), Sum(token), Sum(token));

        var (four, rest, one, done) = (Code.CreateLabel(), Code.CreateLabel(), Code.CreateLabel(), Code.CreateLabel());
        Code.sub(Pairs, Unrolled);
        Code.jl(rest);
        Code.Label(ref four);
        EmitPairs(Unrolled);
        Code.sub(Pairs, Unrolled);
        Code.jge(four);
        Code.Label(ref rest);
        Code.add(Pairs, Unrolled);
        Code.jz(done);
        Code.Label(ref one);
        EmitPairs(1);
        Code.dec(Pairs);
        Code.jnz(one);
        Code.Label(ref done);

        for (var token = 0; token < tokens; token++)
        {
            Code.vmovups(__zmmword_ptr[Output], Sum(token));
            Code.add(Output, OutputStride);
        }
    }

    void EmitPairs(int count)
    {
        for (var pair = 0; pair < count; pair++)
        {
            Code.vmovdqu32(Weights(pair), __zmmword_ptr[Panel + pair * PanelBytes]);
            for (var token = 0; token < tokens; token++)
                Code.vdpbf16ps(Sum(token), Weights(pair), __dword_bcst[Values + (pair * Interleaved + token) * TokenBytes]);
        }
        Code.add(Panel, count * PanelBytes);
        Code.add(Values, count * Interleaved * TokenBytes);
    }
}
