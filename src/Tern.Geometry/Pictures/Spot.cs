namespace Tern.Geometry.Pictures;

/// <summary>A place of the plane or of the picture, or the way from one to another.</summary>
public readonly record struct Spot(double X, double Y)
{
    public double Length => double.Hypot(X, Y);

    /// <summary>Of length 1, in the same direction.</summary>
    internal Spot Unit => this * (1 / Length);

    /// <summary>Turned by a quarter.</summary>
    internal Spot Normal => new(-Y, X);

    public static Spot operator +(Spot a, Spot b) => new(a.X + b.X, a.Y + b.Y);

    public static Spot operator -(Spot a, Spot b) => new(a.X - b.X, a.Y - b.Y);

    public static Spot operator *(Spot a, double factor) => new(a.X * factor, a.Y * factor);

    internal static double Dot(Spot a, Spot b) => (a.X * b.X) + (a.Y * b.Y);

    internal static double Cross(Spot a, Spot b) => (a.X * b.Y) - (a.Y * b.X);

    internal static Spot Middle(Spot a, Spot b) => (a + b) * 0.5;

    internal static Spot Polar(double angle, double radius) => new(radius * double.Cos(angle), radius * double.Sin(angle));
}
