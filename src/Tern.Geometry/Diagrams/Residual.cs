using System.Numerics;
using Fractions;
using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>
/// Statements as equations of coordinates, each scaled so that its error has no unit: sines of angles between directions, differences of lengths as a share of the longest.
/// Zero where true; smooth near zero, so that Newton's method can use them.
/// </summary>
static class Residual
{
    /// <summary>How many equations <see cref="Fill"/> writes.</summary>
    public static int Count(Statement statement) => statement.Predicate switch
    {
        Predicate.Collinear => statement.Points.Length - 2,
        Predicate.Concyclic => statement.Points.Length - 3,
        Predicate.CircleCentre => statement.Points.Length - 2,
        Predicate.Midpoint or Predicate.Similar or Predicate.MirroredSimilar or Predicate.Coincident => 2,
        Predicate.Congruent or Predicate.MirroredCongruent => 3,
        Predicate.FindAngle or Predicate.FindRatio => 0,
        _ => statement.IsGuard ? 0 : 1,
    };

    /// <summary>The largest of the equations' errors, without sign. NaN where a line is through one place only.</summary>
    public static double Of(Statement statement, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double unit)
    {
        var count = Count(statement);
        Span<double> errors = count <= 16 ? stackalloc double[16] : new double[count];
        Fill(statement, x, y, unit, errors);
        var largest = 0.0;
        foreach (var error in errors[..count]) largest = Math.Max(largest, Math.Abs(error));
        return largest;
    }

    /// <param name="unit">How many lengths of the coordinates are one length of a statement's value.</param>
    public static void Fill(Statement statement, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double unit, Span<double> errors)
    {
        var points = statement.Points.AsSpan();
        var plane = new Plane(x, y, points);
        switch (statement.Predicate)
        {
            case Predicate.Collinear: Collinear(plane, errors); break;
            case Predicate.Concyclic: Concyclic(plane, errors); break;
            case Predicate.CircleCentre: CircleCentre(plane, errors); break;
            case Predicate.Parallel: errors[0] = (plane.Direction(2, 3) * Complex.Conjugate(plane.Direction(0, 1))).Imaginary; break;
            case Predicate.Perpendicular: errors[0] = (plane.Direction(2, 3) * Complex.Conjugate(plane.Direction(0, 1))).Real; break;
            case Predicate.EqualLengths: errors[0] = Difference(plane.Length(0, 1), plane.Length(2, 3)); break;
            case Predicate.EqualAngles:
                errors[0] = (plane.Direction(0, 1) * plane.Direction(6, 7) * Complex.Conjugate(plane.Direction(2, 3) * plane.Direction(4, 5))).Imaginary;
                break;
            case Predicate.EqualRatios: errors[0] = Difference(plane.Length(0, 1) * plane.Length(6, 7), plane.Length(2, 3) * plane.Length(4, 5)); break;
            case Predicate.Midpoint:
                var middle = (plane.Vector(0, 1) + plane.Vector(0, 2)) / plane.Length(1, 2);
                (errors[0], errors[1]) = (middle.Real, middle.Imaginary);
                break;
            case Predicate.Coincident: (errors[0], errors[1]) = (plane.Vector(0, 1).Real, plane.Vector(0, 1).Imaginary); break;
            case Predicate.Similar: Similar(plane, false, errors); break;
            case Predicate.MirroredSimilar: Similar(plane, true, errors); break;
            case Predicate.Congruent or Predicate.MirroredCongruent:
                Similar(plane, statement.Predicate == Predicate.MirroredCongruent, errors);
                errors[2] = Difference(plane.Length(0, 1) + plane.Length(1, 2) + plane.Length(2, 0), plane.Length(3, 4) + plane.Length(4, 5) + plane.Length(5, 3));
                break;
            case Predicate.AngleValue:
                errors[0] = (plane.Direction(2, 3) * Complex.Conjugate(plane.Direction(0, 1) * Complex.FromPolarCoordinates(1, Math.PI * Number(statement.Value)))).Imaginary;
                break;
            case Predicate.RatioValue: errors[0] = Difference(plane.Length(0, 1), Number(statement.Value) * plane.Length(2, 3)); break;
            case Predicate.SquaredRatioValue: errors[0] = Difference(plane.Length(0, 1), Math.Sqrt(Number(statement.Value)) * plane.Length(2, 3)); break;
            case Predicate.LengthValue: errors[0] = Difference(plane.Length(0, 1), Number(statement.Value) * unit); break;
            case Predicate.SquaredLengthValue: errors[0] = Difference(plane.Length(0, 1), Math.Sqrt(Number(statement.Value)) * unit); break;
            case Predicate.AngleSum or Predicate.LengthProduct or Predicate.LengthSum or Predicate.SquaredLengthSum: errors[0] = Sum(statement, plane, unit); break;
        }
    }

    static double Number(Fraction? value) => value!.Value.ToDouble();

    static double Difference(double a, double b) => (a - b) / Math.Max(a, b);

