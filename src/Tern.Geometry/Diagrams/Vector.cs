namespace Tern.Geometry.Diagrams;

/// <summary>A place or a displacement. The product is that of complex numbers: lengths multiply, angles add.</summary>
readonly record struct Vector(double X, double Y)
{
    public static readonly Vector NaN = new(double.NaN, double.NaN);

    public double Length => Math.Sqrt(X * X + Y * Y);

    public double SquaredLength => X * X + Y * Y;

    public Vector Unit => this / Length;

    /// <summary>Turned counter-clockwise by a quarter.</summary>
    public Vector Normal => new(-Y, X);

    public Vector Mirrored => new(X, -Y);

    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y);

    public static Vector AtAngle(double angle) => new(Math.Cos(angle), Math.Sin(angle));

    public static Vector operator +(Vector a, Vector b) => new(a.X + b.X, a.Y + b.Y);

    public static Vector operator -(Vector a, Vector b) => new(a.X - b.X, a.Y - b.Y);

    public static Vector operator -(Vector a) => new(-a.X, -a.Y);

    public static Vector operator *(Vector a, double factor) => new(a.X * factor, a.Y * factor);

    public static Vector operator /(Vector a, double divisor) => new(a.X / divisor, a.Y / divisor);

    public static Vector operator *(Vector a, Vector b) => new(a.X * b.X - a.Y * b.Y, a.X * b.Y + a.Y * b.X);

    public static Vector operator /(Vector a, Vector b) => a * b.Mirrored / b.SquaredLength;

    public double Dot(Vector other) => X * other.X + Y * other.Y;

    public double Cross(Vector other) => X * other.Y - Y * other.X;

    public double DistanceTo(Vector other) => (this - other).Length;
}
