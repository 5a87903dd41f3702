using System.Collections.Immutable;
using System.Numerics;
using Fractions;
using Tern.Geometry.Language;

namespace Tern.Geometry.Algebra;

/// <summary>The shape of the places at which an equation of one point is true.</summary>
enum LocusForm
{
    Line,
    Circle,

    /// <summary>Two lines through a point that have the directions whose squares are known: bisectors of an angle.</summary>
    Bisectors,

    /// <summary>Another curve of degree two, such as the hyperbola of the points that see two sides of a triangle under equal angles.</summary>
    Conic,
}

/// <summary>Where a point may be so that one equation of a statement about it and earlier points is true.</summary>
/// <param name="Equation">Which equation of the statement.</param>
/// <param name="Vertex">The point through which bisectors go.</param>
/// <param name="IsChoice">The statement is none of the problem's: it says which of several places is meant.</param>
/// <param name="Bisectors">Of which the line is one.</param>
sealed record PointLocus(Statement Statement, int Equation, LocusForm Form, int Vertex = -1, bool IsChoice = false, PointLocus? Bisectors = null)
{
    /// <summary>All equations of a statement that are conditions of a point, by their shape in one figure.</summary>
    public static IEnumerable<PointLocus> Of(Statement statement, int point, ModularFigure figure)
    {
        if (OccurrencesOf(point, statement) > 2 || Values(statement, point, figure.Places[point], figure.Places, figure) is not { } equations) yield break;
        for (var i = 0; i < equations.Count; i++)
        {
            var k = Coefficients(statement, i, point, figure.Places, figure);
            var probe = figure.Random();
            if (!(k.At(probe) - Values(statement, point, probe, figure.Places, figure)![i] * figure.Number(4)).IsZero) continue;
            if (k.IsBilinear)
            {
                if (k.Zw.IsZero && k.Z.IsZero && k.W.IsZero) continue;
                yield return new PointLocus(statement, i, k.Zw.IsZero ? LocusForm.Line : LocusForm.Circle);
            }
            else if (k.IsQuadratic)
            {
                var vertex = VertexOf(statement, point);
                yield return new PointLocus(statement, i, vertex >= 0 ? LocusForm.Bisectors : LocusForm.Conic, vertex);
            }
        }
    }

