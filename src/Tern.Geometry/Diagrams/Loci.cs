namespace Tern.Geometry.Diagrams;

/// <summary>The loci of the problem language, each with the points in the order of its call.</summary>
static class Loci
{
    /// <param name="p">The call's points. A length of one is one in their coordinates.</param>
    public static Locus Of(SketchKind kind, ReadOnlySpan<Vector> p, double number) => kind switch
    {
        SketchKind.Line => Locus.Line(p[0], p[1] - p[0]),
        SketchKind.BeyondRay => Locus.Ray(p[0], p[0] - p[1]),
        SketchKind.PerpendicularBisector => Locus.Line((p[0] + p[1]) / 2, (p[1] - p[0]).Normal),
        SketchKind.ParallelLine => Locus.Line(p[0], p[2] - p[1]),
        SketchKind.PerpendicularLine => Locus.Line(p[0], (p[2] - p[1]).Normal),
        SketchKind.Bisector => Bisector(p[0], p[1], p[2]),
        SketchKind.ExternalBisector => Locus.Line(p[1], Bisector(p[0], p[1], p[2]).Direction.Normal),
        SketchKind.MirroredRay => Locus.Ray(p[1], (p[2] - p[1]) * ((p[2] - p[1]) / (p[0] - p[1]))),
        SketchKind.TurnedRay => Locus.Ray(p[4], (p[3] - p[4]) * ((p[2] - p[1]) / (p[0] - p[1]))),
        SketchKind.TurnedLine => Locus.Line(p[6], (p[5] - p[4]) * ((p[3] - p[2]) / (p[1] - p[0]))),
        SketchKind.SeenAngleCircle => Similar(p[4], p[3], p[1], p[2], p[0]),
        SketchKind.SimilarAngleCircle => Similar(p[0], p[1], p[2], p[3], p[4]),
        SketchKind.CircleOfRadius => Locus.Circle(p[0], p[1].DistanceTo(p[2])),
        SketchKind.CircleOfThree => Locus.Circle(p[0], p[1], p[2]),
        SketchKind.CircleOfDiameter => Locus.Circle((p[0] + p[1]) / 2, p[0].DistanceTo(p[1]) / 2),
        SketchKind.RayAtAngle => Locus.Ray(p[1], (p[0] - p[1]) * Vector.AtAngle(number)),
        SketchKind.LineAtAngle => Locus.Line(p[2], (p[1] - p[0]) * Vector.AtAngle(number)),
        SketchKind.ProportionalCircle => Locus.Circle(p[6], p[2].DistanceTo(p[3]) * p[4].DistanceTo(p[5]) / p[0].DistanceTo(p[1])),
        SketchKind.ProportionalApollonius => Locus.Apollonius(p[0], p[1], p[2].DistanceTo(p[3]) / p[4].DistanceTo(p[5])),
        SketchKind.RatioCircle => Locus.Circle(p[2], p[0].DistanceTo(p[1]) / number),
        SketchKind.SquaredRatioCircle => Locus.Circle(p[2], p[0].DistanceTo(p[1]) / Math.Sqrt(number)),
        SketchKind.RatioApollonius => Locus.Apollonius(p[0], p[1], number),
        SketchKind.CircleOfLength => Locus.Circle(p[0], number),
        SketchKind.CircleOfSquaredLength => Locus.Circle(p[0], Math.Sqrt(number)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Of the angle abc.</summary>
    public static Locus Bisector(Vector a, Vector b, Vector c)
    {
        var (u, v) = ((a - b).Unit, (c - b).Unit);
        var sum = u + v;
        return Locus.Line(b, sum.SquaredLength > 1e-6 ? sum : (u - v).Normal);
    }

    /// <summary>Where ∠(XA, XB) = ∠(DE, DF): the circle through a, b and the p that makes pab similar to def.</summary>
    static Locus Similar(Vector a, Vector b, Vector d, Vector e, Vector f) => Locus.Circle(a, b, a + (b - a) * ((d - e) / (f - e)));
}
