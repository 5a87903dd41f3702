using Tern.Geometry.Diagrams;

namespace Tern.Geometry.Engine;

/// <summary>
/// What is true in the coordinates, proved or not: directions and lengths of all pairs of points, and the <see cref="Lookalikes"/> of them. The closure tries only what is true there.
/// </summary>
sealed class Figure
{
    /// <summary>As many points as a bit mask holds.</summary>
    public const int MaxPoints = 64;

    /// <summary>Two places nearer than this share of the figure's size are one.</summary>
    const double SamePlace = 1e-7;

    readonly double[] _x, _y;
    readonly double _size;

    public Figure(Diagram diagram)
    {
        if (diagram.Count > MaxPoints) throw new ArgumentException($"{diagram.Count} points; the engine takes {MaxPoints} at most.");
        (Diagram, _x, _y) = (diagram, diagram.X, diagram.Y);
        for (var i = 0; i < Count; i++) _size = Math.Max(_size, Math.Max(Math.Abs(_x[i] - _x[0]), Math.Abs(_y[i] - _y[0])));
        var pairs = PairCount(Count);
        (Directions, LogLengths, Lengths) = (new double[pairs], new double[pairs], new double[pairs]);
        for (var j = 1; j < Count; j++)
            for (var i = 0; i < j; i++)
            {
                var pair = Pair(i, j);
                Directions[pair] = diagram.Direction(i, j);
                var distance = diagram.Distance(i, j);
                if (distance <= SamePlace * _size)
                {
                    CoincidentPairs.Add((i, j));
                    Lengths[pair] = 0;
                    LogLengths[pair] = double.NegativeInfinity;
                    continue;
                }
                Lengths[pair] = distance / diagram.Unit;
                LogLengths[pair] = Math.Log(Lengths[pair]);
            }
    }

    public Diagram Diagram { get; }

    public int Count => _x.Length;

    /// <summary>By pair: d(AB) in [0, 1).</summary>
    public double[] Directions { get; }

    /// <summary>By pair.</summary>
    public double[] LogLengths { get; }

    /// <summary>By pair; zero of two points in one place.</summary>
    public double[] Lengths { get; }

    public List<(int First, int Second)> CoincidentPairs { get; } = [];

    public static int PairCount(int points) => points * (points - 1) / 2;

    /// <summary>The number of an unordered pair: those of later points come later.</summary>
    public static int Pair(int i, int j) => i < j ? j * (j - 1) / 2 + i : i * (i - 1) / 2 + j;

    /// <summary>The points of a pair by its number.</summary>
    public static (int A, int B) Ends(int pair)
    {
        var second = (int)((1 + Math.Sqrt(1 + 8.0 * pair)) / 2);
        while (second * (second - 1) / 2 > pair) second--;
        while ((second + 1) * second / 2 <= pair) second++;
        return (pair - second * (second - 1) / 2, second);
    }

    public bool AreDistinct(int i, int j) => i != j && Lengths[Pair(i, j)] > 0;

    public double X(int point) => _x[point];

    public double Y(int point) => _y[point];

    /// <summary>Sine of the angle at A between AB and AC.</summary>
    public double Sine(int a, int b, int c)
    {
        var unit = Diagram.Unit;
        return Diagram.Area(a, b, c) / (Lengths[Pair(a, b)] * Lengths[Pair(a, c)] * unit * unit);
    }

    /// <summary>On a line, to <see cref="Lookalikes.Tolerance"/>.</summary>
    public bool AreCollinear(int a, int b, int c)
    {
        var (ab, bc, ca) = (Lengths[Pair(a, b)], Lengths[Pair(b, c)], Lengths[Pair(c, a)]);
        var unit = Diagram.Unit;
        return Math.Abs(Diagram.Area(a, b, c)) <= Lookalikes.Tolerance * 10 * unit * unit * Math.Max(ab * bc, Math.Max(bc * ca, ca * ab));
    }

    /// <summary>The difference from the nearest integer.</summary>
    public static double Centred(double angle) => angle - Math.Round(angle);
}
