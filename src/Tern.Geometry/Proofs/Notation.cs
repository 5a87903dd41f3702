using System.Globalization;
using Fractions;
using Tern.Geometry.Language;
using Tern.Geometry.Pictures;

namespace Tern.Geometry.Proofs;

/// <summary>How statements are written: in Unicode, or in LaTeX. ∠(AB, CD) is the directed angle between two lines, modulo 180°.</summary>
abstract class Notation(IReadOnlyList<string> names)
{
    readonly DisplayName[] points = [.. names.Select(DisplayName.Of)];

    /// <summary>As people write it: AB ⊥ CD, or a sentence where there is no sign.</summary>
    public string Say(Statement statement)
    {
        var p = statement.Points;
        return statement.Predicate switch
        {
            Predicate.Collinear => $"{List(p)} lie on a line",
            Predicate.Concyclic => $"{List(p)} lie on a circle",
            Predicate.CircleCentre => $"{Point(p[0])} is the centre of the circle through {List(p[1..])}",
            Predicate.Midpoint => $"{Point(p[0])} is the midpoint of {Formula(Pair(p[1], p[2]))}",
            Predicate.Coincident => $"{Point(p[0])} and {Point(p[1])} are the same point",
            Predicate.Parallel => Formula(Pair(p[0], p[1]) + Parallel + Pair(p[2], p[3])),
            Predicate.Perpendicular => Formula(Pair(p[0], p[1]) + Perpendicular + Pair(p[2], p[3])),
            Predicate.EqualLengths => Formula($"{Pair(p[0], p[1])} = {Pair(p[2], p[3])}"),
            Predicate.EqualAngles => Formula($"{Angle(p[0], p[1], p[2], p[3])} = {Angle(p[4], p[5], p[6], p[7])}"),
            Predicate.EqualRatios => Formula($"{Ratio(p[0], p[1], p[2], p[3])} = {Ratio(p[4], p[5], p[6], p[7])}"),
            Predicate.Similar or Predicate.MirroredSimilar => Triangles(p, Similar) + (statement.Predicate == Predicate.MirroredSimilar ? ", of opposite orientation" : ""),
            Predicate.Congruent or Predicate.MirroredCongruent => Triangles(p, Congruent) + (statement.Predicate == Predicate.MirroredCongruent ? ", of opposite orientation" : ""),
            Predicate.AngleValue => Formula($"{Angle(p[2], p[3], p[0], p[1])} = {Degrees(statement.Value!.Value)}"),
            Predicate.RatioValue => Formula($"{Ratio(p[0], p[1], p[2], p[3])} = {Number(statement.Value!.Value)}"),
            Predicate.SquaredRatioValue => Formula($"{Power(Pair(p[0], p[1]), 2)} : {Power(Pair(p[2], p[3]), 2)} = {Number(statement.Value!.Value)}"),
            Predicate.LengthValue => Formula($"{Pair(p[0], p[1])} = {Number(statement.Value!.Value)}"),
            Predicate.SquaredLengthValue => Formula($"{Power(Pair(p[0], p[1]), 2)} = {Number(statement.Value!.Value)}"),
            Predicate.AngleSum => Formula($"{Sum(statement, Direction)} = {Degrees(statement.Value!.Value)}"),
            Predicate.LengthProduct => Formula($"{Product(statement)} = {Number(statement.Value!.Value)}"),
            Predicate.LengthSum => Formula($"{Sum(statement, Pair)} = {Number(statement.Value!.Value)}"),
            Predicate.SquaredLengthSum => Formula($"{Sum(statement, (a, b) => Power(Pair(a, b), 2))} = {Number(statement.Value!.Value)}"),
            Predicate.FindAngle => $"find {Formula(Angle(p[2], p[3], p[0], p[1]))}",
            Predicate.FindRatio => $"find {Formula(Ratio(p[0], p[1], p[2], p[3]))}",
            Predicate.NotCollinear => $"{List(p)} do not lie on a line",
            Predicate.NotParallel => $"{Formula(Pair(p[0], p[1]))} and {Formula(Pair(p[2], p[3]))} are not parallel",
            Predicate.NotPerpendicular => $"{Formula(Pair(p[0], p[1]))} and {Formula(Pair(p[2], p[3]))} are not perpendicular",
            Predicate.Distinct => $"{List(p)} are different points",
            Predicate.SameSide => $"{Point(p[1])} and {Point(p[2])} seen from {Point(p[0])} are on one side as {Point(p[4])} and {Point(p[5])} seen from {Point(p[3])} are",
            Predicate.SameOrientation => $"the triangles {Formula(Corners(p, 0))} and {Formula(Corners(p, 3))} are oriented alike",
            Predicate.Between => $"{Point(p[0])} is between {Point(p[1])} and {Point(p[2])}",
            Predicate.Obtuse => $"the angle at {Point(p[1])} between {Point(p[0])} and {Point(p[2])} is obtuse",
            _ => throw new ArgumentOutOfRangeException(nameof(statement), statement.Predicate, null),
        };
    }

    public string Point(int point) => Formula(Name(point));

    /// <summary>A, B and C.</summary>
    public string List(IReadOnlyList<int> list) =>
        list.Count == 1 ? Point(list[0]) : string.Join(", ", list.Take(list.Count - 1).Select(Point)) + " and " + Point(list[^1]);

    protected DisplayName this[int point] => points[point];

