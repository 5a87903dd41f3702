using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>Vector registers by number.</summary>
static class VectorRegisters
{
    static readonly AssemblerRegisterZMM[] Of512 =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15,
        zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31,
    ];

    static readonly AssemblerRegisterYMM[] Of256 = [ymm0, ymm1, ymm2, ymm3, ymm4, ymm5, ymm6, ymm7, ymm8, ymm9, ymm10, ymm11, ymm12, ymm13, ymm14, ymm15];

    /// <summary>512 bits: 0 .. 31.</summary>
    public static AssemblerRegisterZMM Zmm(int number) => Of512[number];

    /// <summary>256 bits, in reach of VEX instructions: 0 .. 15.</summary>
    public static AssemblerRegisterYMM Ymm(int number) => Of256[number];
}
