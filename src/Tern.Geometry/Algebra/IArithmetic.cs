using System.Numerics;
using Fractions;

namespace Tern.Geometry.Algebra;

/// <summary>
/// How coordinates follow from equations. Points are placed by one program for all arithmetics: residues are computed with, polynomials name a variable for each quotient and root and keep its equation.
/// </summary>
interface IArithmetic<T> where T : IRingElement<T>
{
    /// <summary>Zero can be told from what is not zero at sight.</summary>
    bool Decides { get; }

    T Number(BigInteger number);

    /// <summary>e^(2πi·turn).</summary>
    T RootOfUnity(Fraction turn);

    /// <summary>A value that may be chosen.</summary>
    T Parameter(Unknown unknown);

    /// <summary>x with denominator·x = numerator.</summary>
    T Quotient(T numerator, T denominator, Unknown unknown);

    /// <summary>Either x with a x² + b x + c = 0.</summary>
    T Root(T a, T b, T c, Unknown unknown);

    /// <summary>This must be zero in all figures, not only in those that were tried.</summary>
    void Claim(T value);
}
