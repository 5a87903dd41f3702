namespace Tern.Geometry.Pictures;

/// <summary>Why something is drawn; what comes later in this list hides what comes before.</summary>
public enum FigureRole
{
    /// <summary>It was added for the proof.</summary>
    Auxiliary,

    /// <summary>It belongs to the problem.</summary>
    Given,

    /// <summary>It is what is to be proved.</summary>
    Goal,
}

/// <summary>A named point of a figure.</summary>
/// <param name="Name">As in the problem.</param>
/// <param name="Place">In the plane.</param>
/// <param name="Free">It could be put elsewhere; drawn filled.</param>
/// <param name="Role">Given or Auxiliary.</param>
public sealed record FigurePoint(string Name, Spot Place, bool Free, FigureRole Role = FigureRole.Given);

/// <summary>A line, drawn from the first to the last of its points along it.</summary>
public sealed record FigureLine(IReadOnlyList<int> Points, FigureRole Role = FigureRole.Given);

/// <summary>A circle.</summary>
/// <param name="Centre">Null: the circle through the first three of the points.</param>
/// <param name="Points">Of it: one or more where there is a centre, else three or more.</param>
/// <param name="Role">Why it is drawn.</param>
public sealed record FigureCircle(int? Centre, IReadOnlyList<int> Points, FigureRole Role = FigureRole.Given);

/// <summary>A sign at lines or angles that says how they relate.</summary>
/// <param name="Role">Given or Goal.</param>
public abstract record FigureMark(FigureRole Role);

/// <summary>AB ⊥ CD: a square where the lines cross.</summary>
public sealed record RightAngleMark(int A, int B, int C, int D, FigureRole Role = FigureRole.Given) : FigureMark(Role);

/// <summary>Segments of one length: the same number of strokes through each.</summary>
public sealed record EqualLengthsMark(IReadOnlyList<(int A, int B)> Segments, FigureRole Role = FigureRole.Given) : FigureMark(Role);

/// <summary>Segments of one direction: the same number of arrow heads on each.</summary>
public sealed record ParallelMark(IReadOnlyList<(int A, int B)> Segments, FigureRole Role = FigureRole.Given) : FigureMark(Role);

/// <summary>Angles of one size, from ray VA to ray VB: the same number of arcs in each.</summary>
public sealed record EqualAnglesMark(IReadOnlyList<(int A, int V, int B)> Angles, FigureRole Role = FigureRole.Given) : FigureMark(Role);

/// <summary>What a figure shows, in the coordinates of the plane.</summary>
public sealed record FigureContent
{
    public required IReadOnlyList<FigurePoint> Points { get; init; }

    public IReadOnlyList<FigureLine> Lines { get; init; } = [];

    public IReadOnlyList<FigureCircle> Circles { get; init; } = [];

    /// <summary>The important first: those for which no room is left are not drawn.</summary>
    public IReadOnlyList<FigureMark> Marks { get; init; } = [];
}
