using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Checking;

/// <summary>
/// Whether statements hold in coordinates, by other formulas than those of the engine: angles as differences of directions, circles by their centres, lengths as they are.
/// Lengths count as shares of the diagram's extent, angles in units of π.
/// </summary>
sealed class NumericTruth
{
    /// <summary>Coordinates are doubles that went through a few dozen constructions: what differs by more is not true, and what must differ and does not by this much is degenerate.</summary>
    public const double Tolerance = 1e-6;

    readonly Diagram diagram;
    readonly double extent;

    public NumericTruth(Diagram diagram)
    {
        this.diagram = diagram;
        extent = Math.Max(diagram.X.Max() - diagram.X.Min(), diagram.Y.Max() - diagram.Y.Min());
    }

    public bool Holds(Statement statement)
    {
        var p = statement.Points;
        // A line through one place has no direction.
        if (statement.Predicate.TakesPairs() && Enumerable.Range(0, p.Length / 2).Any(pair => !Differ(p[2 * pair], p[(2 * pair) + 1]))) return false;
        return statement.Predicate switch
        {
            Predicate.Collinear => OnLine(p),
            Predicate.Concyclic => OnCircle(p),
            Predicate.Parallel => IsWhole(Turn(p[0], p[1], p[2], p[3])),
            Predicate.Perpendicular => IsWhole(Turn(p[0], p[1], p[2], p[3]) + 0.5),
            Predicate.EqualLengths => Same(Length(p[0], p[1]), Length(p[2], p[3])),
            Predicate.EqualAngles => IsWhole(Turn(p[0], p[1], p[2], p[3]) - Turn(p[4], p[5], p[6], p[7])),
            Predicate.EqualRatios => Same(Length(p[0], p[1]) * Length(p[6], p[7]), Length(p[2], p[3]) * Length(p[4], p[5])),
            Predicate.Midpoint => double.Hypot((2 * diagram.X[p[0]]) - diagram.X[p[1]] - diagram.X[p[2]], (2 * diagram.Y[p[0]]) - diagram.Y[p[1]] - diagram.Y[p[2]]) <= Tolerance * diagram.Distance(p[1], p[2]),
            Predicate.CircleCentre => p.Skip(2).All(point => Same(Length(p[0], p[1]), Length(p[0], point))),
            Predicate.Similar or Predicate.MirroredSimilar => AreSimilar(statement),
            Predicate.Congruent or Predicate.MirroredCongruent => AreSimilar(statement) && Same(Length(p[0], p[1]), Length(p[3], p[4])),
            Predicate.Coincident => !Differ(p[0], p[1]),
            Predicate.AngleValue => IsWhole(Turn(p[2], p[3], p[0], p[1]) - statement.Value!.Value.ToDouble()),
            Predicate.RatioValue => Same(Length(p[0], p[1]), Length(p[2], p[3]) * statement.Value!.Value.ToDouble()),
            Predicate.SquaredRatioValue => Same(Length(p[0], p[1]), Length(p[2], p[3]) * Math.Sqrt(statement.Value!.Value.ToDouble())),
            Predicate.LengthValue => Same(InUnits(p[0], p[1]), statement.Value!.Value.ToDouble()),
            Predicate.SquaredLengthValue => Same(InUnits(p[0], p[1]), Math.Sqrt(statement.Value!.Value.ToDouble())),
            Predicate.AngleSum => IsWhole(Sum(statement, diagram.Direction)),
            Predicate.LengthProduct => Math.Abs(Sum(statement, (a, b) => Math.Log(InUnits(a, b)), Math.Log)) < Tolerance,
            Predicate.LengthSum => Math.Abs(Sum(statement, InUnits)) < Tolerance * Largest(statement),
            Predicate.SquaredLengthSum => Math.Abs(Sum(statement, (a, b) => InUnits(a, b) * InUnits(a, b))) < Tolerance * Largest(statement) * Largest(statement),
            Predicate.NotCollinear => !OnLine(p),
            Predicate.NotParallel => !IsWhole(Turn(p[0], p[1], p[2], p[3])),
            Predicate.NotPerpendicular => !IsWhole(Turn(p[0], p[1], p[2], p[3]) + 0.5),
            Predicate.Distinct => p.All(a => p.All(b => a == b || Differ(a, b))),
            Predicate.SameSide => Dot(p[0], p[1], p[2]) * Dot(p[3], p[4], p[5]) > 0,
            Predicate.SameOrientation => diagram.Area(p[0], p[1], p[2]) * diagram.Area(p[3], p[4], p[5]) > 0,
            Predicate.Between => OnLine([p[0], p[1], p[2]]) && Dot(p[0], p[1], p[2]) < 0,
            Predicate.Obtuse => Dot(p[1], p[0], p[2]) < 0,
            // Questions are neither true nor false.
            _ => false,
        };
    }

