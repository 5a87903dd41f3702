using Tern.Geometry.Search;

namespace Tern.Geometry.Benchmark;

/// <summary>How a problem of a benchmark ended.</summary>
public enum BenchmarkOutcome
{
    /// <summary>All goals are proved, and the checker accepts the proofs.</summary>
    Proved,

    /// <summary>No proof was found, but Wu's method certifies the goals.</summary>
    Certified,

    /// <summary>The goals do not follow without auxiliary points, and none were asked for; or they follow, and the checker does not accept the proof.</summary>
    NotInClosure,

    AttemptsSpent,

    TimeOut,

    /// <summary>A goal is false in diagrams.</summary>
    GoalIsFalse,

    /// <summary>No diagram could be drawn.</summary>
    NotDrawn,

    /// <summary>The prover broke down.</summary>
    Failed,
}

/// <summary>What decides on a row but for problem and seed.</summary>
/// <param name="TimeLimit">Seconds for a problem.</param>
/// <param name="Attempts">Null: as many as the time allows.</param>
/// <param name="MemoryLimit">Bytes.</param>
/// <param name="Algebra">Wu's method is asked where no proof is found.</param>
/// <param name="Model">Whose proposals are tried: its name and a hash of its weights; null where none is asked.</param>
public sealed record BenchmarkSettings(AuxiliarySource Source, double TimeLimit, int Threads, long? Attempts, int MaxPoints, long MemoryLimit, bool AssertsRemarks, bool Algebra = false, string? Model = null)
{
    public static BenchmarkSettings Of(SearchOptions options, bool assertsRemarks) => new(options.Source, options.TimeLimit.TotalSeconds, options.Threads,
        options.Attempts == long.MaxValue ? null : options.Attempts, options.MaxPoints, options.MemoryLimit, assertsRemarks, options.Algebra is not null,
        options.Source is AuxiliarySource.Model or AuxiliarySource.Mixed ? options.Model?.Name : null);
}

/// <summary>What became of a problem.</summary>
public sealed record BenchmarkRow
{
    public required string Problem { get; init; }

    /// <summary>Its text: a problem that was changed is another one.</summary>
    public required string Statement { get; init; }

    public required BenchmarkSettings Settings { get; init; }

    public required ulong Seed { get; init; }

    public required BenchmarkOutcome Outcome { get; init; }

    /// <summary>Drawing, closure, search, proof and check.</summary>
    public required double Seconds { get; init; }

    public long Attempts { get; init; }

    public long Closures { get; init; }

    /// <summary>Auxiliary clauses of the proof.</summary>
    public IReadOnlyList<string> Auxiliary { get; init; } = [];

    public int AuxiliaryPoints { get; init; }

    /// <summary>Of all proofs together, the given facts included.</summary>
    public int Steps { get; init; }

    /// <summary>What the checker says of each proof.</summary>
    public IReadOnlyList<string> Checks { get; init; } = [];

    /// <summary>Proofs that the checker did not accept, after which the search went on.</summary>
    public int Rejected { get; init; }

    /// <summary>Files of the proofs, by their place in the folder.</summary>
    public IReadOnlyList<string> Proofs { get; init; } = [];

    /// <summary>Why it was not tried, or broke down; or what Wu's method says.</summary>
    public string? Message { get; init; }

    public bool IsProved => Outcome == BenchmarkOutcome.Proved;
}
