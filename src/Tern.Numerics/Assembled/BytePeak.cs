using static Iced.Intel.AssemblerRegisters;
using static Tern.Numerics.Assembled.VectorRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>
/// Byte products at their peak: <c>vpdpbusd</c> on registers, sums that do not wait for each other, and nothing else. The roof over
/// every assembled kernel of a block format.
/// </summary>
public static unsafe class BytePeak
{
    static nint _entry;

    /// <summary>Whether this machine assembles kernels of byte products.</summary>
    public static bool IsSupported => Isa.Best is IsaLevel.AvxVnni or IsaLevel.Vnni;

    /// <summary>Multiplications and additions of a round on the best rung of this machine.</summary>
    public static int OperationsPerRound => Operations(Isa.Best);

    /// <param name="rounds">At least 1.</param>
    public static void Run(long rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        if (Volatile.Read(ref _entry) == 0) AssembledKernels.Add(ref _entry, new PeakKernel(Isa.Best));
        ((delegate* unmanaged<long*, void>)_entry)(&rounds);
    }

    static int Chains(IsaLevel level) => level == IsaLevel.Vnni ? 24 : 12;

    internal static int Operations(IsaLevel level) => Chains(level) * (level == IsaLevel.Vnni ? 64 : 32) * 2;

    internal sealed class PeakKernel(IsaLevel level) : Kernel
    {
        public override string Name => "peak of vpdpbusd";

        protected override void EmitBody()
        {
            Code.mov(rax, __qword_ptr[Arguments]);
            for (var register = 0; register < 16; register++) Code.vpxor(Ymm(register), Ymm(register), Ymm(register));
            for (var register = 16; register < 32 && level == IsaLevel.Vnni; register++) Code.vpxord(Zmm(register), Zmm(register), Zmm(register));
            var next = Code.CreateLabel();
            Code.Label(ref next);
            for (var sum = 0; sum < Chains(level); sum++)
            {
                if (level == IsaLevel.Vnni) Code.vpdpbusd(Zmm(sum), zmm30, zmm31);
                else Code.vpdpbusd(Ymm(sum), ymm14, ymm15);
            }
            Code.dec(rax);
            Code.jnz(next);
        }
    }
}