    /// <summary>The two points are in different places.</summary>
    public bool Differ(int a, int b) => diagram.Distance(a, b) > Tolerance * extent;

    /// <summary>The points are corners of a triangle that is not flat.</summary>
    public bool AreTriangle(int a, int b, int c) => Differ(a, b) && Differ(b, c) && Differ(a, c) && !OnLine([a, b, c]);

    /// <summary>Of a triangle: 1 counter-clockwise, -1 clockwise.</summary>
    public int Orientation(int a, int b, int c) => Math.Sign(diagram.Area(a, b, c));

    /// <summary>The lines XA and XB are perpendicular.</summary>
    public bool IsRight(int x, int a, int b) => IsWhole(Turn(x, a, x, b) + 0.5);

    /// <summary>As a share of the diagram's extent.</summary>
    public double Length(int a, int b) => diagram.Distance(a, b) / extent;

    /// <summary>(B - A)·(C - A), without unit.</summary>
    public double Dot(int a, int b, int c) => (((diagram.X[b] - diagram.X[a]) * (diagram.X[c] - diagram.X[a])) + ((diagram.Y[b] - diagram.Y[a]) * (diagram.Y[c] - diagram.Y[a]))) / (extent * extent);

    public static bool IsWhole(double turns) => Math.Abs(turns - Math.Round(turns)) < Tolerance;

    double InUnits(int a, int b) => diagram.Distance(a, b) / diagram.Unit;

    /// <summary>d(AB) - d(CD) in units of π.</summary>
    double Turn(int a, int b, int c, int d) => diagram.Direction(a, b) - diagram.Direction(c, d);

    /// <summary>As shares of the larger, or both nothing beside the whole diagram.</summary>
    static bool Same(double a, double b) => Math.Abs(a - b) <= Tolerance * Math.Max(Math.Abs(a), Math.Abs(b)) || Math.Abs(a - b) < Tolerance * Tolerance;

    bool OnLine(IReadOnlyList<int> points)
    {
        var (a, b) = Farthest(points);
        var length = diagram.Distance(a, b);
        return points.All(point => Math.Abs(diagram.Area(a, b, point)) <= Tolerance * length * length);
    }

    bool OnCircle(IReadOnlyList<int> points)
    {
        // Through the two points farthest from each other and the one that is farthest from their line.
        var (a, b) = Farthest(points);
        var c = points.MaxBy(point => Math.Abs(diagram.Area(a, b, point)));
        if (!AreTriangle(a, b, c)) return false;
        var (bx, by) = (diagram.X[b] - diagram.X[a], diagram.Y[b] - diagram.Y[a]);
        var (cx, cy) = (diagram.X[c] - diagram.X[a], diagram.Y[c] - diagram.Y[a]);
        var (bb, cc, turn) = ((bx * bx) + (by * by), (cx * cx) + (cy * cy), 2 * ((bx * cy) - (by * cx)));
        var (x, y) = (((cy * bb) - (by * cc)) / turn, ((bx * cc) - (cx * bb)) / turn);
        var radius = double.Hypot(x, y);
        return points.All(point => Math.Abs(double.Hypot(diagram.X[point] - diagram.X[a] - x, diagram.Y[point] - diagram.Y[a] - y) - radius) <= Tolerance * radius);
    }

    (int A, int B) Farthest(IReadOnlyList<int> points) => points.SelectMany(a => points.Select(b => (a, b))).MaxBy(pair => diagram.Distance(pair.a, pair.b));

    bool AreSimilar(Statement statement)
    {
        var p = statement.Points;
        var mirrored = statement.Predicate is Predicate.MirroredSimilar or Predicate.MirroredCongruent;
        return AreTriangle(p[0], p[1], p[2]) && AreTriangle(p[3], p[4], p[5])
            && Orientation(p[0], p[1], p[2]) == Orientation(p[3], p[4], p[5]) * (mirrored ? -1 : 1)
            && Same(Length(p[0], p[1]) * Length(p[3], p[5]), Length(p[0], p[2]) * Length(p[3], p[4]))
            && Same(Length(p[0], p[1]) * Length(p[4], p[5]), Length(p[1], p[2]) * Length(p[3], p[4]));
    }

    double Largest(Statement sum) => Enumerable.Range(0, sum.Coefficients.Length).Max(i => Math.Max(1, Math.Abs(sum.Coefficients[i].ToDouble())) * InUnits(sum.Points[2 * i], sum.Points[(2 * i) + 1]));

    /// <summary>Σ c f(P, Q) less the value.</summary>
    static double Sum(Statement statement, Func<int, int, double> term, Func<double, double>? value = null)
    {
        var sum = Enumerable.Range(0, statement.Coefficients.Length).Sum(i => statement.Coefficients[i].ToDouble() * term(statement.Points[2 * i], statement.Points[(2 * i) + 1]));
        var right = statement.Value!.Value.ToDouble();
        return sum - (value is null ? right : value(right));
    }
}
