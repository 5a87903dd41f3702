using System.Collections.Immutable;

namespace Tern.Geometry.Algebra;

/// <summary>What Wu's method found of a statement.</summary>
/// <param name="Truth">True: there is a certificate. False: the oracle says so.</param>
/// <param name="Reason">Why it is not known.</param>
public sealed record WuResult(Truth Truth, string? Reason, WuCertificate? Certificate)
{
    public override string ToString() => Truth switch
    {
        Truth.True => $"certified algebraically: {Certificate!.Divisions} divisions, at most {Certificate.MostTerms} terms",
        Truth.False => "false",
        _ => $"not known: {Reason}",
    };
}

/// <summary>
/// That a statement follows from the equations of its construction where no initial is zero: the pseudo-remainder of its polynomial by them is zero, in whole numbers. This is no synthetic proof, and it
/// says nothing of the order of points: it holds for both places wherever an equation has degree two.
/// </summary>
/// <param name="Conditions">What must be the case: the construction is not degenerate.</param>
/// <param name="Choices">Which places are meant, beyond what the problem says.</param>
/// <param name="Chain">The equations, one for each variable that is no parameter, in order. z and w are x + iy and x - iy of a point.</param>
/// <param name="Initials">Leading coefficients of the equations: the conditions as polynomials that must not be zero.</param>
/// <param name="Divisions">Pseudo-divisions that were made.</param>
/// <param name="MostTerms">Of the longest polynomial on the way.</param>
public sealed record WuCertificate(ImmutableArray<string> Conditions, ImmutableArray<string> Choices, ImmutableArray<string> Chain, ImmutableArray<string> Initials, int Divisions, int MostTerms);
