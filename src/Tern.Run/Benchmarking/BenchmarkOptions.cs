using Tern.Numerics.Kernels;

namespace Tern.Run.Benchmarking;

/// <summary>What <see cref="ModelBenchmark"/> measures.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>Prompt lengths in tokens, one row each; 0 leaves the row out.</summary>
    public IReadOnlyList<int> Prompts { get; init; } = [512];

    /// <summary>Numbers of decoded tokens, one row each; 0 leaves the row out.</summary>
    public IReadOnlyList<int> Generated { get; init; } = [128];

    /// <summary>How many tokens are in the context before decoding begins; null for the longest of <see cref="Prompts"/>.</summary>
    public int? Depth { get; init; }

    /// <summary>Counted repetitions of each row; one more before them warms up.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>0 for one per core.</summary>
    public int Threads { get; init; }

    public CacheType CacheType { get; init; } = CacheType.F16;

    /// <summary>Whether the limits of the machine are measured first (about a second).</summary>
    public bool MeasureLimits { get; init; } = true;
}

/// <summary>How far a benchmark is.</summary>
/// <param name="Test">The row being measured, such as "pp512".</param>
/// <param name="Repetition">From 1, of <paramref name="Repetitions"/>.</param>
public readonly record struct BenchmarkProgress(string Test, int Repetition, int Repetitions);
