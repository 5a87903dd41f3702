using System.Collections.Immutable;

namespace Tern.Geometry.Algebra;

/// <summary>Whether a statement is true of the figures that a construction gives.</summary>
public enum Truth
{
    NotKnown,
    True,
    False,
}

/// <summary>What the oracle says of a statement.</summary>
/// <param name="Reason">Why it is not known; of what is false: nothing.</param>
/// <param name="ErrorBound">
/// Of what is true: a bound of the probability that a statement which is false passed, over the choice of values modulo the primes (Schwartz 1980; Zippel 1979). That each prime divides all
/// coefficients of a polynomial is not a part of it.
/// </param>
/// <param name="Figures">How many figures were evaluated, each at new values.</param>
/// <param name="Degree">The bound of the degree of the statement's polynomial from which the error bound is computed.</param>
/// <param name="Conditions">What must be the case of the construction for the answer to say anything: it is about figures that are not degenerate.</param>
/// <param name="Choices">Which of several places of a point the answer is about, where that does not follow from a change of the sign of a root.</param>
public sealed record OracleAnswer(Truth Truth, string? Reason, double ErrorBound, int Figures, double Degree, ImmutableArray<string> Conditions, ImmutableArray<string> Choices)
{
    public override string ToString() => Truth switch
    {
        Truth.True => $"true, but for a chance of {ErrorBound:G2}",
        Truth.False => "false",
        _ => $"not known: {Reason}",
    };
}
