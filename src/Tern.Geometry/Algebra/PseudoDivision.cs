using System.Diagnostics;

namespace Tern.Geometry.Algebra;

/// <summary>What is left of a polynomial.</summary>
enum Remainder
{
    Zero,
    NotZero,

    /// <summary>More terms or time than are allowed.</summary>
    LimitReached,
}

/// <summary>
/// Divides polynomials by the equations of a chain, from the last variable to the first (Wu 1978; Chou 1988, Mechanical Geometry Theorem Proving). A remainder is zero where the coefficients of all its
/// parameters, and of its roots, are: they are divided further one by one, which keeps them short.
/// </summary>
sealed class PseudoDivision(WuLimits limits, CancellationToken cancellation)
{
    /// <summary>Products of terms in one step, as multiples of the limit of terms.</summary>
    const int WorkPerTerm = 400;

    /// <summary>Longer initials are not tried as factors of remainders.</summary>
    const int LongestFactor = 12;

    readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Divisions so far.</summary>
    public int Divisions { get; private set; }

    /// <summary>Of the longest polynomial so far.</summary>
    public int MostTerms { get; private set; }

    /// <exception cref="OperationCanceledException"/>
    public Remainder Reduce(Polynomial polynomial, TriangularSystem chain)
    {
        var open = new Stack<Polynomial>([polynomial]);
        var factors = FactorsOf(chain);
        while (open.TryPop(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            if (next.IsZero) continue;
            if (next.IsConstant) return Remainder.NotZero;
            if (chain.Equations[next.Variable] is { } equation && next.Degree >= equation.Degree)
            {
                if (Divide(next, equation) is not { } rest) return Remainder.LimitReached;
                open.Push(WithoutFactors(rest, factors));
            }
            else
            {
                // The shortest is the first to be divided.
                foreach (var coefficient in Enumerable.Range(0, next.Degree + 1).Select(power => next[power]).OrderByDescending(coefficient => coefficient.Terms)) open.Push(coefficient.Primitive());
            }
        }
        return Remainder.Zero;
    }

    Polynomial? Divide(Polynomial polynomial, Polynomial equation)
    {
        Divisions++;
        if (equation.Degree == 1) return Substitute(polynomial, equation);
        var rest = polynomial;
        while (rest.Variable == equation.Variable && rest.Degree >= equation.Degree)
        {
            if (!IsAllowed(rest, equation)) return null;
            var lower = Polynomial.Of(rest.Variable, [.. Enumerable.Range(0, rest.Degree).Select(power => rest[power])]);
            var tail = Polynomial.Of(equation.Variable, [.. Enumerable.Repeat(Polynomial.Zero, rest.Degree - equation.Degree), .. Enumerable.Range(0, equation.Degree).Select(power => equation[power])]);
            rest = lower * equation.Leading - tail * rest.Leading;
        }
        return rest;
    }

    /// <summary>A v + B = 0: Σ gₖ (-B)ᵏ A^(d - k), from the highest power downwards.</summary>
    Polynomial? Substitute(Polynomial polynomial, Polynomial equation)
    {
        var (a, b) = (equation[1], -equation[0]);
        var (sum, power) = (polynomial.Leading, Polynomial.One);
        for (var k = polynomial.Degree - 1; k >= 0; k--)
        {
            power *= a;
            if (!IsAllowed(sum, b) || !IsAllowed(polynomial[k], power)) return null;
            sum = sum * b + polynomial[k] * power;
        }
        return sum;
    }

    bool IsAllowed(Polynomial a, Polynomial b)
    {
        MostTerms = Math.Max(MostTerms, a.Terms);
        cancellation.ThrowIfCancellationRequested();
        return a.Terms <= limits.Terms && (long)a.Terms * b.Terms <= (long)limits.Terms * WorkPerTerm && Stopwatch.GetElapsedTime(_started) < limits.Time;
    }

    /// <summary>Initials that are often left as factors.</summary>
    static List<Polynomial> FactorsOf(TriangularSystem chain) =>
        [.. chain.Equations.Where(equation => equation is not null).Select(equation => equation!.Leading.Primitive()).Where(initial => !initial.IsConstant && initial.Terms <= LongestFactor).Distinct()];

    static Polynomial WithoutFactors(Polynomial polynomial, List<Polynomial> factors)
    {
        polynomial = polynomial.Primitive();
        if (polynomial.IsZero) return polynomial;
        foreach (var factor in factors)
            while (!polynomial.IsConstant && polynomial.DividedBy(factor) is { } quotient) polynomial = quotient;
        return polynomial;
    }
}