    protected abstract string Name(int point);

    /// <summary>Within a sentence.</summary>
    protected abstract string Formula(string formula);

    protected abstract string Parallel { get; }

    protected abstract string Perpendicular { get; }

    protected abstract string Similar { get; }

    protected abstract string Congruent { get; }

    protected abstract string Minus { get; }

    protected abstract string Times { get; }

    protected abstract string Triangle(string corners);

    protected abstract string Angle(string first, string second);

    protected abstract string DirectionOf(string line);

    protected abstract string Power(string of, Fraction exponent);

    protected abstract string Quotient(string numerator, string denominator);

    protected abstract string DegreeSign { get; }

    protected string Number(Fraction number) => number.Denominator.IsOne
        ? Whole(number.Numerator)
        : (number.IsNegative ? Minus : "") + Quotient(Whole(System.Numerics.BigInteger.Abs(number.Numerator)), Whole(number.Denominator));

    string Whole(System.Numerics.BigInteger number) => (number.Sign < 0 ? Minus : "") + System.Numerics.BigInteger.Abs(number).ToString(CultureInfo.InvariantCulture);

    string Degrees(Fraction value) => Number(value * 180) + DegreeSign;

    string Pair(int a, int b) => Name(a) + Name(b);

    string Direction(int a, int b) => DirectionOf(Pair(a, b));

    string Angle(int a, int b, int c, int d) => Angle(Pair(a, b), Pair(c, d));

    string Ratio(int a, int b, int c, int d) => $"{Pair(a, b)} : {Pair(c, d)}";

    string Corners(IReadOnlyList<int> p, int at) => Triangle(Name(p[at]) + Name(p[at + 1]) + Name(p[at + 2]));

    string Triangles(IReadOnlyList<int> p, string sign) => Formula(Corners(p, 0) + sign + Corners(p, 3));

    string Sum(Statement statement, Func<int, int, string> term)
    {
        var text = "";
        for (var i = 0; i < statement.Coefficients.Length; i++)
        {
            var (coefficient, one) = (statement.Coefficients[i], term(statement.Points[2 * i], statement.Points[(2 * i) + 1]));
            var sign = coefficient.IsNegative ? (i == 0 ? Minus : $" {Minus} ") : i == 0 ? "" : " + ";
            text += sign + (coefficient.Abs() == Fraction.One ? "" : Number(coefficient.Abs()) + Times) + one;
        }

        return text;
    }

    string Product(Statement statement)
    {
        var factors = statement.Coefficients.Select((exponent, i) => (Exponent: exponent, Text: Pair(statement.Points[2 * i], statement.Points[(2 * i) + 1]))).ToList();
        var above = string.Join(Times, factors.Where(factor => !factor.Exponent.IsNegative).Select(Raised));
        var below = string.Join(Times, factors.Where(factor => factor.Exponent.IsNegative).Select(factor => Raised((factor.Exponent.Abs(), factor.Text))));
        return below.Length == 0 ? above : Quotient(above.Length == 0 ? "1" : above, factors.Count(factor => factor.Exponent.IsNegative) > 1 ? $"({below})" : below);

        string Raised((Fraction Exponent, string Text) factor) => factor.Exponent == Fraction.One ? factor.Text : Power(factor.Text, factor.Exponent);
    }
}

/// <summary>Unicode.</summary>
sealed class PlainNotation(IReadOnlyList<string> names) : Notation(names)
{
    protected override string Parallel => " ∥ ";

    protected override string Perpendicular => " ⊥ ";

    protected override string Similar => " ∼ ";

    protected override string Congruent => " ≅ ";

    protected override string Minus => "−";

    protected override string Times => " · ";

    protected override string DegreeSign => "°";

    protected override string Name(int point) => this[point].ToString();

    protected override string Formula(string formula) => formula;

    protected override string Triangle(string corners) => "△" + corners;

    protected override string Angle(string first, string second) => $"∠({first}, {second})";

    protected override string DirectionOf(string line) => $"d({line})";

    protected override string Power(string of, Fraction exponent) => exponent == 2 ? of + "²" : $"{of}^{(exponent.Denominator.IsOne && !exponent.IsNegative ? exponent.Numerator.ToString(CultureInfo.InvariantCulture) : $"({Number(exponent)})")}";

    protected override string Quotient(string numerator, string denominator) => $"{numerator}/{denominator}";
}

/// <summary>LaTeX with amsmath and amssymb.</summary>
sealed class LatexNotation(IReadOnlyList<string> names) : Notation(names)
{
    protected override string Parallel => " \\parallel ";

    protected override string Perpendicular => " \\perp ";

    protected override string Similar => " \\sim ";

    protected override string Congruent => " \\cong ";

    protected override string Minus => "-";

    protected override string Times => " \\cdot ";

    protected override string DegreeSign => "^\\circ";

    protected override string Name(int point) => this[point].ToLatex();

    protected override string Formula(string formula) => $"${formula}$";

    protected override string Triangle(string corners) => "\\triangle " + corners;

    protected override string Angle(string first, string second) => $"\\angle({first}, {second})";

    protected override string DirectionOf(string line) => $"d({line})";

    protected override string Power(string of, Fraction exponent) => $"({of})^{{{Number(exponent)}}}";

    protected override string Quotient(string numerator, string denominator) => $"\\frac{{{numerator}}}{{{denominator}}}";
}