    /// <summary>The line or circle.</summary>
    public Curve<T> Curve<T>(int point, Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T>
    {
        T At(int z, int w) => Values(Statement, point, new(arithmetic.Number(z), arithmetic.Number(w)), places, arithmetic)![Equation];
        var delta = At(0, 0);
        var (beta, gamma) = (At(1, 0) - delta, At(0, 1) - delta);
        return new(Form == LocusForm.Line ? arithmetic.Number(0) : At(1, 1) - beta - gamma - delta, beta, gamma, delta);
    }

    /// <summary>Of bisectors: P and Q of P u² + Q v² = 0 for displacements (u, v) from the vertex.</summary>
    public (T P, T Q) Squares<T>(int point, Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T>
    {
        var vertex = places[Vertex];
        var one = arithmetic.Number(1);
        return (Values(Statement, point, vertex with { Z = vertex.Z + one }, places, arithmetic)![Equation], Values(Statement, point, vertex with { W = vertex.W + one }, places, arithmetic)![Equation]);
    }

    /// <summary>Four times the coefficients of the equation as a polynomial of the point's coordinates.</summary>
    public Biquadratic<T> Coefficients<T>(int point, Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T> => Coefficients(Statement, Equation, point, places, arithmetic);

    /// <summary>What must be zero for the locus to have its form in all figures, not only in those that were tried.</summary>
    public IEnumerable<T> Claims<T>(int point, Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T>
    {
        if (Form is LocusForm.Bisectors or LocusForm.Conic) return [];
        var k = Coefficients(point, places, arithmetic);
        List<T> none = [k.ZZ, k.WW, k.ZZW, k.ZWW, k.ZZWW];
        if (Form == LocusForm.Line) none.Add(k.Zw);
        if (Bisectors is null) return none;
        var line = Curve(point, places, arithmetic);
        var (p, q) = Bisectors.Squares(point, places, arithmetic);
        return [.. none, line.At(places[Bisectors.Vertex]), p * line.Gamma * line.Gamma + q * line.Beta * line.Beta];
    }

    /// <summary>Of sums and products with coefficients, a bound of the degree of the equation in each coordinate of the point; of others it is two at most.</summary>
    static Fraction OccurrencesOf(int point, Statement statement)
    {
        if (statement.Predicate is not (Predicate.AngleSum or Predicate.LengthProduct)) return Fraction.Zero;
        var common = statement.Coefficients.Aggregate(BigInteger.One, (product, coefficient) => product * coefficient.Denominator / BigInteger.GreatestCommonDivisor(product, coefficient.Denominator));
        var sum = Fraction.Zero;
        for (var i = 0; i < statement.Coefficients.Length; i++)
            if (statement.Points[2 * i] == point || statement.Points[2 * i + 1] == point) sum += statement.Coefficients[i].Abs() * common;
        return sum;
    }

    /// <summary>Null where the statement is no equation of coordinates. <paramref name="places"/> are left as they were.</summary>
    public static List<T>? Values<T>(Statement statement, int point, Isotropic<T> place, Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T>
    {
        var before = places[point];
        places[point] = place;
        var values = Equations.Of(statement, places, arithmetic);
        places[point] = before;
        return values;
    }

    static Biquadratic<T> Coefficients<T>(Statement statement, int equation, int point, Isotropic<T>[] places, IArithmetic<T> arithmetic) where T : IRingElement<T>
    {
        var f = new T[3, 3];
        for (var z = -1; z <= 1; z++)
            for (var w = -1; w <= 1; w++)
                f[z + 1, w + 1] = Values(statement, point, new(arithmetic.Number(z), arithmetic.Number(w)), places, arithmetic)![equation];
        // By rows in w, then by columns: twice the coefficients of 1, w, w².
        var (two, rows) = (arithmetic.Number(2), new T[3, 3]);
        for (var z = 0; z < 3; z++) (rows[z, 0], rows[z, 1], rows[z, 2]) = (two * f[z, 1], f[z, 2] - f[z, 0], f[z, 2] + f[z, 0] - two * f[z, 1]);
        var k = new T[3, 3];
        for (var w = 0; w < 3; w++) (k[0, w], k[1, w], k[2, w]) = (two * rows[1, w], rows[2, w] - rows[0, w], rows[2, w] + rows[0, w] - two * rows[1, w]);
        return new(k[0, 0], k[1, 0], k[0, 1], k[1, 1], k[2, 0], k[0, 2], k[2, 1], k[1, 2], k[2, 2]);
    }

    /// <summary>The other point of two lines through the new one, where two of the four lines of an equation of angles are those, and on one side of it; else -1.</summary>
    static int VertexOf(Statement statement, int point)
    {
        if (statement.Predicate != Predicate.EqualAngles) return -1;
        var p = statement.Points;
        ImmutableArray<int> lines = [.. Enumerable.Range(0, 4).Where(line => p[2 * line] == point || p[2 * line + 1] == point)];
        if (lines.Length != 2) return -1;
        var (a, b) = (Other(lines[0]), Other(lines[1]));
        return a == b ? a : -1;

        int Other(int line) => p[2 * line] == point ? p[2 * line + 1] : p[2 * line];
    }
}

/// <summary>The coefficients of a polynomial of degree two in z and in w.</summary>
readonly record struct Biquadratic<T>(T One, T Z, T W, T Zw, T ZZ, T WW, T ZZW, T ZWW, T ZZWW) where T : IRingElement<T>
{
    public bool IsQuadratic => ZZW.IsZero && ZWW.IsZero && ZZWW.IsZero;

    public bool IsBilinear => IsQuadratic && ZZ.IsZero && WW.IsZero;

    public T At(Isotropic<T> p) => One + Z * p.Z + W * p.W + Zw * p.Z * p.W + ZZ * p.Z * p.Z + WW * p.W * p.W + (ZZW * p.Z + ZWW * p.W + ZZWW * p.Z * p.W) * p.Z * p.W;
}
