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
    /// <summary>Longer initials are not tried as factors of remainders.</summary>
    const int LongestFactor = 12;

    readonly WorkMeter _meter = new(limits.Time, cancellation);

    /// <summary>Divisions so far.</summary>
    public int Divisions { get; private set; }

    /// <summary>Of the longest polynomial so far.</summary>
    public int MostTerms { get; private set; }

    /// <exception cref="OperationCanceledException"/>
    public Remainder Reduce(Polynomial polynomial, TriangularSystem chain)
    {
        try
        {
            return IsZero(polynomial, chain) ? Remainder.Zero : Remainder.NotZero;
        }
        catch (LimitReachedException)
        {
            return Remainder.LimitReached;
        }
    }

    bool IsZero(Polynomial polynomial, TriangularSystem chain)
    {
        var open = new Stack<Polynomial>([polynomial]);
        var factors = FactorsOf(chain);
        while (open.TryPop(out var next))
        {
            _meter.Look();
            if (next.IsZero) continue;
            if (next.IsConstant) return false;
            if (chain.Equations[next.Variable] is { } equation && next.Degree >= equation.Degree)
            {
                Divisions++;
                open.Push(WithoutFactors(equation.Degree == 1 ? Substitute(next, equation) : Divide(next, equation), factors));
            }
            else
            {
                // The shortest is the first to be divided.
                foreach (var coefficient in Enumerable.Range(0, next.Degree + 1).Select(power => next[power]).OrderByDescending(coefficient => coefficient.Terms)) open.Push(coefficient.Primitive());
            }
        }
        return true;
    }

    Polynomial Divide(Polynomial polynomial, Polynomial equation)
    {
        var rest = polynomial;
        while (rest.Variable == equation.Variable && rest.Degree >= equation.Degree)
        {
            var lower = Polynomial.Of(rest.Variable, [.. Enumerable.Range(0, rest.Degree).Select(power => rest[power])]);
            var tail = Polynomial.Of(equation.Variable, [.. Enumerable.Repeat(Polynomial.Zero, rest.Degree - equation.Degree), .. Enumerable.Range(0, equation.Degree).Select(power => equation[power])]);
            rest = Product(lower, equation.Leading) - Product(tail, rest.Leading);
        }
        return rest;
    }

    /// <summary>A v + B = 0: Σ gₖ (-B)ᵏ A^(d - k), from the highest power downwards.</summary>
    Polynomial Substitute(Polynomial polynomial, Polynomial equation)
    {
        var (a, b) = (equation[1], -equation[0]);
        var (sum, power) = (polynomial.Leading, Polynomial.One);
        for (var k = polynomial.Degree - 1; k >= 0; k--)
        {
            power *= a;
            sum = Product(sum, b) + Product(polynomial[k], power);
        }
        return sum;
    }

    Polynomial Product(Polynomial a, Polynomial b)
    {
        MostTerms = Math.Max(MostTerms, Math.Max(a.Terms, b.Terms));
        if (MostTerms > limits.Terms) throw new LimitReachedException();
        return Polynomial.Multiply(a, b, _meter);
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