    /// <summary>Height over the longest side, for each point over the two that are farthest apart.</summary>
    static void Collinear(Plane plane, Span<double> errors)
    {
        var (first, last) = plane.Farthest(0);
        var direction = plane.Vector(first, last);
        var square = direction.Real * direction.Real + direction.Imaginary * direction.Imaginary;
        for (int i = 0, k = 0; i < plane.Count; i++)
            if (i != first && i != last) errors[k++] = (plane.Vector(first, i) * Complex.Conjugate(direction)).Imaginary / square;
    }

    /// <summary>The imaginary part of the cross-ratio's numerator with its denominator, over the largest of Ptolemy's three products.</summary>
    static void Concyclic(Plane plane, Span<double> errors)
    {
        var (a, b) = plane.Farthest(0);
        var c = -1;
        var best = -1.0;
        for (var i = 0; i < plane.Count; i++)
        {
            var reach = Math.Min(plane.Length(i, a), plane.Length(i, b));
            if (i != a && i != b && reach > best) (c, best) = (i, reach);
        }
        for (int i = 0, k = 0; i < plane.Count; i++)
        {
            if (i == a || i == b || i == c) continue;
            var product = plane.Vector(c, a) * plane.Vector(i, b) * Complex.Conjugate(plane.Vector(c, b) * plane.Vector(i, a));
            var largest = Math.Max(plane.Length(a, c) * plane.Length(b, i), Math.Max(plane.Length(b, c) * plane.Length(a, i), plane.Length(a, b) * plane.Length(c, i)));
            errors[k++] = product.Imaginary / (largest * largest);
        }
    }

    static void CircleCentre(Plane plane, Span<double> errors)
    {
        var radius = plane.Length(0, 1);
        for (var i = 2; i < plane.Count; i++) errors[i - 2] = Difference(radius, plane.Length(0, i));
    }

    /// <summary>(B - A)(F - D) = (C - A)(E - D), the second triangle's sides conjugated where it is mirrored.</summary>
    static void Similar(Plane plane, bool mirrored, Span<double> errors)
    {
        var (de, df) = (plane.Vector(3, 4), plane.Vector(3, 5));
        if (mirrored) (de, df) = (Complex.Conjugate(de), Complex.Conjugate(df));
        var (left, right) = (plane.Vector(0, 1) * df, plane.Vector(0, 2) * de);
        var difference = (left - right) / Math.Max(Complex.Abs(left), Complex.Abs(right));
        (errors[0], errors[1]) = (difference.Real, difference.Imaginary);
    }

    static double Sum(Statement statement, Plane plane, double unit)
    {
        var value = Number(statement.Value);
        var (sum, size) = (0.0, 0.0);
        for (var i = 0; i < statement.Coefficients.Length; i++)
        {
            var coefficient = statement.Coefficients[i].ToDouble();
            var term = coefficient * statement.Predicate switch
            {
                Predicate.AngleSum => plane.Angle(2 * i, 2 * i + 1),
                Predicate.LengthProduct => Math.Log(plane.Length(2 * i, 2 * i + 1) / unit),
                Predicate.LengthSum => plane.Length(2 * i, 2 * i + 1) / unit,
                _ => Math.Pow(plane.Length(2 * i, 2 * i + 1) / unit, 2),
            };
            sum += term;
            size = Math.Max(size, Math.Abs(term));
        }
        return statement.Predicate switch
        {
            Predicate.AngleSum => Math.Sin(Math.PI * (sum - value)),
            Predicate.LengthProduct => sum - Math.Log(value),
            _ => (sum - value) / Math.Max(size, Math.Abs(value)),
        };
    }

    /// <summary>The points of one statement as complex numbers.</summary>
    readonly ref struct Plane(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<int> points)
    {
        readonly ReadOnlySpan<double> _x = x, _y = y;
        readonly ReadOnlySpan<int> _points = points;

        public int Count => _points.Length;

        public Complex Vector(int from, int to) => new(_x[_points[to]] - _x[_points[from]], _y[_points[to]] - _y[_points[from]]);

        public double Length(int from, int to)
        {
            var (dx, dy) = (_x[_points[to]] - _x[_points[from]], _y[_points[to]] - _y[_points[from]]);
            return Math.Sqrt(dx * dx + dy * dy);
        }

        public Complex Direction(int from, int to) => Vector(from, to) / Length(from, to);

        /// <summary>d of a line in units of π, in [0, 1).</summary>
        public double Angle(int from, int to)
        {
            var vector = Vector(from, to);
            var angle = Math.Atan2(vector.Imaginary, vector.Real) / Math.PI;
            return angle < 0 ? angle + 1 : angle >= 1 ? angle - 1 : angle;
        }

        public (int, int) Farthest(int start)
        {
            var (first, last, best) = (start, start + 1, -1.0);
            for (var i = start; i < Count; i++)
                for (var j = i + 1; j < Count; j++)
                {
                    var length = Length(i, j);
                    if (length > best) (first, last, best) = (i, j, length);
                }
            return (first, last);
        }
    }
}
