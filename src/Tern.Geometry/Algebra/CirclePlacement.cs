using Tern.Geometry.Language;

namespace Tern.Geometry.Algebra;

/// <summary>One of the two places that a circle shares with a line or circle.</summary>
abstract record CirclePlacement(int Point, PointLocus First, PointLocus Second) : Placement(Point)
{
    public override IEnumerable<PointLocus> Loci => [First, Second];

    public sealed override void Place<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        var first = First.Curve(Point, places, arithmetic);
        var second = Second.Curve(Point, places, arithmetic);
        if (First.Form != LocusForm.Circle) Place(first, second, places, arithmetic);
        else if (Second.Form != LocusForm.Circle) Place(second, first, places, arithmetic);
        else Place(Curve<T>.Axis(first, second), first, places, arithmetic);
    }

    protected abstract void Place<T>(Curve<T> line, Curve<T> circle, Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T>;

    public override IEnumerable<string> Conditions(IReadOnlyList<string> names) => [Meets(First, Second, names)];
}

/// <summary>The place that is not the one known.</summary>
sealed record OtherMeetPlacement(int Point, PointLocus First, PointLocus Second, int Known) : CirclePlacement(Point, First, Second)
{
    protected override void Place<T>(Curve<T> line, Curve<T> circle, Isotropic<T>[] places, IArithmetic<T> arithmetic) =>
        places[Point] = Curve<T>.OtherMeet(line, circle, places[Known], Point, arithmetic);

    public override IEnumerable<T> Claims<T>(Isotropic<T>[] places, IArithmetic<T> arithmetic) =>
        [.. base.Claims(places, arithmetic), .. Loci.Select(locus => PointLocus.Values(locus.Statement, Point, places[Known], places, arithmetic)![locus.Equation])];

    public override IEnumerable<string> Choices(IReadOnlyList<string> names) => [.. base.Choices(names), $"{names[Point]} is not {names[Known]}"];
}

/// <summary>The one place, where the two fall together.</summary>
sealed record TouchPlacement(int Point, PointLocus First, PointLocus Second) : CirclePlacement(Point, First, Second)
{
    protected override void Place<T>(Curve<T> line, Curve<T> circle, Isotropic<T>[] places, IArithmetic<T> arithmetic) =>
        places[Point] = Curve<T>.Touch(line, circle, Point, arithmetic);
}

/// <summary>Either place. They are told apart by a statement where the two are not exchanged by a change of the root's sign.</summary>
/// <param name="Told">A statement that is true at one of the places; null: none is known, or none is needed.</param>
/// <param name="Holds">Whether it is true at the one that is meant.</param>
sealed record EitherMeetPlacement(int Point, PointLocus First, PointLocus Second, Statement? Told = null, bool Holds = true) : CirclePlacement(Point, First, Second)
{
    protected override void Place<T>(Curve<T> line, Curve<T> circle, Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        places[Point] = Curve<T>.EitherMeet(line, circle, Point, arithmetic);
        if (Told is null || !arithmetic.Decides || Equations.Of(Told, places, arithmetic)!.TrueForAll(value => value.IsZero) == Holds) return;
        places[Point] = Curve<T>.OtherMeet(line, circle, places[Point], Point, arithmetic);
    }
}

/// <summary>The place on a further line, or the one that is not on it: where the two do not need a root.</summary>
/// <param name="IsOnIt">Whether the line goes through the place that is meant.</param>
sealed record SplitMeetPlacement(int Point, PointLocus First, PointLocus Second, PointLocus Line, bool IsOnIt) : CirclePlacement(Point, First, Second)
{
    public override IEnumerable<PointLocus> Loci => [First, Second, Line];

    protected override void Place<T>(Curve<T> line, Curve<T> circle, Isotropic<T>[] places, IArithmetic<T> arithmetic)
    {
        var place = Curve<T>.Meet(line, Line.Curve(Point, places, arithmetic), Point, arithmetic);
        arithmetic.Claim(circle.At(place));
        places[Point] = IsOnIt ? place : Curve<T>.OtherMeet(line, circle, place, Point, arithmetic);
    }

    public override IEnumerable<string> Choices(IReadOnlyList<string> names) => IsOnIt ? base.Choices(names) : [$"'{Line.Statement.ToString(names)}' is false"];
}
