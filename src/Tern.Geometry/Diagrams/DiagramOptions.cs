namespace Tern.Geometry.Diagrams;

/// <summary>How diagrams are drawn.</summary>
public sealed record DiagramOptions
{
    public static readonly DiagramOptions Default = new();

    /// <summary>A new point is at least this share of the smallest distance of the others from their centroid away from each of them.</summary>
    public double TooClose { get; init; } = 0.1;

    /// <summary>A new point is at most this many largest distances of the others from their centroid away from it.</summary>
    public double TooFar { get; init; } = 4;

    /// <summary>How often a problem is drawn anew before it is given up; in the second half, limits of distance are widened step by step.</summary>
    public int Attempts { get; init; } = 4000;

    /// <summary>How many finished diagrams may show a false goal before the goal is called false.</summary>
    public int FalseGoals { get; init; } = 30;

    /// <summary>False: a diagram is taken whether its goals are true in it or not.</summary>
    public bool NeedsGoals { get; init; } = true;

    /// <summary>True: a construction may give a point that is there already.</summary>
    public bool AllowsCoincidentPoints { get; init; }

    /// <summary>The largest error (<see cref="Language.Statement.Error"/>) of a premise or a goal that counts as true.</summary>
    public double Tolerance { get; init; } = 1e-9;

    /// <summary>False: the coordinates stay as they were drawn, not moved to the origin and radius one.</summary>
    public bool Normalises { get; init; } = true;
}
