using System.Collections.Immutable;

namespace Tern.Geometry.Algebra;

/// <summary>x and y at a third and two thirds of ab.</summary>
sealed record ThirdsPlacement(int X, int Y, int A, int B) : Placement(X)
{
    public override ImmutableArray<int> Points => [X, Y];

    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        var three = arithmetic.Number(3);
        foreach (var (point, near, far) in new[] { (X, A, B), (Y, B, A) })
        {
            var sum = places[near] + places[near] + places[far];
            places[point] = new(arithmetic.Quotient(sum.Z, three, new(UnknownKind.Z, point)), arithmetic.Quotient(sum.W, three, new(UnknownKind.W, point)));
        }
    }

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => [];

    public override IEnumerable<string> Choices(IReadOnlyList<string> names) => [$"{names[X]} and {names[Y]} divide {names[A]}{names[B]} into three equal parts"];
}

/// <summary>z anywhere on bc, x on ab and y on ac with z the midpoint of xy: x is on the line through 2z - c that is parallel to ca.</summary>
sealed record TransversalPlacement(int X, int Y, int Z, int A, int B, int C) : Placement(X)
{
    public override ImmutableArray<int> Points => [Z, X, Y];

    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        var (a, b, c) = (places[A], places[B], places[C]);
        var along = arithmetic.Parameter(new(UnknownKind.Slope, Z));
        var z = b + (c - b) * along;
        places[Z] = z;
        places[X] = Curve<T>.Meet(Line(a, b - a, arithmetic), Line(z + z - c, c - a, arithmetic), X, arithmetic);
        places[Y] = z + z - places[X];
    }

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => [$"{names[A]}, {names[B]} and {names[C]} are not on a line"];

    public override IEnumerable<string> Choices(IReadOnlyList<string> names) => [$"{names[Z]} is the midpoint of {names[X]}{names[Y]}"];

    static Curve<T> Line<T>(Isotropic<T> through, Isotropic<T> direction, IArithmetic<T> arithmetic) where T : IRingElement<T> =>
        new(arithmetic.Number(0), direction.W, -direction.Z, direction.Z * through.W - direction.W * through.Z);
}

/// <summary>A product |oa| |wb| of lengths, or its opposite, kept as the place (m, m) of an auxiliary point.</summary>
/// <param name="Sign">Where oa and wb are parallel, so that m is no root: whether m is the product, or its opposite; 0 where it is a root.</param>
sealed record LengthsPlacement(int Point, int O, int A, int W, int B, int Sign) : Placement(Point)
{
    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        var (oa, wb) = (places[A] - places[O], places[B] - places[W]);
        if (Sign != 0) arithmetic.Claim(Isotropic<T>.Cross(oa, wb));
        var m = Sign != 0 ? arithmetic.Number(Sign) * oa.Z * wb.W
            : arithmetic.Root(arithmetic.Number(1), arithmetic.Number(0), -(oa.SquaredLength * wb.SquaredLength), new(UnknownKind.Lengths, Point));
        places[Point] = new(m, m);
    }

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => [];
}

/// <summary>
/// Common tangents of the circles around o through a and around w through b, and where they touch: x and y on one, z and i on the other. With e = w - o and m = ± |oa| |wb| the touch points are
/// o + e n / e² and w + e n' / e² with n = r² - m + g, n' = m - s² + g m / r² where g² = r² ((r² - 2m + s²) - e²); r, s are the radii. Their coordinates w have -g for g.
/// </summary>
/// <param name="Outputs">x y, or x y z i.</param>
/// <param name="Lengths">The auxiliary point that keeps m.</param>
sealed record TangentPlacement(ImmutableArray<int> Outputs, int O, int A, int W, int B, int Lengths) : Placement(Outputs[0])
{
    public override ImmutableArray<int> Points => Outputs;

    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        var (o, w) = (places[O], places[W]);
        var (m, e) = (places[Lengths].Z, w - o);
        var (r2, s2, e2) = ((places[A] - o).SquaredLength, (places[B] - w).SquaredLength, e.SquaredLength);
        var g = arithmetic.Root(arithmetic.Number(1), arithmetic.Number(0), -(r2 * (r2 + s2 - m - m - e2)), new(UnknownKind.Lengths, Outputs[0]));
        for (var i = 0; i < Outputs.Length; i += 2)
        {
            if (i > 0) g = -g;
            var h = arithmetic.Quotient(g * m, r2, new(UnknownKind.Slope, Outputs[i]));
            places[Outputs[i]] = At(o, e, r2 - m, g, e2, Outputs[i], arithmetic);
            places[Outputs[i + 1]] = At(w, e, m - s2, h, e2, Outputs[i + 1], arithmetic);
        }
    }

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => [$"the circles around {names[O]} and {names[W]} have different centres and are no points"];

    public override IEnumerable<string> Choices(IReadOnlyList<string> names) =>
        [$"{string.Join(" and ", Outputs.Chunk(2).Select(ends => $"{names[ends[0]]}{names[ends[1]]}"))} are common tangents of one kind, outer or inner, one on each side"];

    static Isotropic<T> At<T>(Isotropic<T> centre, Isotropic<T> axis, T along, T across, T square, int point, IArithmetic<T> arithmetic) where T : IRingElement<T> => new(
        arithmetic.Quotient(square * centre.Z + axis.Z * (along + across), square, new(UnknownKind.Z, point)),
        arithmetic.Quotient(square * centre.W + axis.W * (along - across), square, new(UnknownKind.W, point)));
}
