using System.Collections.Frozen;
using System.Collections.Immutable;
using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>The ways of drawing that definitions name; what each draws is in <see cref="Loci"/>, <see cref="Places"/> and <see cref="Figures"/>.</summary>
enum SketchKind
{
    // A line, ray or circle on which the one new point lies.
    Line, BeyondRay, PerpendicularBisector, ParallelLine, PerpendicularLine, Bisector, ExternalBisector, MirroredRay,
    TurnedRay, TurnedLine, SeenAngleCircle, SimilarAngleCircle, CircleOfRadius, CircleOfThree, CircleOfDiameter, RayAtAngle, LineAtAngle,
    ProportionalCircle, ProportionalApollonius, RatioCircle, SquaredRatioCircle, RatioApollonius, CircleOfLength, CircleOfSquaredLength,

    // New points that follow from the others, up to choices.
    Midpoint, PointReflection, QuarterTurnBack, QuarterTurn, LineReflection, Shift, EqualAngleOnSides, Between, SimilarVertex, MirroredSimilarVertex, CongruentSide, MirroredCongruentSide, Incentre, Excentre, Centroid, NinePoints,
    SquareOn, Trisection, Thirds, Tangents, OneOuterTangent, OuterTangents, InnerTangents, IsoscelesTrapezoidVertex, MixtilinearCircle, MedianCircle, EqualTransversal,

    // Free figures.
    FreePoint, Segment, SegmentAndInside, Triangle, AcuteTriangle, IsoscelesTriangle, RightTriangle, RightIsosceles, EquilateralTriangle, OneToTwoTriangle,
    Quadrangle, Trapezoid, RightTrapezoid, EqualLegsTrapezoid, EqualSidesQuadrangle, EqualDiagonalsQuadrangle, Rectangle, Square, Pentagon,
}

static class SketchKinds
{
    /// <summary>Word, kind, points taken, numbers taken, points drawn.</summary>
    static readonly (string Word, SketchKind Kind, int Points, int Numbers, int Outputs)[] Table =
    [
        ("line", SketchKind.Line, 2, 0, 1), ("on_opline", SketchKind.BeyondRay, 2, 0, 1), ("bline", SketchKind.PerpendicularBisector, 2, 0, 1), ("pline", SketchKind.ParallelLine, 3, 0, 1),
        ("tline", SketchKind.PerpendicularLine, 3, 0, 1), ("bisect", SketchKind.Bisector, 3, 0, 1), ("exbisect", SketchKind.ExternalBisector, 3, 0, 1), ("amirror", SketchKind.MirroredRay, 3, 0, 1),
        ("aline", SketchKind.TurnedRay, 5, 0, 1), ("aline0", SketchKind.TurnedLine, 7, 0, 1), ("aline2", SketchKind.SeenAngleCircle, 5, 0, 1), ("eqangle3", SketchKind.SimilarAngleCircle, 5, 0, 1),
        ("circle", SketchKind.CircleOfRadius, 3, 0, 1), ("cyclic", SketchKind.CircleOfThree, 3, 0, 1), ("dia", SketchKind.CircleOfDiameter, 2, 0, 1), ("s_angle", SketchKind.RayAtAngle, 2, 1, 1),
        ("aconst", SketchKind.LineAtAngle, 3, 1, 1), ("eqratio", SketchKind.ProportionalCircle, 7, 0, 1), ("eqratio6", SketchKind.ProportionalApollonius, 6, 0, 1),
        ("rconst", SketchKind.RatioCircle, 3, 1, 1), ("r2const", SketchKind.SquaredRatioCircle, 3, 1, 1), ("rconst2", SketchKind.RatioApollonius, 2, 1, 1), ("lconst", SketchKind.CircleOfLength, 1, 1, 1), ("l2const", SketchKind.CircleOfSquaredLength, 1, 1, 1),
        ("midp", SketchKind.Midpoint, 2, 0, 1), ("pmirror", SketchKind.PointReflection, 2, 0, 1), ("rotaten90", SketchKind.QuarterTurnBack, 2, 0, 1), ("rotatep90", SketchKind.QuarterTurn, 2, 0, 1),
        ("reflect", SketchKind.LineReflection, 3, 0, 1), ("shift", SketchKind.Shift, 3, 0, 1), ("eqangle2", SketchKind.EqualAngleOnSides, 3, 0, 1), ("between_bound", SketchKind.Between, 2, 0, 1),
        ("simtri", SketchKind.SimilarVertex, 5, 0, 1), ("simtrir", SketchKind.MirroredSimilarVertex, 5, 0, 1), ("contri", SketchKind.CongruentSide, 4, 0, 2), ("contrir", SketchKind.MirroredCongruentSide, 4, 0, 2),
        ("incenter2", SketchKind.Incentre, 3, 0, 4), ("excenter2", SketchKind.Excentre, 3, 0, 4), ("centroid", SketchKind.Centroid, 3, 0, 4), ("ninepoints", SketchKind.NinePoints, 3, 0, 4),
        ("square", SketchKind.SquareOn, 2, 0, 2), ("trisect", SketchKind.Trisection, 3, 0, 2), ("trisegment", SketchKind.Thirds, 2, 0, 2), ("tangent", SketchKind.Tangents, 3, 0, 2),
        ("cc_tangent0", SketchKind.OneOuterTangent, 4, 0, 2), ("cc_tangent", SketchKind.OuterTangents, 4, 0, 4), ("cc_itangent", SketchKind.InnerTangents, 4, 0, 4),
        ("iso_trapezoid2", SketchKind.IsoscelesTrapezoidVertex, 3, 0, 1), ("2l1c", SketchKind.MixtilinearCircle, 4, 0, 4), ("e5128", SketchKind.MedianCircle, 4, 0, 2), ("3peq", SketchKind.EqualTransversal, 3, 0, 3),
        ("free", SketchKind.FreePoint, 0, 0, 1), ("segment", SketchKind.Segment, 0, 0, 2), ("between", SketchKind.SegmentAndInside, 0, 0, 3), ("triangle", SketchKind.Triangle, 0, 0, 3), ("acute_triangle", SketchKind.AcuteTriangle, 0, 0, 3),
        ("isos", SketchKind.IsoscelesTriangle, 0, 0, 3), ("r_triangle", SketchKind.RightTriangle, 0, 0, 3), ("risos", SketchKind.RightIsosceles, 0, 0, 3), ("ieq_triangle", SketchKind.EquilateralTriangle, 0, 0, 3),
        ("triangle12", SketchKind.OneToTwoTriangle, 0, 0, 3), ("quadrangle", SketchKind.Quadrangle, 0, 0, 4), ("trapezoid", SketchKind.Trapezoid, 0, 0, 4), ("r_trapezoid", SketchKind.RightTrapezoid, 0, 0, 4),
        ("eq_trapezoid", SketchKind.EqualLegsTrapezoid, 0, 0, 4), ("eq_quadrangle", SketchKind.EqualSidesQuadrangle, 0, 0, 4), ("eqdia_quadrangle", SketchKind.EqualDiagonalsQuadrangle, 0, 0, 4),
        ("rectangle", SketchKind.Rectangle, 0, 0, 4), ("isquare", SketchKind.Square, 0, 0, 4), ("pentagon", SketchKind.Pentagon, 0, 0, 5),
    ];

