using System.Diagnostics;
using Fractions;
using Tern.Geometry.Language;

namespace Tern.Geometry.Engine;

/// <summary>Statements as linear forms that are zero. What no form says, or what is not so in the figure, is null.</summary>
static class Equations
{
    /// <summary>The largest error in the figure of what is taken for true: drawn coordinates are far better, those of wrong equations far worse.</summary>
    const double Tolerance = 1e-6;

    /// <summary>The equation of one statement in a system; null where it is none there.</summary>
    public static LinearForm? Of(Statement statement, EquationSystem system, Figure figure)
    {
        var p = statement.Points.AsSpan();
        if (!statement.Predicate.TakesPairs() || (system != EquationSystem.Squares && !AreDistinct(p, figure))) return null;
        return system switch
        {
            EquationSystem.Directions => DirectionsOf(statement, p, figure),
            EquationSystem.Logs => LogsOf(statement, p, figure),
            EquationSystem.Lengths => LengthsOf(statement, p, figure),
            EquationSystem.Squares => SquaresOf(statement, p, figure),
            _ => throw new UnreachableException(),
        };
    }

    static bool AreDistinct(ReadOnlySpan<int> points, Figure figure)
    {
        for (var i = 0; i < points.Length; i += 2)
            if (!figure.AreDistinct(points[i], points[i + 1])) return false;
        return true;
    }

    static LinearForm? DirectionsOf(Statement statement, ReadOnlySpan<int> p, Figure figure) => statement.Predicate switch
    {
        Predicate.Parallel => Directions(figure, Rational.Zero, Plus(p, 0), Minus(p, 1)),
        Predicate.Perpendicular => Directions(figure, Rational.Half, Plus(p, 0), Minus(p, 1)),
        Predicate.EqualAngles => Directions(figure, Rational.Zero, Plus(p, 0), Minus(p, 1), Minus(p, 2), Plus(p, 3)),
        Predicate.AngleValue => Directions(figure, Rational.Of(statement.Value!.Value), Plus(p, 1), Minus(p, 0)),
        Predicate.AngleSum => Directions(figure, Rational.Of(statement.Value!.Value), Terms(statement)),
        _ => null,
    };

    static LinearForm? LogsOf(Statement statement, ReadOnlySpan<int> p, Figure figure) => statement.Predicate switch
    {
        Predicate.EqualLengths => Logs(figure, Fraction.One, Rational.One, Plus(p, 0), Minus(p, 1)),
        Predicate.EqualRatios => Logs(figure, Fraction.One, Rational.One, Plus(p, 0), Minus(p, 1), Minus(p, 2), Plus(p, 3)),
        Predicate.RatioValue => Logs(figure, statement.Value!.Value, Rational.One, Plus(p, 0), Minus(p, 1)),
        Predicate.SquaredRatioValue => Logs(figure, statement.Value!.Value, Rational.Half, Plus(p, 0), Minus(p, 1)),
        Predicate.LengthValue => Logs(figure, statement.Value!.Value, Rational.One, Plus(p, 0)),
        Predicate.SquaredLengthValue => Logs(figure, statement.Value!.Value, Rational.Half, Plus(p, 0)),
        Predicate.LengthProduct => Logs(figure, statement.Value!.Value, Rational.One, Terms(statement)),
        _ => null,
    };

    static LinearForm? LengthsOf(Statement statement, ReadOnlySpan<int> p, Figure figure) => statement.Predicate switch
    {
        Predicate.EqualLengths => Lengths(figure, Rational.Zero, Plus(p, 0), Minus(p, 1)),
        Predicate.RatioValue => Lengths(figure, Rational.Zero, Plus(p, 0), Times(p, 1, -Rational.Of(statement.Value!.Value))),
        Predicate.LengthValue => Lengths(figure, Rational.Of(statement.Value!.Value), Plus(p, 0)),
        Predicate.LengthSum => Lengths(figure, Rational.Of(statement.Value!.Value), Terms(statement)),
        _ => null,
    };

