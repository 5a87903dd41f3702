using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Tern.Numerics;
using Tern.Numerics.Threading;
using Tern.Run.Benchmarking;

namespace Tern.Run.Diagnostics;

/// <summary>A cache of the first core.</summary>
/// <param name="Name">"L1 data", "L2", ...</param>
/// <param name="SharedBy">Logical cores that share it.</param>
public sealed record MachineCache(string Name, long Bytes, int SharedBy);

/// <summary>Something that would make Tern run, or run faster, on this machine.</summary>
/// <param name="IsProblem">True: something does not work. False: it could be better.</param>
/// <param name="Text">What it is and what to do.</param>
public sealed record MachineAdvice(bool IsProblem, string Text);

/// <summary>What Tern finds on a machine, what it uses of it, and why.</summary>
public sealed record MachineReport
{
    public required string OperatingSystem { get; init; }

    /// <summary>"x64", "arm64", ...</summary>
    public required string Architecture { get; init; }

    public required string Runtime { get; init; }

    /// <summary>Null where the system does not tell.</summary>
    public required string? Processor { get; init; }

    /// <summary>Cores that this process may use: affinity and container limits count.</summary>
    public required int Cores { get; init; }

    public required IReadOnlyList<MachineCache> Caches { get; init; }

    /// <summary>Vector instructions that the runtime may use here.</summary>
    public required IReadOnlyList<string> Instructions { get; init; }

    /// <summary>The rungs of the kernels that run here, lowest first: scalar, avx2, avxvnni, avx512, vnni.</summary>
    public required IReadOnlyList<string> IsaAvailable { get; init; }

    /// <summary>The rung in use.</summary>
    public required string IsaChosen { get; init; }

    public required string IsaReason { get; init; }

    public required long MemoryBytes { get; init; }

    /// <summary>What processes can still take without swapping; null where the system does not tell.</summary>
    public required long? MemoryFreeBytes { get; init; }

    /// <summary>Transparent huge pages: "always", "madvise" (Tern asks for them) or "never"; null elsewhere than on Linux.</summary>
    public required string? HugePages { get; init; }

    /// <summary>What training would find here.</summary>
    public required TorchReport Torch { get; init; }

    /// <summary>Null if it was not measured.</summary>
    public MachineLimits? Limits { get; init; }

    public required IReadOnlyList<MachineAdvice> Advice { get; init; }

    /// <summary>Looks at the machine.</summary>
    /// <param name="measure">Also measure what memory and processor give; takes about a second.</param>
    /// <exception cref="Models.TernException">TERN_ISA asks for what the machine lacks.</exception>
    public static MachineReport Collect(bool measure = true)
    {
        var chosen = ChosenIsa();
        var report = new MachineReport
        {
            OperatingSystem = RuntimeInformation.OSDescription,
            Architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            Runtime = RuntimeInformation.FrameworkDescription,
            Processor = SystemFiles.ProcessorName(),
            Cores = Environment.ProcessorCount,
            Caches = SystemFiles.Caches(),
            Instructions = FoundInstructions(),
            IsaAvailable = [.. Isa.Available.Select(NameOf)],
            IsaChosen = NameOf(chosen),
            IsaReason = ReasonFor(chosen),
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            MemoryFreeBytes = SystemFiles.MemoryFreeBytes(),
            HugePages = SystemFiles.HugePages(),
            Torch = TorchReport.Collect(),
            Advice = [],
        };
        if (measure)
        {
            using var team = new WorkerTeam();
            report = report with { Limits = MachineLimits.Measure(team) };
        }
        return report with { Advice = [.. AdviceFor(report)] };
    }

    static IsaLevel ChosenIsa()
    {
        try
        {
            return Isa.Parse(Environment.GetEnvironmentVariable(Isa.EnvironmentVariable));
        }
        catch (ArgumentException wrong)
        {
            throw new Models.TernException(wrong.Message, wrong);
        }
    }

    static string NameOf(IsaLevel level) => level.ToString().ToLowerInvariant();

