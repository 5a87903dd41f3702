using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Tern.Numerics.Assembled.VectorRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>
/// Products at their peak: one instruction on registers, sums that do not wait for each other, and nothing else. The roof over the assembled
/// kernels.
/// </summary>
public sealed unsafe class ProductPeak
{
    static readonly Lazy<ProductPeak> WideBytes = new(() => new ProductPeak("vpdpbusd", 24, 64, (code, sum) => code.vpdpbusd(Zmm(sum), zmm30, zmm31)));
    static readonly Lazy<ProductPeak> NarrowBytes = new(() => new ProductPeak("vpdpbusd", 12, 32, (code, sum) => code.vpdpbusd(Ymm(sum), ymm14, ymm15)));
    static readonly Lazy<ProductPeak> WideBFloat16 = new(() => new ProductPeak("vdpbf16ps", 24, 32, (code, sum) => code.vdpbf16ps(Zmm(sum), zmm30, zmm31)));

    readonly nint _entry;

    ProductPeak(string instruction, int sums, int products, Action<Assembler, int> emit)
    {
        OperationsPerRound = sums * products * 2;
        AssembledKernels.Add(ref _entry, new PeakKernel(instruction, sums, emit));
    }

    /// <summary>Sums of four products of bytes (<c>vpdpbusd</c>) on the best rung; null where this machine assembles no kernels.</summary>
    public static ProductPeak? Bytes => Isa.Best switch
    {
        IsaLevel.Vnni => WideBytes.Value,
        IsaLevel.AvxVnni => NarrowBytes.Value,
        _ => null,
    };

    /// <summary>Sums of two products of bfloat16 (<c>vdpbf16ps</c>); null where the processor has none, or this machine assembles no kernels.</summary>
    public static ProductPeak? BFloat16 => Isa.Best == IsaLevel.Vnni && CpuFeatures.Avx512BFloat16 ? WideBFloat16.Value : null;

    /// <summary>Multiplications and additions of a round.</summary>
    public int OperationsPerRound { get; }

    /// <param name="rounds">At least 1.</param>
    public void Run(long rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        ((delegate* unmanaged<long*, void>)_entry)(&rounds);
    }

    sealed class PeakKernel(string instruction, int sums, Action<Assembler, int> emit) : Kernel
    {
        public override string Name => $"peak of {instruction}";

        protected override void EmitBody()
        {
            Code.mov(rax, __qword_ptr[Arguments]);
            for (var register = 0; register < 16; register++) Code.vpxor(Ymm(register), Ymm(register), Ymm(register));
            for (var register = 16; register < 32 && sums > 16; register++) Code.vpxord(Zmm(register), Zmm(register), Zmm(register));
            var next = Code.CreateLabel();
            Code.Label(ref next);
            for (var sum = 0; sum < sums; sum++) emit(Code, sum);
            Code.dec(rax);
            Code.jnz(next);
        }
    }
}
