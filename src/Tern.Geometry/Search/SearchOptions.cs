using Tern.Geometry.Algebra;
using Tern.Geometry.Proposals;

namespace Tern.Geometry.Search;

/// <summary>Where auxiliary points come from.</summary>
public enum AuxiliarySource
{
    /// <summary>None: what the closure of the problem does not say is not proved.</summary>
    None,

    /// <summary>Places where lines and circles meet, those with more of them more often, and more often what helped before.</summary>
    Heuristic,

    /// <summary>The same places, all with the same chance: the baseline of the heuristics.</summary>
    Uniform,

    /// <summary>What a language model proposes, the likeliest first.</summary>
    Model,

    /// <summary>The model and the heuristics in turns.</summary>
    Mixed,
}

/// <summary>How long and how a proof is searched for.</summary>
public sealed record SearchOptions
{
    public static readonly SearchOptions Default = new();

    public AuxiliarySource Source { get; init; } = AuxiliarySource.Heuristic;

    /// <summary>What <see cref="AuxiliarySource.Model"/> and <see cref="AuxiliarySource.Mixed"/> ask; not disposed of.</summary>
    public ProposalModel? Model { get; init; }

    /// <summary>For one problem: drawing, closure, search and proof.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(10);

    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Of diagrams and choices. With the same seed the same attempts are made in the same order, whatever the number of threads.</summary>
    public ulong Seed { get; init; }

    /// <summary>Sets of auxiliary points that are tried at most.</summary>
    public long Attempts { get; init; } = long.MaxValue;

    /// <summary>Auxiliary points of one attempt at most.</summary>
    public int MaxPoints { get; init; } = 8;

    /// <summary>What Wu's method may cost where no proof was found, beyond the time limit; null: it is not asked.</summary>
    public WuLimits? Algebra { get; init; }

    /// <summary>Bytes of managed memory beyond which states that attempts may go on from are forgotten.</summary>
    public long MemoryLimit { get; init; } = 3L << 30;
}

/// <summary>How a search stands.</summary>
/// <param name="Attempts">Sets of auxiliary points tried.</param>
/// <param name="Closures">Closures computed for them: one for each point that was added.</param>
/// <param name="Candidates">Places to choose the first point from.</param>
/// <param name="BestGain">The most facts about the problem's own points that one attempt has brought.</param>
public sealed record SearchProgress(TimeSpan Elapsed, long Attempts, long Closures, int Candidates, int BestGain);
