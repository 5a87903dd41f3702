using System.Collections.Immutable;
using Tern.Geometry.Language;

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

    public override IEnumerable<string> Conditions(Problem problem) => [];

    public override IEnumerable<string> Choices(Problem problem) => [$"{problem.PointNames[X]} and {problem.PointNames[Y]} divide {problem.PointNames[A]}{problem.PointNames[B]} into three equal parts"];
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

    public override IEnumerable<string> Conditions(Problem problem) => [$"{problem.PointNames[A]}, {problem.PointNames[B]} and {problem.PointNames[C]} are not on a line"];

    static Curve<T> Line<T>(Isotropic<T> through, Isotropic<T> direction, IArithmetic<T> arithmetic) where T : IRingElement<T> =>
        new(arithmetic.Number(0), direction.W, -direction.Z, direction.Z * through.W - direction.W * through.Z);
}

/// <summary>
/// Common tangents of the circles around o through a and around w through b, and where they touch: x and y on one, z and i on the other. With e = w - o and m = ± |oa| |wb| the touch points are
/// o + e n / e² and w + e n' / e² with n = r² - m + g, n' = m - s² + g m / r² where g² = r² ((r² - 2m + s²) - e²); r, s are the radii. Their coordinates w have -g for g.
/// </summary>
/// <param name="Outputs">x y, or x y z i.</param>
/// <param name="Sign">Where oa and wb are parallel, so that m is no root: whether m is the product of their lengths, or its opposite; 0 where m is a root.</param>
sealed record TangentPlacement(ImmutableArray<int> Outputs, int O, int A, int W, int B, int Sign) : Placement(Outputs[0])
{
    public override ImmutableArray<int> Points => Outputs;

    public override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        var (o, w) = (places[O], places[W]);
        var (oa, wb, e) = (places[A] - o, places[B] - w, w - o);
        var (one, zero) = (arithmetic.Number(1), arithmetic.Number(0));
        var (r2, s2, e2) = (oa.SquaredLength, wb.SquaredLength, e.SquaredLength);
        var m = Sign == 0 ? arithmetic.Root(one, zero, -(r2 * s2), new(UnknownKind.Lengths, Outputs[0])) : arithmetic.Number(Sign) * oa.Z * wb.W;
        if (Sign != 0) arithmetic.Claim(Isotropic<T>.Cross(oa, wb));
        var g = arithmetic.Root(one, zero, -(r2 * (r2 + s2 - m - m - e2)), new(UnknownKind.Lengths, Outputs[1]));
        for (var i = 0; i < Outputs.Length; i += 2)
        {
            if (i > 0) g = -g;
            var h = arithmetic.Quotient(g * m, r2, new(UnknownKind.Slope, Outputs[i]));
            places[Outputs[i]] = At(o, e, r2 - m, g, e2, Outputs[i], arithmetic);
            places[Outputs[i + 1]] = At(w, e, m - s2, h, e2, Outputs[i + 1], arithmetic);
        }
    }

    public override IEnumerable<string> Conditions(Problem problem) => [$"the circles around {problem.PointNames[O]} and {problem.PointNames[W]} have different centres and are no points"];

    static Isotropic<T> At<T>(Isotropic<T> centre, Isotropic<T> axis, T along, T across, T square, int point, IArithmetic<T> arithmetic) where T : IRingElement<T> => new(
        arithmetic.Quotient(square * centre.Z + axis.Z * (along + across), square, new(UnknownKind.Z, point)),
        arithmetic.Quotient(square * centre.W + axis.W * (along - across), square, new(UnknownKind.W, point)));
}
