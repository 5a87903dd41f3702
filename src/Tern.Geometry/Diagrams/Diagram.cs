using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>Coordinates of a problem's points, by the points' numbers.</summary>
public sealed class Diagram
{
    /// <exception cref="ArgumentException">As many x as y are needed.</exception>
    public Diagram(double[] x, double[] y, double unit = 1, int falseGoals = 0)
    {
        if (x.Length != y.Length) throw new ArgumentException($"{x.Length} x and {y.Length} y.");
        (X, Y, Unit, FalseGoals) = (x, y, unit, falseGoals);
    }

    /// <summary>
    /// Draws a problem at random, the same for the same seed, with centroid zero and radius one. All premises are true to about 1e-15, and so are the goals unless
    /// <see cref="DiagramOptions.NeedsGoals"/> is false.
    /// </summary>
    /// <exception cref="GeometryException">It could not be drawn, and why.</exception>
    /// <exception cref="GoalIsFalseException">A goal is false in many diagrams, with its numbers.</exception>
    public static Diagram Build(Problem problem, ulong seed = 0, DiagramOptions? options = null) => DiagramBuilder.Build(problem, new SplitMix64(seed), options ?? DiagramOptions.Default);

    /// <summary>As <see cref="Build(Problem, ulong, DiagramOptions?)"/>, with the numbers of a generator that goes on.</summary>
    public static Diagram Build(Problem problem, SplitMix64 random, DiagramOptions? options = null) => DiagramBuilder.Build(problem, random, options ?? DiagramOptions.Default);

    /// <summary>[points]</summary>
    public double[] X { get; }

    /// <summary>[points]</summary>
    public double[] Y { get; }

    public int Count => X.Length;

    /// <summary>The length in coordinates of what statements call one.</summary>
    public double Unit { get; }

    /// <summary>How many diagrams of the problem were drawn before whose goals were false: the statement leaves a choice open that its goals need.</summary>
    public int FalseGoals { get; }

    public double Distance(int a, int b) => Math.Sqrt((X[a] - X[b]) * (X[a] - X[b]) + (Y[a] - Y[b]) * (Y[a] - Y[b]));

    /// <summary>d(AB) in units of π, in [0, 1).</summary>
    public double Direction(int a, int b)
    {
        var angle = Math.Atan2(Y[b] - Y[a], X[b] - X[a]) / Math.PI;
        return angle < 0 ? angle + 1 : angle >= 1 ? angle - 1 : angle;
    }

    /// <summary>Twice the signed area of ABC: positive where it is oriented counter-clockwise.</summary>
    public double Area(int a, int b, int c) => (X[b] - X[a]) * (Y[c] - Y[a]) - (Y[b] - Y[a]) * (X[c] - X[a]);

    /// <summary>Of three points on a line, B is inside AC.</summary>
    public bool IsBetween(int a, int b, int c) => (X[a] - X[b]) * (X[c] - X[b]) + (Y[a] - Y[b]) * (Y[c] - Y[b]) < 0;

    /// <summary>With the points of clauses that a problem has more than this diagram; the coordinates of the others stay.</summary>
    /// <exception cref="GeometryException">They could not be placed, and why.</exception>
    public Diagram Extend(Problem problem, SplitMix64 random, DiagramOptions? options = null) =>
        DiagramBuilder.TryExtend(this, problem, random, options ?? DiagramOptions.Default, 50, out var obstacle) ?? throw new GeometryException(obstacle!);

    /// <summary>As <see cref="Extend"/>; null where the points could not be placed in a few attempts.</summary>
    public Diagram? TryExtend(Problem problem, SplitMix64 random, DiagramOptions? options = null, int attempts = 5) =>
        DiagramBuilder.TryExtend(this, problem, random, options ?? DiagramOptions.Default, attempts, out _);

    /// <summary>The diagram with one more point, which takes the next number.</summary>
    public Diagram WithPoint(double x, double y) => new([.. X, x], [.. Y, y], Unit, FalseGoals);
}
