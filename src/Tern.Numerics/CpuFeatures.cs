using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tern.Numerics;

/// <summary>Instructions that only assembled kernels use, asked of the processor itself (CPUID leaf 7).</summary>
public static class CpuFeatures
{
    /// <summary>vpdpbusd on 256 bits, without AVX-512: four products of bytes added to each of 8 int32; and AVX2, FMA and F16C beside it.</summary>
    public static bool AvxVnni { get; } = Narrow && (Leaf7(1).Eax & (1 << 4)) != 0;

    /// <summary>vpdpbusd on 512 bits: four products of bytes added to each of 16 int32.</summary>
    public static bool Avx512Vnni { get; } = Wide && (Leaf7(0).Ecx & (1 << 11)) != 0;

    /// <summary>vdpbf16ps: two products of bfloat16 added to each of 16 floats.</summary>
    public static bool Avx512BFloat16 { get; } = Wide && (Leaf7(1).Eax & (1 << 5)) != 0;

    // The runtime has asked the system whether it keeps the registers of 256 and of 512 bits when it switches threads.
    static bool Narrow => Avx2.IsSupported && Fma.IsSupported && X86Base.X64.IsSupported && (X86Base.CpuId(1, 0).Ecx & (1 << 29)) != 0;

    static bool Wide => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported && Avx512DQ.IsSupported && X86Base.X64.IsSupported;

    static (int Eax, int Ecx) Leaf7(int subLeaf)
    {
        if (X86Base.CpuId(0, 0).Eax < 7 || X86Base.CpuId(7, 0).Eax < subLeaf) return (0, 0);
        var (eax, _, ecx, _) = X86Base.CpuId(7, subLeaf);
        return (eax, ecx);
    }
}
