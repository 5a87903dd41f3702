using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>Statements that only coordinates decide: what must not be equal, and order.</summary>
static class Guard
{
    public static bool Holds(Statement statement, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double tolerance)
    {
        var p = statement.Points.AsSpan();
        switch (statement.Predicate)
        {
            case Predicate.NotCollinear: return NotCollinear(p, x, y, tolerance);
            case Predicate.NotParallel: return Math.Abs(Cross(x, y, p[0], p[1], p[2], p[3])) > tolerance * Size(x, y, p[0], p[1], p[2], p[3]);
            case Predicate.NotPerpendicular: return Math.Abs(Dot(x, y, p[0], p[1], p[2], p[3])) > tolerance * Size(x, y, p[0], p[1], p[2], p[3]);
            case Predicate.Distinct: return Distinct(p, x, y, tolerance);
            case Predicate.SameSide: return Dot(x, y, p[0], p[1], p[0], p[2]) * Dot(x, y, p[3], p[4], p[3], p[5]) > 0;
            case Predicate.SameOrientation: return Cross(x, y, p[0], p[1], p[0], p[2]) * Cross(x, y, p[3], p[4], p[3], p[5]) > 0;
            case Predicate.Between:
                return Math.Abs(Cross(x, y, p[0], p[1], p[0], p[2])) <= tolerance * Size(x, y, p[1], p[2], p[1], p[2]) && Dot(x, y, p[0], p[1], p[0], p[2]) < 0;
            case Predicate.Obtuse: return Dot(x, y, p[1], p[0], p[1], p[2]) < 0;
            default: throw new ArgumentOutOfRangeException(nameof(statement), statement.Predicate, null);
        }
    }

    /// <summary>(B - A) × (D - C).</summary>
    static double Cross(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int a, int b, int c, int d) => (x[b] - x[a]) * (y[d] - y[c]) - (y[b] - y[a]) * (x[d] - x[c]);

    static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int a, int b, int c, int d) => (x[b] - x[a]) * (x[d] - x[c]) + (y[b] - y[a]) * (y[d] - y[c]);

    static double Length(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int a, int b) => Math.Sqrt(Dot(x, y, a, b, a, b));

    static double Size(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int a, int b, int c, int d) => Length(x, y, a, b) * Length(x, y, c, d);

    /// <summary>Some three of the points are the corners of a triangle that is not flat.</summary>
    static bool NotCollinear(ReadOnlySpan<int> p, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double tolerance)
    {
        for (var i = 0; i < p.Length; i++)
            for (var j = i + 1; j < p.Length; j++)
                for (var k = j + 1; k < p.Length; k++)
                {
                    var longest = Math.Max(Length(x, y, p[i], p[j]), Math.Max(Length(x, y, p[j], p[k]), Length(x, y, p[k], p[i])));
                    if (Math.Abs(Cross(x, y, p[i], p[j], p[i], p[k])) > tolerance * longest * longest) return true;
                }
        return false;
    }

    static bool Distinct(ReadOnlySpan<int> p, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double tolerance)
    {
        for (var i = 0; i < p.Length; i++)
            for (var j = i + 1; j < p.Length; j++)
                if (!(Length(x, y, p[i], p[j]) > tolerance)) return false;
        return true;
    }
}
