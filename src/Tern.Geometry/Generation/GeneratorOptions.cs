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

    /// <summary>Statements of one figure that are proved at most.</summary>
    public int GoalsPerFigure { get; init; } = 6;

    /// <summary>How often points are added to a figure in search of theorems that need them, and how many such theorems are kept of one time.</summary>
    public int ExtensionsPerFigure { get; init; } = 16;

    public int GoalsPerExtension { get; init; } = 3;

    /// <summary>Auxiliary points of a theorem at most.</summary>
    public int MaxAuxiliary { get; init; } = 4;
}
