using System.Runtime.Intrinsics;
using Tern.Numerics.Assembled;

namespace Tern.Numerics;

/// <summary>The rungs of the kernel ladder. Every rung computes the same bits; a higher one is faster.</summary>
public enum IsaLevel
{
    /// <summary>Plain C#, one lane at a time.</summary>
    Scalar,

    /// <summary>256-bit vectors: AVX2 and FMA on x86, pairs of NEON registers on Arm64.</summary>
    Avx2,

    /// <summary>512-bit vectors: AVX-512 F, BW, DQ, VL.</summary>
    Avx512,

    /// <summary>AVX-512 with kernels assembled at run time for AVX512-VNNI, and AVX512-BF16 where there is that too.</summary>
    Vnni,
}

/// <summary>Which rung this process uses.</summary>
public static class Isa
{
    public const string EnvironmentVariable = "TERN_ISA";

    /// <summary>The best rung that this machine runs.</summary>
    public static IsaLevel Best { get; } =
        !Vector512.IsHardwareAccelerated || !System.Runtime.Intrinsics.X86.Avx512BW.IsSupported ? IsaLevel.Avx2
        : CpuFeatures.Avx512Vnni && AssembledKernels.Allowed ? IsaLevel.Vnni
        : IsaLevel.Avx512;

    /// <summary>The rung in use: <see cref="Best"/> unless TERN_ISA (scalar, avx2, avx512, vnni) asks for a lower one.</summary>
    public static IsaLevel Current { get; } = Parse(Environment.GetEnvironmentVariable(EnvironmentVariable));

    /// <summary>All rungs that this machine runs, lowest first.</summary>
    public static IEnumerable<IsaLevel> Available => Enum.GetValues<IsaLevel>().Where(level => level <= Best);

    /// <exception cref="ArgumentException">The name is not a level, or the machine lacks it.</exception>
    public static IsaLevel Parse(string? name)
    {
        if (string.IsNullOrEmpty(name)) return Best;
        var index = Array.FindIndex(Enum.GetNames<IsaLevel>(), known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (index < 0) throw new ArgumentException($"{EnvironmentVariable}={name}: expected one of scalar, avx2, avx512, vnni.");
        var level = Enum.GetValues<IsaLevel>()[index];
        if (level > Best)
            throw new ArgumentException($"{EnvironmentVariable}={name}: this machine goes up to {Best.ToString().ToLowerInvariant()}.");
        return level;
    }
}