    static LinearForm? SquaresOf(Statement statement, ReadOnlySpan<int> p, Figure figure)
    {
        var value = statement.Value is { } given ? Rational.Of(given) : Rational.Zero;
        return statement.Predicate switch
        {
            Predicate.EqualLengths => Squares(figure, Rational.Zero, Segment(p[0], p[1]), Segment(p[2], p[3], -1)),
            Predicate.RatioValue => Squares(figure, Rational.Zero, Segment(p[0], p[1]), new(p[2], p[3], -(value * value))),
            Predicate.SquaredRatioValue => Squares(figure, Rational.Zero, Segment(p[0], p[1]), new(p[2], p[3], -value)),
            Predicate.LengthValue => Squares(figure, value * value, Segment(p[0], p[1])),
            Predicate.SquaredLengthValue => Squares(figure, value, Segment(p[0], p[1])),
            Predicate.Perpendicular => Squares(figure, Rational.Zero, Segment(p[0], p[2]), Segment(p[1], p[3]), Segment(p[0], p[3], -1), Segment(p[1], p[2], -1)),
            Predicate.SquaredLengthSum => Squares(figure, value, [.. statement.Coefficients.Select((c, i) => new Square(statement.Points[2 * i], statement.Points[2 * i + 1], Rational.Of(c)))]),
            _ => null,
        };
    }

    static Term Plus(ReadOnlySpan<int> p, int pair) => Times(p, pair, Rational.One);

    static Term Minus(ReadOnlySpan<int> p, int pair) => Times(p, pair, Rational.MinusOne);

    static Term Times(ReadOnlySpan<int> p, int pair, Rational coefficient) => new(Figure.Pair(p[2 * pair], p[2 * pair + 1]), coefficient);

    static Term[] Terms(Statement statement) =>
        [.. statement.Coefficients.Select((coefficient, i) => new Term(Figure.Pair(statement.Points[2 * i], statement.Points[2 * i + 1]), Rational.Of(coefficient)))];

    /// <summary>Σ c d = value + k, with the integer k of the figure.</summary>
    public static LinearForm? Directions(Figure figure, Rational value, params ReadOnlySpan<Term> terms)
    {
        var sum = -value.ToDouble();
        foreach (var term in terms) sum += term.Coefficient.ToDouble() * figure.Directions[term.Variable];
        var turns = Math.Round(sum);
        if (!(Math.Abs(sum - turns) < Tolerance)) return null;
        return LinearForm.Of([.. terms, new Term(LinearForm.FirstConstant, -(value + new Rational((long)turns)))]);
    }

    /// <summary>Σ c log = exponent * log value.</summary>
    public static LinearForm? Logs(Figure figure, Fraction value, Rational exponent, params ReadOnlySpan<Term> terms)
    {
        if (value.Numerator.Sign <= 0) return null;
        var sum = -Math.Log(value.ToDouble()) * exponent.ToDouble();
        foreach (var term in terms) sum += term.Coefficient.ToDouble() * figure.LogLengths[term.Variable];
        if (!(Math.Abs(sum) < Tolerance)) return null;
        if (value == Fraction.One) return LinearForm.Of(terms);
        var all = new List<Term>();
        all.AddRange(terms);
        LogAtoms.AddTo(all, value, -exponent);
        return LinearForm.Of([.. all]);
    }

    /// <summary>Σ c |..| = value.</summary>
    public static LinearForm? Lengths(Figure figure, Rational value, params ReadOnlySpan<Term> terms)
    {
        var (sum, size) = (-value.ToDouble(), Math.Abs(value.ToDouble()));
        foreach (var term in terms)
        {
            var length = term.Coefficient.ToDouble() * figure.Lengths[term.Variable];
            (sum, size) = (sum + length, Math.Max(size, Math.Abs(length)));
        }
        if (!(Math.Abs(sum) < Tolerance * size)) return null;
        return value.IsZero ? LinearForm.Of(terms) : LinearForm.Of([.. terms, new Term(LinearForm.FirstConstant, -value)]);
    }

    /// <summary>c |AB|².</summary>
    public readonly record struct Square(int A, int B, Rational Coefficient);

    public static Square Segment(int a, int b, int coefficient = 1) => new(a, b, new Rational(coefficient));

