namespace Tern.Geometry.Diagrams;

enum LocusShape
{
    Line,
    Ray,
    Circle,
}

/// <summary>A line through a point, a ray from it, or a circle around it.</summary>
readonly record struct Locus(LocusShape Shape, Vector Point, Vector Direction, double Radius)
{
    /// <summary>Sines of angles below this count as parallel, and squares of half chords below it, as a share of the radius's, as touching.</summary>
    const double Smallest = 1e-5, Touching = 1e-12;

    public static Locus Line(Vector point, Vector direction) => new(LocusShape.Line, point, direction.Unit, 0);

    public static Locus Ray(Vector point, Vector direction) => new(LocusShape.Ray, point, direction.Unit, 0);

    public static Locus Circle(Vector centre, double radius) => new(LocusShape.Circle, centre, default, radius);

    /// <summary>|XA| = k |XB|: the circle of Apollonius, or the perpendicular bisector where k is one.</summary>
    public static Locus Apollonius(Vector a, Vector b, double k)
    {
        var rest = 1 - k * k;
        return Math.Abs(rest) < 1e-9 ? Line((a + b) / 2, (b - a).Normal) : Circle((a - b * (k * k)) / rest, k * a.DistanceTo(b) / Math.Abs(rest));
    }

    public static Locus Circle(Vector a, Vector b, Vector c)
    {
        var centre = Circumcentre(a, b, c);
        return Circle(centre, centre.DistanceTo(a));
    }

    public static Vector Circumcentre(Vector a, Vector b, Vector c)
    {
        var (u, v) = (b - a, c - a);
        return a + (v * u.SquaredLength - u * v.SquaredLength).Normal / (2 * v.Cross(u));
    }

    public bool IsFinite => Point.IsFinite && (Shape == LocusShape.Circle ? double.IsFinite(Radius) && Radius > 0 : Direction.IsFinite);

    /// <summary>How many places two loci share, and which: none, one or two.</summary>
    public static int Meet(in Locus first, in Locus second, out Vector one, out Vector other)
    {
        other = default;
        if (first.Shape != LocusShape.Circle && second.Shape != LocusShape.Circle)
        {
            one = default;
            var sine = first.Direction.Cross(second.Direction);
            if (Math.Abs(sine) < Smallest) return 0;
            one = first.Point + first.Direction * ((second.Point - first.Point).Cross(second.Direction) / sine);
            return 1;
        }
        if (first.Shape == LocusShape.Circle && second.Shape == LocusShape.Circle) return MeetCircles(first, second, out one, out other);
        return first.Shape == LocusShape.Circle ? MeetLineAndCircle(second, first, out one, out other) : MeetLineAndCircle(first, second, out one, out other);
    }

    public double DistanceTo(Vector place) => Shape == LocusShape.Circle ? Math.Abs(place.DistanceTo(Point) - Radius) : Math.Abs(Direction.Cross(place - Point));

    /// <summary>Across the locus at a place of it, of length one.</summary>
    public Vector NormalAt(Vector place) => Shape == LocusShape.Circle ? (place - Point).Unit : Direction.Normal;

    /// <summary>The side of a ray that it covers, and all of another locus.</summary>
    public bool Covers(Vector place) => Shape != LocusShape.Ray || (place - Point).Dot(Direction) > 0;

    static int MeetLineAndCircle(in Locus line, in Locus circle, out Vector one, out Vector other)
    {
        var foot = line.Point + line.Direction * (circle.Point - line.Point).Dot(line.Direction);
        return OnBothSides(foot, line.Direction, circle.Radius * circle.Radius - foot.DistanceTo(circle.Point) * foot.DistanceTo(circle.Point), circle.Radius, out one, out other);
    }

    static int MeetCircles(in Locus first, in Locus second, out Vector one, out Vector other)
    {
        var axis = second.Point - first.Point;
        var distance = axis.Length;
        (one, other) = (default, default);
        if (distance < Smallest * Math.Max(first.Radius, second.Radius)) return 0;
        axis /= distance;
        var along = (distance + (first.Radius - second.Radius) * (first.Radius + second.Radius) / distance) / 2;
        return OnBothSides(first.Point + axis * along, axis.Normal, (first.Radius - along) * (first.Radius + along), Math.Min(first.Radius, second.Radius), out one, out other);
    }

    static int OnBothSides(Vector middle, Vector direction, double square, double radius, out Vector one, out Vector other)
    {
        (one, other) = (middle, middle);
        if (Math.Abs(square) < Touching * radius * radius) return 1;
        if (!(square > 0)) return 0;
        var half = Math.Sqrt(square);
        (one, other) = (middle + direction * half, middle - direction * half);
        return 2;
    }
}
