namespace Tern.Geometry.Algebra;

/// <summary>
/// A place or a displacement (x, y) in isotropic coordinates z = x + iy and w = x - iy, taken as two independent unknowns: what is linear in the directions of lines stays short
/// (Chou, Gao, Zhang 1994, Machine Proofs in Geometry, on complex numbers). The change of coordinates is linear and has an inverse, so a statement is an identity in one pair where it is one in the other.
/// Products and quotients are those of complex numbers.
/// </summary>
readonly record struct Isotropic<T>(T Z, T W) where T : IRingElement<T>
{
    public Isotropic<T> Conjugate => new(W, Z);

    /// <summary>x² + y².</summary>
    public T SquaredLength => Z * W;

    public static Isotropic<T> operator +(Isotropic<T> a, Isotropic<T> b) => new(a.Z + b.Z, a.W + b.W);

    public static Isotropic<T> operator -(Isotropic<T> a, Isotropic<T> b) => new(a.Z - b.Z, a.W - b.W);

    public static Isotropic<T> operator *(Isotropic<T> a, Isotropic<T> b) => new(a.Z * b.Z, a.W * b.W);

    /// <summary>By a real number.</summary>
    public static Isotropic<T> operator *(Isotropic<T> a, T factor) => new(a.Z * factor, a.W * factor);

    /// <summary>Zero where the displacements are parallel.</summary>
    public static T Cross(Isotropic<T> a, Isotropic<T> b) => a.Z * b.W - a.W * b.Z;

    /// <summary>Zero where the displacements are perpendicular.</summary>
    public static T Dot(Isotropic<T> a, Isotropic<T> b) => a.Z * b.W + a.W * b.Z;
}
