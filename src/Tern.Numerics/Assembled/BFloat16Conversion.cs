using System.Runtime.InteropServices;
using Iced.Intel;
using Tern.Numerics.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>What <see cref="BFloat16Conversion"/> is given.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct BFloat16ConversionArguments
{
    /// <summary>The first 16 numbers; of Q8_0 keys, the first scales.</summary>
    public byte* Source;

    /// <summary>The first scale of Q8_0 values.</summary>
    public byte* Scales;

    /// <summary>Bytes from the even numbers of a pair to the odd ones.</summary>
    public long Odd;

    /// <summary>Bytes from one pair to the next.</summary>
    public long Step;

    /// <summary>[pairs][16][2].</summary>
    public uint* Target;

    /// <summary>At least 1; of Q8_0 keys, those of a group.</summary>
    public long Pairs;

    /// <summary>Groups of Q8_0 keys.</summary>
    public long Groups;
}

/// <summary>
/// Numbers of a cache, 16 at a time, to pairs in BF16, to nearest: (i, i + 1) of each of 16 keys, or positions (p, p + 1) of 16 numbers of the values.
/// Registers: zmm0 and zmm1 the numbers, zmm2 and zmm3 their scales, zmm31 the order that puts even and odd ones side by side.
/// </summary>
/// <param name="type">Of the cache.</param>
/// <param name="values">Values, whose scales in Q8_0 belong to positions; otherwise keys.</param>
sealed class BFloat16Conversion(CacheType type, bool values) : Kernel
{
    const int Lanes = 16, PairBytes = Lanes * 2 * sizeof(ushort), PrefetchBytes = 1024;

    static readonly AssemblerRegister64 Source = rax, Odd = rdx, Step = r8, Target = r9, Pairs = r10, Groups = r11, Scales = rbx;

    public override string Name => $"{type} {(values ? "values" : "keys")} to BF16";

    bool Quantized => type == CacheType.Q8_0;

    static AssemblerMemoryOperand Field(string name) => Argument<BFloat16ConversionArguments>(name);

    protected override void EmitBody()
    {
        LoadArguments<BFloat16ConversionArguments>(
            (Source, nameof(BFloat16ConversionArguments.Source)), (Scales, nameof(BFloat16ConversionArguments.Scales)), (Odd, nameof(BFloat16ConversionArguments.Odd)),
            (Step, nameof(BFloat16ConversionArguments.Step)), (Target, nameof(BFloat16ConversionArguments.Target)), (Groups, nameof(BFloat16ConversionArguments.Groups)));
        short[] order = [.. Enumerable.Range(0, 2 * Lanes).Select(i => (short)(i / 2 + i % 2 * Lanes))];
        Code.vmovdqu32(zmm31, __zmmword_ptr[Constants.Bytes(MemoryMarshal.AsBytes(order.AsSpan()))]);

        if (!Quantized || values)
        {
            EmitPairs();
            return;
        }
        var group = Code.CreateLabel();
        Code.Label(ref group);
        CacheNumbers.EmitScales(Code, zmm2, Source + 0);
        Code.vmovaps(zmm3, zmm2);
        Code.add(Source, Lanes * sizeof(ushort));
        EmitPairs();
        Code.dec(Groups);
        Code.jnz(group);
    }

    void EmitPairs()
    {
        Code.mov(Pairs, Field(nameof(BFloat16ConversionArguments.Pairs)));
        var pair = Code.CreateLabel();
        Code.Label(ref pair);
        Code.prefetcht0(__byte_ptr[Source + PrefetchBytes]);
        if (Quantized && values)
        {
            CacheNumbers.EmitScale(Code, zmm2, ymm2, Scales + 0);
            CacheNumbers.EmitScale(Code, zmm3, ymm3, Scales + Odd);
            Code.add(Scales, Step);
        }
        CacheNumbers.EmitWiden(Code, type, zmm0, Source + 0, zmm2);
        CacheNumbers.EmitWiden(Code, type, zmm1, Source + Odd, zmm3);
        Code.vcvtne2ps2bf16(zmm0, zmm1, zmm0);                   // the even ones in the lower half
        Code.vpermw(zmm0, zmm31, zmm0);
        Code.vmovdqu32(__zmmword_ptr[Target], zmm0);
        Code.add(Source, Step);
        Code.add(Target, PairBytes);
        Code.dec(Pairs);
        Code.jnz(pair);
    }
}
