using System.Numerics;
using Tern.Geometry.Engine;
using Vector = Tern.Geometry.Diagrams.Vector;

namespace Tern.Geometry.Search;

/// <summary>
/// Counts what passes through a place: lines through two points of a figure, circles through three, perpendicular bisectors of two.
/// Each is k (x² + y²) + a x + b y + c = 0, scaled so that the left side is the distance for places nearby; those that are one in the diagram are counted once.
/// </summary>
sealed class Incidence
{
    const double Tolerance = 1e-7;

    readonly double[] _k, _a, _b, _c;

    public Incidence(Figure figure)
    {
        var seen = new HashSet<(long, long, long)>();
        var all = new List<(double K, double A, double B, double C)>();
        for (var j = 1; j < figure.Count; j++)
            for (var i = 0; i < j; i++)
            {
                if (!figure.AreDistinct(i, j)) continue;
                Vector p = new(figure.X(i), figure.Y(i)), q = new(figure.X(j), figure.Y(j));
                AddLine(p, (q - p).Normal.Unit);
                AddLine((p + q) / 2, (q - p).Unit);
            }
        for (var c = 2; c < figure.Count; c++)
            for (var b = 1; b < c; b++)
                for (var a = 0; a < b; a++)
                {
                    if (!figure.AreDistinct(a, b) || !figure.AreDistinct(b, c) || !figure.AreDistinct(a, c) || figure.AreCollinear(a, b, c)) continue;
                    var centre = Diagrams.Locus.Circumcentre(CurveFinder.Place(figure, a), CurveFinder.Place(figure, b), CurveFinder.Place(figure, c));
                    var radius = centre.DistanceTo(CurveFinder.Place(figure, a));
                    // Larger circles are lines, as far as the diagram goes.
                    if (radius < 100) Add(0.5 / radius, -centre.X / radius, -centre.Y / radius, (centre.SquaredLength - radius * radius) / (2 * radius));
                }
        var width = Vector<double>.Count;
        var padded = (all.Count + width - 1) / width * width;
        (_k, _a, _b, _c) = (new double[padded], new double[padded], new double[padded], new double[padded]);
        Array.Fill(_c, 1);
        for (var i = 0; i < all.Count; i++) (_k[i], _a[i], _b[i], _c[i]) = all[i];

        void AddLine(Vector point, Vector normal)
        {
            if (normal.X < 0 || normal.X == 0 && normal.Y < 0) normal = -normal;
            Add(0, normal.X, normal.Y, -normal.Dot(point));
        }

        void Add(double k, double a, double b, double c)
        {
            if (seen.Add(((long)Math.Round(a * 1e6), (long)Math.Round(b * 1e6), (long)Math.Round(c * 1e6)))) all.Add((k, a, b, c));
        }
    }

    public int Count(Vector place)
    {
        var width = Vector<double>.Count;
        Vector<double> x = new(place.X), y = new(place.Y), square = new(place.SquaredLength), tolerance = new(Tolerance);
        var counts = Vector<long>.Zero;
        for (var i = 0; i < _k.Length; i += width)
        {
            var distance = new Vector<double>(_k, i) * square + new Vector<double>(_a, i) * x + new Vector<double>(_b, i) * y + new Vector<double>(_c, i);
            counts -= System.Numerics.Vector.LessThan(System.Numerics.Vector.Abs(distance), tolerance);
        }
        return (int)System.Numerics.Vector.Sum(counts);
    }
}
