using System.Collections.Immutable;
using System.Numerics;
using Fractions;

namespace Tern.Geometry.Algebra;

/// <summary>
/// A bound of the degree, in the parameters, of the numerator of an expression; its denominator is a product of powers of the denominators by which was divided. A root counts as the larger of the
/// degrees that the formula for it has.
/// </summary>
readonly record struct DegreeBound(double Degree, ImmutableSortedDictionary<int, int> Powers, DegreeArithmetic Owner) : IRingElement<DegreeBound>
{
    public bool IsZero => false;

    public static DegreeBound operator +(DegreeBound a, DegreeBound b)
    {
        var powers = a.Powers;
        foreach (var (denominator, power) in b.Powers)
            if (powers.GetValueOrDefault(denominator) < power) powers = powers.SetItem(denominator, power);
        return a with { Degree = Math.Max(a.Over(powers), b.Over(powers)), Powers = powers };
    }

    public static DegreeBound operator -(DegreeBound a, DegreeBound b) => a + b;

    public static DegreeBound operator -(DegreeBound a) => a;

    public static DegreeBound operator *(DegreeBound a, DegreeBound b)
    {
        var powers = a.Powers;
        foreach (var (denominator, power) in b.Powers) powers = powers.SetItem(denominator, powers.GetValueOrDefault(denominator) + power);
        return a with { Degree = a.Degree + b.Degree, Powers = powers };
    }

    /// <summary>Of the numerator over a larger denominator.</summary>
    double Over(ImmutableSortedDictionary<int, int> powers)
    {
        var degree = Degree;
        foreach (var (denominator, power) in powers) degree += (power - Powers.GetValueOrDefault(denominator)) * Owner.DegreeOf(denominator);
        return degree;
    }
}

/// <summary>Counts degrees where other arithmetics compute.</summary>
sealed class DegreeArithmetic : IArithmetic<DegreeBound>
{
    readonly List<double> _denominators = [];

    /// <summary>How many square roots were taken.</summary>
    public int Roots { get; private set; }

    public bool Decides => false;

    public double DegreeOf(int denominator) => _denominators[denominator];

    public DegreeBound Number(BigInteger number) => new(0, ImmutableSortedDictionary<int, int>.Empty, this);

    public DegreeBound RootOfUnity(Fraction turn) => Number(1);

    public DegreeBound Parameter(Unknown unknown) => Number(1) with { Degree = 1 };

    public DegreeBound Quotient(DegreeBound numerator, DegreeBound denominator, Unknown unknown)
    {
        // (n / N) / (m / M) = n M' / (m N') where M' and N' have no common factor.
        var degree = numerator.Degree;
        var powers = numerator.Powers;
        foreach (var (factor, power) in denominator.Powers)
        {
            var left = powers.GetValueOrDefault(factor) - power;
            powers = left > 0 ? powers.SetItem(factor, left) : powers.Remove(factor);
            if (left < 0) degree -= left * DegreeOf(factor);
        }
        if (denominator.Degree > 0)
        {
            powers = powers.Add(_denominators.Count, 1);
            _denominators.Add(denominator.Degree);
        }
        return numerator with { Degree = degree, Powers = powers };
    }

    public DegreeBound Root(DegreeBound a, DegreeBound b, DegreeBound c, Unknown unknown)
    {
        Roots++;
        // (-b ± √(b² - 4ac)) / 2a, over one denominator.
        var sum = a + b + c;
        return Quotient(sum, a, unknown);
    }

    public void Claim(DegreeBound value) { }
}
