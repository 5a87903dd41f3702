namespace Tern.Geometry.Algebra;

/// <summary>A line or circle: the places with α z w + β z + γ w + δ = 0, where α is zero for a line.</summary>
readonly record struct Curve<T>(T Alpha, T Beta, T Gamma, T Delta) where T : IRingElement<T>
{
    public T At(Isotropic<T> place) => (Alpha * place.Z + Gamma) * place.W + Beta * place.Z + Delta;

    /// <summary>The line through the places that two curves share: their radical axis where both are circles.</summary>
    public static Curve<T> Axis(Curve<T> first, Curve<T> second) => new(
        first.Alpha - first.Alpha,
        second.Alpha * first.Beta - first.Alpha * second.Beta,
        second.Alpha * first.Gamma - first.Alpha * second.Gamma,
        second.Alpha * first.Delta - first.Alpha * second.Delta);

    /// <summary>Where two lines meet.</summary>
    public static Isotropic<T> Meet(Curve<T> first, Curve<T> second, int point, IArithmetic<T> arithmetic)
    {
        var determinant = first.Beta * second.Gamma - second.Beta * first.Gamma;
        return new(
            arithmetic.Quotient(first.Gamma * second.Delta - second.Gamma * first.Delta, determinant, new(UnknownKind.Z, point)),
            arithmetic.Quotient(second.Beta * first.Delta - first.Beta * second.Delta, determinant, new(UnknownKind.W, point)));
    }

    /// <summary>The other place that a line shares with a circle: one is known, so the other follows without a root (Vieta).</summary>
    public static Isotropic<T> OtherMeet(Curve<T> line, Curve<T> circle, Isotropic<T> known, int point, IArithmetic<T> arithmetic)
    {
        var step = line.Gamma * (circle.Alpha * known.W + circle.Beta) - line.Beta * (circle.Alpha * known.Z + circle.Gamma);
        var (z, w) = (circle.Alpha * line.Beta, circle.Alpha * line.Gamma);
        return new(arithmetic.Quotient(z * known.Z + step, z, new(UnknownKind.Z, point)), arithmetic.Quotient(w * known.W - step, w, new(UnknownKind.W, point)));
    }

    /// <summary>Either place that a line shares with a circle.</summary>
    public static Isotropic<T> EitherMeet(Curve<T> line, Curve<T> circle, int point, IArithmetic<T> arithmetic)
    {
        var (a, b, c) = Shared(line, circle);
        return OnLine(line, arithmetic.Root(a, b, c, new(UnknownKind.Z, point)), point, arithmetic);
    }

    /// <summary>The one place where a line touches a circle.</summary>
    public static Isotropic<T> Touch(Curve<T> line, Curve<T> circle, int point, IArithmetic<T> arithmetic)
    {
        var (a, b, c) = Shared(line, circle);
        arithmetic.Claim(b * b - arithmetic.Number(4) * a * c);
        return OnLine(line, arithmetic.Quotient(-b, a + a, new(UnknownKind.Z, point)), point, arithmetic);
    }

    /// <summary>a z² + b z + c = 0 where the line meets the circle: w = -(β z + δ) / γ of the line, put into the circle.</summary>
    static (T A, T B, T C) Shared(Curve<T> line, Curve<T> circle) => (
        circle.Alpha * line.Beta,
        circle.Alpha * line.Delta - circle.Beta * line.Gamma + circle.Gamma * line.Beta,
        circle.Gamma * line.Delta - circle.Delta * line.Gamma);

    static Isotropic<T> OnLine(Curve<T> line, T z, int point, IArithmetic<T> arithmetic) =>
        new(z, arithmetic.Quotient(-(line.Beta * z + line.Delta), line.Gamma, new(UnknownKind.W, point)));
}