    static readonly FrozenDictionary<string, SketchKind> ByWord = Table.ToFrozenDictionary(row => row.Word, row => row.Kind);

    static readonly (int Points, int Numbers, int Outputs)[] ByKind = [.. Enum.GetValues<SketchKind>().Select(kind => Table.Single(row => row.Kind == kind)).Select(row => (row.Points, row.Numbers, row.Outputs))];

    public static IEnumerable<string> Known => ByWord.Keys;

    public static bool TryParse(string word, out SketchKind kind) => ByWord.TryGetValue(word, out kind);

    public static int PointCount(this SketchKind kind) => ByKind[(int)kind].Points;

    public static int NumberCount(this SketchKind kind) => ByKind[(int)kind].Numbers;

    /// <summary>How many points it places; a locus places one with another's help or a choice.</summary>
    public static int Outputs(this SketchKind kind) => ByKind[(int)kind].Outputs;

    public static bool IsLocus(this SketchKind kind) => kind < SketchKind.Midpoint;

    public static bool IsFigure(this SketchKind kind) => kind >= SketchKind.FreePoint;
}

/// <summary>A definition's way of drawing: points and numbers are positions among its parameters.</summary>
sealed record SketchTemplate(SketchKind Kind, ImmutableArray<int> Points, ImmutableArray<int> Numbers)
{
    public Sketch With(ImmutableArray<Argument> arguments)
    {
        var points = new int[Points.Length];
        for (var i = 0; i < points.Length; i++) points[i] = arguments[Points[i]].Point;
        if (Numbers.IsEmpty) return new Sketch(Kind, points, 0);
        var quantity = arguments[Numbers[0]].Quantity!;
        var isAngle = Kind is SketchKind.RayAtAngle or SketchKind.LineAtAngle;
        return new Sketch(Kind, points, isAngle ? Math.PI * quantity.Angle.ToDouble() : quantity.Number.ToDouble());
    }
}

/// <param name="Number">Of kinds that take one; angles in radians.</param>
sealed record Sketch(SketchKind Kind, int[] Points, double Number);
