using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>
/// Byte products at their peak: <c>vpdpbusd</c> on registers, twenty-four sums that do not wait for each other, and nothing else. The roof over
/// every assembled kernel of a block format.
/// </summary>
public static unsafe class BytePeak
{
    const int Chains = 24;

    static nint _entry;

    /// <summary>Whether this machine assembles kernels of byte products.</summary>
    public static bool IsSupported => Isa.Best == IsaLevel.Vnni;

    /// <summary>Multiplications and additions of a round.</summary>
    public const int OperationsPerRound = Chains * 64 * 2;

    /// <param name="rounds">At least 1.</param>
    public static void Run(long rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        if (Volatile.Read(ref _entry) == 0) AssembledKernels.Add(ref _entry, new PeakKernel());
        ((delegate* unmanaged<long*, void>)_entry)(&rounds);
    }

    sealed class PeakKernel : Kernel
    {
        public override string Name => "peak of vpdpbusd";

        protected override void EmitBody()
        {
            Code.mov(rax, __qword_ptr[Arguments]);
            for (var register = 0; register < 32; register++)
                Code.vpxord(VectorRegisters.Zmm(register), VectorRegisters.Zmm(register), VectorRegisters.Zmm(register));
            var next = Code.CreateLabel();
            Code.Label(ref next);
            for (var sum = 0; sum < Chains; sum++) Code.vpdpbusd(VectorRegisters.Zmm(sum), zmm30, zmm31);
            Code.dec(rax);
            Code.jnz(next);
        }
    }
}
