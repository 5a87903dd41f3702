using Tern.Numerics.Kernels;

namespace Tern.Run.Benchmarking;

/// <summary>What <see cref="ModelBenchmark"/> measures.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>Prompt lengths in tokens, one row each; 0 leaves the row out.</summary>
    public IReadOnlyList<int> Prompts { get; init; } = [512];

    /// <summary>Numbers of decoded tokens, one row each; 0 leaves the row out.</summary>
    public IReadOnlyList<int> Generated { get; init; } = [128];

    /// <summary>
    /// How many tokens are in the context before a measurement begins; every row is measured at each of them. Null: prompts in an empty context,
    /// decoding behind the longest of <see cref="Prompts"/>.
    /// </summary>
    public IReadOnlyList<int>? Depths { get; init; }

    /// <summary>How many sequences are decoded together, each behind a context of its own; one decoding row for each number.</summary>
    public IReadOnlyList<int> Sequences { get; init; } = [1];

    /// <summary>Counted repetitions of each row; one more before them warms up.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>0 for one per core.</summary>
    public int Threads { get; init; }

    public CacheType CacheType { get; init; } = CacheType.F16;

    /// <summary>Whether the limits of the machine are measured first (about a second).</summary>
    public bool MeasureLimits { get; init; } = true;
}

/// <summary>How far a benchmark is.</summary>
/// <param name="Test">The row being measured, such as "pp512"; or "d4096", the context being filled.</param>
/// <param name="Done">The repetition, from 1; or tokens of the context.</param>
/// <param name="Total">Of how many.</param>
public readonly record struct BenchmarkProgress(string Test, int Done, int Total);
