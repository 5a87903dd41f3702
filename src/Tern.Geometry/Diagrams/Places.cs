namespace Tern.Geometry.Diagrams;

/// <summary>Points that follow from others. Each writes its points in the order of its definition; NaN where there are none.</summary>
static class Places
{
    /// <param name="p">The call's points.</param>
    /// <param name="places">[outputs of the kind]</param>
    public static void Fill(SketchKind kind, ReadOnlySpan<Vector> p, SplitMix64 random, Span<Vector> places)
    {
        switch (kind)
        {
            case SketchKind.Midpoint: places[0] = (p[0] + p[1]) / 2; break;
            case SketchKind.PointReflection: places[0] = p[1] * 2 - p[0]; break;
            case SketchKind.QuarterTurnBack: places[0] = p[0] - (p[1] - p[0]).Normal; break;
            case SketchKind.QuarterTurn: places[0] = p[0] + (p[1] - p[0]).Normal; break;
            case SketchKind.LineReflection: places[0] = Foot(p[0], p[1], p[2]) * 2 - p[0]; break;
            case SketchKind.Shift: places[0] = p[2] + p[1] - p[0]; break;
            case SketchKind.EqualAngleOnSides: places[0] = EqualAngleOnSides(p[0], p[1], p[2], random); break;
            case SketchKind.Between: places[0] = p[0] + (p[1] - p[0]) * random.NextDouble(0.15, 0.85); break;
            case SketchKind.SimilarVertex: places[0] = p[3] + (p[4] - p[3]) * ((p[2] - p[0]) / (p[1] - p[0])); break;
            case SketchKind.MirroredSimilarVertex: places[0] = p[3] + (p[4] - p[3]) * ((p[2] - p[0]) / (p[1] - p[0])).Mirrored; break;
            case SketchKind.CongruentSide or SketchKind.MirroredCongruentSide:
                var turn = Vector.AtAngle(random.NextDouble(0, 2 * Math.PI));
                for (var i = 0; i < 2; i++) places[i] = p[3] + turn * (kind == SketchKind.CongruentSide ? p[i + 1] - p[0] : (p[i + 1] - p[0]).Mirrored);
                break;
            case SketchKind.IsoscelesTrapezoidVertex: places[0] = p[0] + p[1] - Foot(p[2], p[0], p[1]) * 2 + p[2]; break;
            case SketchKind.Incentre: TouchPoints(p, Meet(Loci.Bisector(p[1], p[0], p[2]), Loci.Bisector(p[0], p[1], p[2])), places); break;
            case SketchKind.Excentre:
                TouchPoints(p, Meet(Loci.Bisector(p[1], p[0], p[2]), Locus.Line(p[1], Loci.Bisector(p[0], p[1], p[2]).Direction.Normal)), places);
                break;
            case SketchKind.Centroid:
                Midpoints(p, places);
                places[3] = (p[0] + p[1] + p[2]) / 3;
                break;
            case SketchKind.NinePoints:
                Midpoints(p, places);
                places[3] = Locus.Circumcentre(places[0], places[1], places[2]);
                break;
            case SketchKind.SquareOn: (places[0], places[1]) = (p[1] + (p[0] - p[1]).Normal, p[0] + (p[0] - p[1]).Normal); break;
            case SketchKind.Trisection: Trisect(p[0], p[1], p[2], places); break;
            case SketchKind.Thirds: (places[0], places[1]) = ((p[0] * 2 + p[1]) / 3, (p[0] + p[1] * 2) / 3); break;
            case SketchKind.Tangents: Tangents(p[0], p[1], p[1].DistanceTo(p[2]), random, places); break;
            case SketchKind.OneOuterTangent or SketchKind.OuterTangents: CommonTangents(p, 1, random, places); break;
            case SketchKind.InnerTangents: CommonTangents(p, -1, random, places); break;
            case SketchKind.MixtilinearCircle: MixtilinearCircle(p[0], p[1], p[2], p[3], places); break;
            case SketchKind.MedianCircle: MedianCircle(p[0], p[1], p[2], p[3], places); break;
            case SketchKind.EqualTransversal: EqualTransversal(p[0], p[1], p[2], random, places); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }

    /// <summary>Of a on the line bc.</summary>
    static Vector Foot(Vector a, Vector b, Vector c) => b + (c - b) * ((a - b).Dot(c - b) / (c - b).SquaredLength);

    /// <summary>The only place that two lines share, or NaN.</summary>
    static Vector Meet(in Locus first, in Locus second) => Locus.Meet(first, second, out var place, out _) == 1 ? place : Vector.NaN;

    /// <summary>The feet of a centre on bc, ca and ab, and the centre.</summary>
    static void TouchPoints(ReadOnlySpan<Vector> p, Vector centre, Span<Vector> places)
    {
        for (var i = 0; i < 3; i++) places[i] = Foot(centre, p[(i + 1) % 3], p[(i + 2) % 3]);
        places[3] = centre;
    }

    static void Midpoints(ReadOnlySpan<Vector> p, Span<Vector> places)
    {
        for (var i = 0; i < 3; i++) places[i] = (p[(i + 1) % 3] + p[(i + 2) % 3]) / 2;
    }

    /// <summary>x with ∠(AB, AX) = ∠(CX, CB): e on bc and y on ba such that bae and bcy are similar, and x where ae meets cy.</summary>
    static Vector EqualAngleOnSides(Vector a, Vector b, Vector c, SplitMix64 random)
    {
        var (ba, bc) = (b.DistanceTo(a), b.DistanceTo(c));
        var length = ba * ba / bc;
        var be = random.NextDouble() < 0.5 ? Math.Min(length, bc) * random.NextDouble(0.1, 0.9) : Math.Max(length, bc) * random.NextDouble(1.1, 1.5);
        var e = b + (c - b) * (be / bc);
        var y = b + (a - b) * (be / length);
        return Meet(Locus.Line(c, y - c), Locus.Line(a, e - a));
    }

    /// <summary>Where the rays from b at a third and two thirds of the angle abc meet ac.</summary>
    static void Trisect(Vector a, Vector b, Vector c, Span<Vector> places)
    {
        var turn = (c - b) / (a - b);
        var third = Math.Atan2(turn.Y, turn.X) / 3;
        for (var i = 0; i < 2; i++) places[i] = Meet(Locus.Line(b, (a - b) * Vector.AtAngle(third * (i + 1))), Locus.Line(a, c - a));
    }

    /// <summary>Where the tangents from a touch the circle around o; which is first is left to chance, as with common tangents: goals may need either.</summary>
    static void Tangents(Vector a, Vector o, double radius, SplitMix64 random, Span<Vector> places)
    {
        if (Locus.Meet(Locus.Circle(o, radius), Locus.Circle((a + o) / 2, a.DistanceTo(o) / 2), out var one, out var other) != 2) one = other = Vector.NaN;
        (places[0], places[1]) = random.Next(2) == 0 ? (one, other) : (other, one);
    }

    /// <summary>
    /// Touch points of a common tangent of the circles o through a and w through b: on the first, on the second, for each tangent. The normal at both is at the angle whose cosine is
    /// (r ∓ s) over the distance of the centres: outer tangents touch both on the same side, inner ones on opposite sides.
    /// </summary>
    static void CommonTangents(ReadOnlySpan<Vector> p, int side, SplitMix64 random, Span<Vector> places)
    {
        var (o, w) = (p[0], p[2]);
        var (r, s) = (o.DistanceTo(p[1]), w.DistanceTo(p[3]) * side);
        var axis = w - o;
        var cosine = (r - s) / axis.Length;
        var sine = Math.Sqrt((1 - cosine) * (1 + cosine)) * (random.Next(2) == 0 ? 1 : -1);
        for (var i = 0; i < places.Length; i += 2)
        {
            var normal = axis.Unit * new Vector(cosine, i == 0 ? sine : -sine);
            (places[i], places[i + 1]) = (o + normal * r, w + normal * s);
        }
    }

    /// <summary>The circle that touches ca at x, cb at y and the circle around o through a and b at z; i is its centre.</summary>
    static void MixtilinearCircle(Vector a, Vector b, Vector c, Vector o, Span<Vector> places)
    {
        places.Fill(Vector.NaN);
        var radius = o.DistanceTo(a);
        // The tangents of the circle that are parallel to cb and ca, away from a and b: with ca and cb they make a triangle similar to the one sought, c its centre of similarity.
        var d = o + Away((c - b).Normal.Unit, a - b) * radius;
        var e = o + Away((c - a).Normal.Unit, b - a) * radius;
        var f = Meet(Locus.Line(d, c - b), Locus.Line(e, c - a));
        if (!f.IsFinite || Locus.Meet(Locus.Line(c, f - c), Locus.Circle(o, radius), out var g, out var other) != 2) return;
        if ((g - b).Cross(c - b) * (a - b).Cross(c - b) < 0) g = other;
        var centre = Meet(Loci.Bisector(a, c, b), Locus.Line(o, g - o));
        (places[0], places[1], places[2], places[3]) = (Foot(centre, a, c), Foot(centre, b, c), g, centre);

        static Vector Away(Vector normal, Vector from) => normal.Dot(from) > 0 ? -normal : normal;
    }

    /// <summary>y the midpoint of ab; x where dy meets the circle around c through b, the place farther from d.</summary>
    static void MedianCircle(Vector a, Vector b, Vector c, Vector d, Span<Vector> places)
    {
        var y = (a + b) / 2;
        if (Locus.Meet(Locus.Line(d, y - d), Locus.Circle(c, c.DistanceTo(b)), out var one, out var other) != 2) other = one = Vector.NaN;
        (places[0], places[1]) = (one.DistanceTo(d) > other.DistanceTo(d) ? one : other, y);
    }

    /// <summary>z on bc, x on ab and y on ac with z the midpoint of xy.</summary>
    static void EqualTransversal(Vector a, Vector b, Vector c, SplitMix64 random, Span<Vector> places)
    {
        var z = b + (c - b) * random.NextDouble(-0.5, 1.5);
        var x = Meet(Locus.Line(z * 2 - c, a - c), Locus.Line(a, b - a));
        (places[0], places[1], places[2]) = (x, z * 2 - x, z);
    }
}
