using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>
/// Products at their peak: one instruction on registers, twenty-four sums that do not wait for each other, and nothing else. The roof over
/// the assembled kernels.
/// </summary>
public sealed unsafe class ProductPeak
{
    const int Chains = 24;

    static readonly Lazy<ProductPeak> BytePeak = new(() => new ProductPeak("peak of vpdpbusd", 64, (code, sum, x, y) => code.vpdpbusd(sum, x, y)));
    static readonly Lazy<ProductPeak> BFloat16Peak = new(() => new ProductPeak("peak of vdpbf16ps", 32, (code, sum, x, y) => code.vdpbf16ps(sum, x, y)));

    readonly void* _entry;

    ProductPeak(string name, int products, Emit emit)
    {
        OperationsPerRound = Chains * products * 2;
        _entry = AssembledKernels.Add(new PeakKernel(name, emit));
    }

    delegate void Emit(Assembler code, AssemblerRegisterZMM sum, AssemblerRegisterZMM x, AssemblerRegisterZMM y);

    /// <summary>Sums of four products of bytes (<c>vpdpbusd</c>); null where this machine assembles no kernels.</summary>
    public static ProductPeak? Bytes => Isa.Best == IsaLevel.Vnni ? BytePeak.Value : null;

    /// <summary>Sums of two products of bfloat16 (<c>vdpbf16ps</c>); null where the processor has none, or this machine assembles no kernels.</summary>
    public static ProductPeak? BFloat16 => Isa.Best == IsaLevel.Vnni && CpuFeatures.Avx512BFloat16 ? BFloat16Peak.Value : null;

    /// <summary>Multiplications and additions of a round.</summary>
    public int OperationsPerRound { get; }

    /// <param name="rounds">At least 1.</param>
    public void Run(long rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        ((delegate* unmanaged<long*, void>)_entry)(&rounds);
    }

    sealed class PeakKernel(string name, Emit emit) : Kernel
    {
        public override string Name => name;

        protected override void EmitBody()
        {
            Code.mov(rax, __qword_ptr[Arguments]);
            for (var register = 0; register < 32; register++)
                Code.vpxord(PanelInstructions.Register(register), PanelInstructions.Register(register), PanelInstructions.Register(register));
            var next = Code.CreateLabel();
            Code.Label(ref next);
            for (var sum = 0; sum < Chains; sum++) emit(Code, PanelInstructions.Register(sum), zmm30, zmm31);
            Code.dec(rax);
            Code.jnz(next);
        }
    }
}
