using System.Collections.Immutable;
using System.Numerics;
using Fractions;

namespace Tern.Geometry.Algebra;

/// <summary>
/// Wu's ascending chain: variables in the order in which they were named, each a parameter or with one equation in itself and those before. Filled by placing points in it.
/// </summary>
/// <param name="order">Of the root of unity whose powers are the constant angles; two where they are all right or flat.</param>
/// <param name="reduction">What may be spent on claims.</param>
sealed class TriangularSystem : IArithmetic<Polynomial>
{
    /// <summary>Longer numerators and denominators are not made coprime.</summary>
    const int LongestForDivisors = 60;

    readonly List<Unknown> _unknowns = [];
    readonly List<Polynomial?> _equations = [];
    readonly int _order;
    readonly PseudoDivision _division;

    public TriangularSystem(int order, PseudoDivision division)
    {
        (_order, _division) = (order, division);
        if (order <= 2) return;
        _unknowns.Add(new(UnknownKind.RootOfUnity, order));
        _equations.Add(Cyclotomic(order));
    }

    public bool Decides => false;

    /// <summary>Something that a step needs could not be shown.</summary>
    public bool HasOpenClaim { get; private set; }

    public IReadOnlyList<Unknown> Unknowns => _unknowns;

    /// <summary>By variable; null for parameters.</summary>
    public IReadOnlyList<Polynomial?> Equations => _equations;

    public Polynomial Number(BigInteger number) => new(number);

    public Polynomial RootOfUnity(Fraction turn)
    {
        var power = (int)BigInteger.Remainder((turn * _order).Reduce().Numerator, _order);
        if (power < 0) power += _order;
        // ζ^(n/2) = -1.
        var sign = _order % 2 == 0 && power >= _order / 2 ? -1 : 1;
        if (sign < 0) power -= _order / 2;
        return power == 0 ? Number(sign) : Polynomial.OfVariable(0).Power(power) * Number(sign);
    }

    public Polynomial Parameter(Unknown unknown) => Add(unknown, null);

    public Polynomial Quotient(Polynomial numerator, Polynomial denominator, Unknown unknown)
    {
        if (numerator.Terms + denominator.Terms <= LongestForDivisors && !numerator.IsZero)
        {
            var common = Polynomial.GreatestCommonDivisor(numerator, denominator);
            (numerator, denominator) = (numerator.DividedBy(common)!, denominator.DividedBy(common)!);
        }
        if (denominator.IsConstant && BigInteger.Abs(denominator.Number).IsOne) return numerator * denominator;
        if (numerator.IsZero) return numerator;
        return Add(unknown, -numerator, denominator);
    }

    public Polynomial Root(Polynomial a, Polynomial b, Polynomial c, Unknown unknown) => Add(unknown, c, b, a);

    public void Claim(Polynomial value)
    {
        if (!value.IsZero && _division.Reduce(value, this) != Remainder.Zero) HasOpenClaim = true;
    }

    Polynomial Add(Unknown unknown, params Polynomial[]? coefficients)
    {
        _unknowns.Add(unknown);
        _equations.Add(coefficients is null ? null : Polynomial.Of(_unknowns.Count - 1, coefficients).Primitive());
        return Polynomial.OfVariable(_unknowns.Count - 1);
    }

    /// <summary>xⁿ - 1 divided by those of all proper divisors of n.</summary>
    static Polynomial Cyclotomic(int order)
    {
        var x = Polynomial.OfVariable(0);
        var polynomial = x.Power(order) - Polynomial.One;
        for (var divisor = 1; divisor < order; divisor++)
            if (order % divisor == 0) polynomial = polynomial.DividedBy(Cyclotomic(divisor))!;
        return polynomial;
    }
}
