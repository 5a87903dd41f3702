namespace Tern.Geometry.Engine;

/// <summary>How far a closure goes.</summary>
public sealed record ClosureOptions
{
    public static readonly ClosureOptions Default = new();

    /// <summary>True: it ends as soon as the problem's goals hold, so other facts may be missing.</summary>
    public bool StopsAtGoals { get; init; }

    /// <summary>Null: without limit.</summary>
    public TimeSpan? TimeLimit { get; init; }
}