    static string ReasonFor(IsaLevel chosen)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Isa.EnvironmentVariable)))
            return $"{Isa.EnvironmentVariable} asks for it; the best here is {NameOf(Isa.Best)}";
        if (chosen == IsaLevel.Vnni) return $"the best: kernels assembled for AVX512-VNNI{(CpuFeatures.Avx512BFloat16 ? " and AVX512-BF16" : "")}";
        if (chosen == IsaLevel.AvxVnni) return "the best: int8 kernels assembled for AVX-VNNI";
        if (Isa.Refused is { } refused) return $"the processor has what {NameOf(refused)} needs, but the system refuses executable memory, so no kernels are assembled";
        if (chosen == IsaLevel.Avx512) return "the best: the processor has AVX-512 with byte and word instructions";
        if (Avx512BW.IsSupported) return "the processor has AVX-512, but the runtime does not recommend 512-bit vectors on it";
        if (Avx2.IsSupported) return "the best: the processor has AVX2, and neither AVX-VNNI nor AVX-512";
        return AdvSimd.IsSupported ? "the best: NEON in pairs of 128-bit registers" : "the best: portable vectors, since neither AVX2 nor NEON was found";
    }

    static List<string> FoundInstructions()
    {
        (string Name, bool Found)[] known =
        [
            ("SSE4.2", Sse42.IsSupported), ("AVX", Avx.IsSupported), ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("AVX-VNNI", CpuFeatures.AvxVnni),
            ("AVX-512F", Avx512F.IsSupported), ("AVX-512BW", Avx512BW.IsSupported), ("AVX-512DQ", Avx512DQ.IsSupported), ("AVX-512VL", Avx512F.VL.IsSupported),
            ("AVX-512VBMI", Avx512Vbmi.IsSupported),
            ("AVX512-VNNI", CpuFeatures.Avx512Vnni), ("AVX512-BF16", CpuFeatures.Avx512BFloat16), ("AVX10.1", Avx10v1.IsSupported), ("GFNI", Gfni.IsSupported),
            ("NEON", AdvSimd.IsSupported), ("DotProd", Dp.IsSupported),
        ];
        return [.. known.Where(entry => entry.Found).Select(entry => entry.Name)];
    }

    static IEnumerable<MachineAdvice> AdviceFor(MachineReport report)
    {
        if (report.Architecture is not ("x64" or "arm64"))
            yield return new MachineAdvice(true, $"Tern is not tested on {report.Architecture}; x64 and arm64 are.");
        if (report.Architecture == "x64" && !Avx2.IsSupported)
            yield return new MachineAdvice(false, "The runtime found no AVX2: kernels run several times slower. Check that DOTNET_EnableAVX2 is not set to 0 and that the virtual machine passes AVX2 on.");
        if (report.IsaChosen != NameOf(Isa.Best))
            yield return new MachineAdvice(false, $"{Isa.EnvironmentVariable} holds Tern back to {report.IsaChosen}; unset it for {NameOf(Isa.Best)}.");
        if (Isa.Refused is { } refused)
            yield return new MachineAdvice(false, $"The system refuses executable memory (SELinux calls it execmem): with it the kernels would be those of {NameOf(refused)}, several times faster on quantised weights.");
        if (Avx512BW.IsSupported && !Vector512.IsHardwareAccelerated)
            yield return new MachineAdvice(false, "512-bit vectors are there but switched off by the runtime; DOTNET_PreferredVectorBitWidth=512 switches them on, which may or may not be faster on this processor.");
        if (report.HugePages == "never")
            yield return new MachineAdvice(false, "Transparent huge pages are off; as root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
        if (report.MemoryFreeBytes is < 1L << 30)
            yield return new MachineAdvice(false, "Less than 1 GiB of memory is free; models larger than that will be read from disk again and again.");
        if (report.Cores == 1)
            yield return new MachineAdvice(false, "Only one core may be used; check the affinity of the process and the limits of its container.");
    }
}
