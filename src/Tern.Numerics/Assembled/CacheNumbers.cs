using Iced.Intel;
using Tern.Numerics.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>The instructions that widen 16 numbers of a cache to floats.</summary>
static class CacheNumbers
{
    /// <param name="code">Where the instructions go.</param>
    /// <param name="type">Of the cache.</param>
    /// <param name="target">16 floats.</param>
    /// <param name="at">Where the numbers lie.</param>
    /// <param name="scale">Of Q8_0 numbers.</param>
    public static void EmitWiden(Assembler code, CacheType type, AssemblerRegisterZMM target, AssemblerMemoryOperand at, AssemblerRegisterZMM scale)
    {
        switch (type)
        {
            case CacheType.F32:
                code.vmovups(target, __zmmword_ptr[at]);
                break;
            case CacheType.F16:
                code.vcvtph2ps(target, __ymmword_ptr[at]);
                break;
            case CacheType.BF16:
                code.vpmovzxwd(target, __ymmword_ptr[at]);
                code.vpslld(target, target, 16);
                break;
            case CacheType.Q8_0:
                code.vpmovsxbd(target, __xmmword_ptr[at]);
                code.vcvtdq2ps(target, target);
                code.vmulps(target, target, scale);
                break;
        }
    }

    /// <summary>The scales of 16 Q8_0 keys, one in each lane.</summary>
    public static void EmitScales(Assembler code, AssemblerRegisterZMM target, AssemblerMemoryOperand at) => code.vcvtph2ps(target, __ymmword_ptr[at]);

    /// <summary>The scale of a Q8_0 value in all lanes.</summary>
    public static void EmitScale(Assembler code, AssemblerRegisterZMM target, AssemblerRegisterYMM lower, AssemblerMemoryOperand at)
    {
        code.vpbroadcastw(target, __word_ptr[at]);
        code.vcvtph2ps(target, lower);
    }
}
