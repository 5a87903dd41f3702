namespace Tern.Geometry.Diagrams;

/// <summary>Coordinates of a problem's points, by the points' numbers.</summary>
public sealed class Diagram
{
    /// <exception cref="ArgumentException">As many x as y are needed.</exception>
    public Diagram(double[] x, double[] y, double unit = 1)
    {
        if (x.Length != y.Length) throw new ArgumentException($"{x.Length} x and {y.Length} y.");
        (X, Y, Unit) = (x, y, unit);
    }

    /// <summary>[points]</summary>
    public double[] X { get; }

    /// <summary>[points]</summary>
    public double[] Y { get; }

    public int Count => X.Length;

    /// <summary>The length in coordinates of what statements call one.</summary>
    public double Unit { get; }

    public double Distance(int a, int b) => Math.Sqrt((X[a] - X[b]) * (X[a] - X[b]) + (Y[a] - Y[b]) * (Y[a] - Y[b]));

    /// <summary>d(AB) in units of π, in [0, 1).</summary>
    public double Direction(int a, int b)
    {
        var angle = Math.Atan2(Y[b] - Y[a], X[b] - X[a]) / Math.PI;
        return angle < 0 ? angle + 1 : angle >= 1 ? angle - 1 : angle;
    }

    /// <summary>Twice the signed area of ABC: positive where it is oriented counter-clockwise.</summary>
    public double Area(int a, int b, int c) => (X[b] - X[a]) * (Y[c] - Y[a]) - (Y[b] - Y[a]) * (X[c] - X[a]);

    /// <summary>Of three points on a line, B is inside AC.</summary>
    public bool IsBetween(int a, int b, int c) => (X[a] - X[b]) * (X[c] - X[b]) + (Y[a] - Y[b]) * (Y[c] - Y[b]) < 0;

    /// <summary>The diagram with one more point, which takes the next number.</summary>
    public Diagram WithPoint(double x, double y) => new([.. X, x], [.. Y, y], Unit);
}