    /// <summary>Σ c |..|² = value, without the squares of points and themselves.</summary>
    public static LinearForm? Squares(Figure figure, Rational value, params ReadOnlySpan<Square> squares)
    {
        var terms = new List<Term>(squares.Length + 1);
        var (sum, size) = (-value.ToDouble(), Math.Abs(value.ToDouble()));
        foreach (var (a, b, coefficient) in squares)
        {
            if (a == b) continue;
            if (!figure.AreDistinct(a, b)) return null;
            var length = figure.Lengths[Figure.Pair(a, b)];
            var square = coefficient.ToDouble() * length * length;
            (sum, size) = (sum + square, Math.Max(size, Math.Abs(square)));
            terms.Add(new Term(Figure.Pair(a, b), coefficient));
        }
        if (!(Math.Abs(sum) < Tolerance * size)) return null;
        if (!value.IsZero) terms.Add(new Term(LinearForm.FirstConstant, -value));
        return LinearForm.Of([.. terms]);
    }

    static Term D(int a, int b, int coefficient) => new(Figure.Pair(a, b), new Rational(coefficient));

    /// <summary>d(AB) = d(CD).</summary>
    public static LinearForm? Parallel(Figure figure, int a, int b, int c, int d) => Directions(figure, Rational.Zero, D(a, b, 1), D(c, d, -1));

    /// <summary>d(AB) - d(CD) = d(EF) - d(GH).</summary>
    public static LinearForm? EqualAngles(Figure figure, int a, int b, int c, int d, int e, int f, int g, int h) =>
        Directions(figure, Rational.Zero, D(a, b, 1), D(c, d, -1), D(e, f, -1), D(g, h, 1));

    /// <summary>|AB| = |CD|, among log-lengths.</summary>
    public static LinearForm? EqualLogs(Figure figure, int a, int b, int c, int d) => Logs(figure, Fraction.One, Rational.One, D(a, b, 1), D(c, d, -1));

    /// <summary>|AB| : |CD| = |EF| : |GH|.</summary>
    public static LinearForm? EqualRatios(Figure figure, int a, int b, int c, int d, int e, int f, int g, int h) =>
        Logs(figure, Fraction.One, Rational.One, D(a, b, 1), D(c, d, -1), D(e, f, -1), D(g, h, 1));

    /// <summary>Of triangles ABC DEF: d(AB) ∓ d(DE) = d(BC) ∓ d(EF), or from another corner on.</summary>
    public static LinearForm? TriangleAngles(Figure figure, ReadOnlySpan<int> p, int corner, int sign)
    {
        var (i, j, k) = (corner, (corner + 1) % 3, (corner + 2) % 3);
        return Directions(figure, Rational.Zero, D(p[i], p[j], 1), D(p[j], p[k], -1), D(p[i + 3], p[j + 3], -sign), D(p[j + 3], p[k + 3], sign));
    }

    /// <summary>|AB| : |DE| = |BC| : |EF|, or from another corner on.</summary>
    public static LinearForm? TriangleSides(Figure figure, ReadOnlySpan<int> p, int corner)
    {
        var (i, j, k) = (corner, (corner + 1) % 3, (corner + 2) % 3);
        return EqualRatios(figure, p[i], p[j], p[i + 3], p[j + 3], p[j], p[k], p[j + 3], p[k + 3]);
    }

    /// <summary>|AB| = |CD|, among lengths.</summary>
    public static LinearForm? EqualLengths(Figure figure, int a, int b, int c, int d) => Lengths(figure, Rational.Zero, D(a, b, 1), D(c, d, -1));

    /// <summary>2 d(AB) = d(OA) + d(OB).</summary>
    public static LinearForm? BaseAngles(Figure figure, int o, int a, int b) => Directions(figure, Rational.Zero, D(a, b, 2), D(o, a, -1), D(o, b, -1));

    /// <summary>2 d(AI) = d(AB) + d(AC).</summary>
    public static LinearForm? Bisector(Figure figure, int i, int a, int b, int c) => Directions(figure, Rational.Zero, D(a, i, 2), D(a, b, -1), D(a, c, -1));

    /// <summary>|AB| + |BC| = |AC|.</summary>
    public static LinearForm? Sum(Figure figure, int a, int b, int c) => Lengths(figure, Rational.Zero, D(a, b, 1), D(b, c, 1), D(a, c, -1));

    /// <summary>2 |XA|² + 2 |XC|² = 4 |XB|² + |AC|².</summary>
    public static LinearForm? Median(Figure figure, int x, int a, int b, int c) => Squares(figure, Rational.Zero, Segment(x, a, 2), Segment(x, c, 2), Segment(x, b, -4), Segment(a, c, -1));
}
