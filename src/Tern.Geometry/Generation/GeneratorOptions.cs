namespace Tern.Geometry.Generation;

/// <summary>What theorems are made of.</summary>
public sealed record GeneratorOptions
{
    public static readonly GeneratorOptions Default = new();

    public ulong Seed { get; init; }

    /// <summary>The theorems are the same, in the same order, for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Points of a random figure, of which a theorem has as many or fewer.</summary>
    public int MinPoints { get; init; } = 5;

    public int MaxPoints { get; init; } = 9;

    /// <summary>Steps of a proof that are not given, at least.</summary>
    public int MinSteps { get; init; } = 3;

    /// <summary>Theorems of one figure at most.</summary>
    public int GoalsPerFigure { get; init; } = 24;

    /// <summary>In how many orders of its clauses a theorem is given at most.</summary>
    public int Orders { get; init; } = 1;

    /// <summary>
    /// Only theorems that need auxiliary points, about one of 200 otherwise: points are added to each figure as a search does, and what follows of the figure's own points only then is kept. That finds twice as many of them in the same time.
    /// </summary>
    public bool OnlyAuxiliary { get; init; }

    /// <summary>Where only theorems with auxiliary points are asked for: how often points are added to a figure, how many points twice each time (the second ones constructed from the first), and how many theorems are kept of one time.</summary>
    public int ExtensionsPerFigure { get; init; } = 8;

    public int PointsPerExtension { get; init; } = 2;

    public int GoalsPerExtension { get; init; } = 8;

    /// <summary>Auxiliary points of a theorem at most.</summary>
    public int MaxAuxiliary { get; init; } = 4;
}
