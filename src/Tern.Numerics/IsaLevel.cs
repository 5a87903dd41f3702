using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tern.Numerics.Assembled;

namespace Tern.Numerics;

/// <summary>
/// The rungs of the kernel ladder. On integer formats every rung computes the same bits; of those that a machine has, a higher one is faster.
/// (Which of <see cref="AvxVnni"/> and <see cref="Avx512"/> is faster does not matter: a processor that has both has AVX512-VNNI too.)
/// </summary>
public enum IsaLevel
{
    /// <summary>Plain C#, one lane at a time.</summary>
    Scalar,

    /// <summary>256-bit vectors: AVX2 and FMA on x86, pairs of NEON registers on Arm64.</summary>
    Avx2,

    /// <summary>AVX2 with int8 kernels assembled at run time for AVX-VNNI (256 bits, without AVX-512).</summary>
    AvxVnni,

    /// <summary>512-bit vectors: AVX-512 F, BW, DQ, VL.</summary>
    Avx512,

    /// <summary>AVX-512 with kernels assembled at run time for AVX512-VNNI, and AVX512-BF16 where there is that too.</summary>
    Vnni,
}

/// <summary>Which rung this process uses.</summary>
public static class Isa
{
    public const string EnvironmentVariable = "TERN_ISA";

    /// <summary>All rungs that this machine runs, lowest first. A machine may lack one and have a higher one.</summary>
    public static IReadOnlyList<IsaLevel> Available { get; } = [.. Enum.GetValues<IsaLevel>().Where(Has)];

    /// <summary>The best rung that this machine runs.</summary>
    public static IsaLevel Best => Available[^1];

    /// <summary>The rung in use: <see cref="Best"/> unless TERN_ISA (scalar, avx2, avxvnni, avx512, vnni) asks for another.</summary>
    public static IsaLevel Current { get; } = Parse(Environment.GetEnvironmentVariable(EnvironmentVariable));

    static bool Has(IsaLevel level) => level switch
    {
        IsaLevel.AvxVnni => CpuFeatures.AvxVnni && AssembledKernels.Allowed,
        IsaLevel.Avx512 => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported,
        IsaLevel.Vnni => CpuFeatures.Avx512Vnni && AssembledKernels.Allowed,
        _ => true,
    };

    /// <exception cref="ArgumentException">The name is not a level, or the machine lacks it.</exception>
    public static IsaLevel Parse(string? name)
    {
        if (string.IsNullOrEmpty(name)) return Best;
        var index = Array.FindIndex(Enum.GetNames<IsaLevel>(), known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (index < 0) throw new ArgumentException($"{EnvironmentVariable}={name}: expected one of {Names(Enum.GetValues<IsaLevel>())}.");
        var level = Enum.GetValues<IsaLevel>()[index];
        if (!Available.Contains(level)) throw new ArgumentException($"{EnvironmentVariable}={name}: this machine has {Names(Available)}.");
        return level;
    }

    static string Names(IEnumerable<IsaLevel> levels) => string.Join(", ", levels.Select(level => level.ToString().ToLowerInvariant()));
}
