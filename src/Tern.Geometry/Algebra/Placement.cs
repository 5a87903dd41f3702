using System.Collections.Immutable;

namespace Tern.Geometry.Algebra;

/// <summary>How a point follows from those before it: one step of the construction, for any arithmetic.</summary>
abstract record Placement(int Point)
{
    public virtual ImmutableArray<int> Points => [Point];

    /// <summary>Statements that are used as equations.</summary>
    public virtual IEnumerable<PointLocus> Loci => [];

    /// <summary>Writes the coordinates of the new points into <paramref name="places"/>.</summary>
    public abstract void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T>;

    /// <summary>What the step takes to be zero; asked before it is made.</summary>
    public virtual IEnumerable<T> Claims<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T> => Loci.SelectMany(locus => locus.Claims(Point, places, arithmetic));

    /// <summary>What must be the case for the step to be possible, for people.</summary>
    public abstract IEnumerable<string> Conditions(IReadOnlyList<string> names);

    /// <summary>Which of several places is meant, where the equations alone do not say it.</summary>
    public virtual IEnumerable<string> Choices(IReadOnlyList<string> names) => Loci.Where(locus => locus.IsChoice).Select(locus => $"'{locus.Statement.ToString(names)}' is true");

    protected static string Meets(PointLocus first, PointLocus second, IReadOnlyList<string> names) => first.Statement.Equals(second.Statement)
        ? $"the lines of '{first.Statement.ToString(names)}' are not parallel and not void"
        : $"'{first.Statement.ToString(names)}' and '{second.Statement.ToString(names)}' are not parallel and not void";
}

/// <summary>Anywhere.</summary>
sealed record FreePlacement(int Point) : Placement(Point)
{
    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic) =>
        places[Point] = new(arithmetic.Parameter(new(UnknownKind.Z, Point)), arithmetic.Parameter(new(UnknownKind.W, Point)));

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => [];
}

/// <summary>Anywhere on a locus.</summary>
/// <param name="Through">Of a conic: a point on it, from which the chords are drawn that meet it once more.</param>
sealed record LocusPlacement(int Point, PointLocus Locus, int Through = -1) : Placement(Point)
{
    public override IEnumerable<PointLocus> Loci => [Locus];

    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        if (Locus.Form == LocusForm.Conic)
        {
            places[Point] = OnConic(places, arithmetic);
            return;
        }
        var curve = Locus.Curve(Point, places, arithmetic);
        var z = arithmetic.Parameter(new(UnknownKind.Z, Point));
        places[Point] = new(z, arithmetic.Quotient(-(curve.Beta * z + curve.Delta), curve.Alpha * z + curve.Gamma, new(UnknownKind.W, Point)));
    }

    public override IEnumerable<T> Claims<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic) =>
        Locus.Form == LocusForm.Conic ? [PointLocus.Values(Locus.Statement, Point, places[Through], places, arithmetic)![Locus.Equation]] : base.Claims(places, arithmetic);

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => [$"'{Locus.Statement.ToString(names)}' is a condition of {names[Point]}"];

    /// <summary>The chord through a known place (z, w) in the direction (1, t) meets the conic again after u: u (A + B t + C t²) = -(2 A z + B (z t + w) + 2 C w t + D + E t).</summary>
    Isotropic<T> OnConic<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T>
    {
        var k = Locus.Coefficients(Point, places, arithmetic);
        var known = places[Through];
        var t = arithmetic.Parameter(new(UnknownKind.Slope, Point));
        var leading = k.ZZ + (k.Zw + k.WW * t) * t;
        var rest = k.ZZ * (known.Z + known.Z) + k.Zw * (known.Z * t + known.W) + k.WW * (known.W + known.W) * t + k.Z + k.W * t;
        var z = arithmetic.Quotient(leading * known.Z - rest, leading, new(UnknownKind.Z, Point));
        return new(z, known.W + t * (z - known.Z));
    }
}

/// <summary>A sum of multiples of points that solves two equations identically.</summary>
/// <param name="Instead">The step that leads to the same place.</param>
/// <param name="Terms">Coefficients, as many as <paramref name="Divisor"/> in all, and points.</param>
sealed record AffinePlacement(int Point, Placement Instead, ImmutableArray<(int Coefficient, int Point)> Terms, int Divisor) : Placement(Point)
{
    public override IEnumerable<PointLocus> Loci => Instead.Loci;

    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        var (z, w) = (arithmetic.Number(0), arithmetic.Number(0));
        foreach (var (coefficient, point) in Terms)
        {
            var number = arithmetic.Number(coefficient);
            (z, w) = (z + number * places[point].Z, w + number * places[point].W);
        }
        var divisor = arithmetic.Number(Divisor);
        places[Point] = Divisor == 1 ? new(z, w) : new(arithmetic.Quotient(z, divisor, new(UnknownKind.Z, Point)), arithmetic.Quotient(w, divisor, new(UnknownKind.W, Point)));
        foreach (var locus in Loci) arithmetic.Claim(PointLocus.Values(locus.Statement, Point, places[Point], places, arithmetic)![locus.Equation]);
    }

    public override IEnumerable<T> Claims<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic) => Instead.Claims(places, arithmetic);

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => Instead.Conditions(names);

    public override IEnumerable<string> Choices(IReadOnlyList<string> names) => Instead.Choices(names);
}

/// <summary>A place on one of the two lines through the vertex along which the equation of a point is true: an auxiliary point that stands for the bisector.</summary>
/// <param name="Target">The point that the equation is about.</param>
sealed record BisectorPlacement(int Point, PointLocus Bisectors, int Target) : Placement(Point)
{
    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        // P u² + Q v² = 0 for (u, v) = (z, w) less those of the vertex: u : v = Q : s with s² = -P Q.
        var (p, q) = Bisectors.Squares(Target, places, arithmetic);
        var s = arithmetic.Root(arithmetic.Number(1), arithmetic.Number(0), p * q, new(UnknownKind.Lengths, Point));
        places[Point] = places[Bisectors.Vertex] + new Isotropic<T>(q, s);
    }

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => [$"'{Bisectors.Statement.ToString(names)}' is a condition of {names[Target]}"];
}

/// <summary>Where two lines meet.</summary>
sealed record MeetPlacement(int Point, PointLocus First, PointLocus Second) : Placement(Point)
{
    public override IEnumerable<PointLocus> Loci => [First, Second];

    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        var first = First.Curve(Point, places, arithmetic);
        places[Point] = Curve<T>.Meet(first, Second.Curve(Point, places, arithmetic), Point, arithmetic);
    }

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => [Meets(First, Second, names)];
}
