using System.Collections.Concurrent;
using System.Numerics;
using Fractions;

namespace Tern.Geometry.Engine;

/// <summary>Logarithms of positive rationals as forms of the logarithms of primes, which are constants independent of each other.</summary>
static class LogAtoms
{
    const int FirstLarge = 1 << 27;
    const int LargestTried = 1 << 16;

    // A large factor stays whole: its logarithm is one more constant. Fewer equalities are seen then, and no false ones.
    static readonly ConcurrentDictionary<BigInteger, int> Large = new();
    static readonly ConcurrentDictionary<int, BigInteger> LargeByAtom = new();

    /// <summary>log <paramref name="value"/>, times a factor.</summary>
    public static void AddTo(List<Term> terms, Fraction value, Rational factor)
    {
        var reduced = value.Reduce();
        if (reduced.Numerator.Sign <= 0) throw new ArgumentOutOfRangeException(nameof(value), value, "Only positive numbers have a logarithm.");
        AddFactors(terms, reduced.Numerator, factor);
        AddFactors(terms, reduced.Denominator, -factor);
    }

    static void AddFactors(List<Term> terms, BigInteger number, Rational factor)
    {
        for (var prime = 2; prime < LargestTried && number > 1 && (BigInteger)prime * prime <= number; prime++)
        {
            var times = 0;
            while ((number % prime).IsZero) (number, times) = (number / prime, times + 1);
            if (times > 0) terms.Add(new Term(LinearForm.FirstConstant + prime, factor * new Rational(times)));
        }
        if (number.IsOne) return;
        terms.Add(new Term(LinearForm.FirstConstant + (number < FirstLarge ? (int)number : AtomOf(number)), factor));
    }

    static int AtomOf(BigInteger number)
    {
        var atom = Large.GetOrAdd(number, _ => FirstLarge + Large.Count);
        while (LargeByAtom.GetOrAdd(atom, number) != number) atom = Large[number] = atom + 1;
        return atom;
    }

    /// <summary>The number whose logarithm the constants are; its square where <paramref name="squared"/>. False where that number is not rational.</summary>
    public static bool TryValue(ReadOnlySpan<Term> constants, bool squared, out Fraction value)
    {
        value = Fraction.One;
        foreach (var constant in constants)
        {
            var exponent = squared ? constant.Coefficient * Rational.Two : constant.Coefficient;
            if (!exponent.IsInteger || exponent.IsLarge || Math.Abs(exponent.Numerator) > 256) return false;
            var atom = constant.Variable - LinearForm.FirstConstant;
            var prime = new Fraction(atom < FirstLarge ? atom : LargeByAtom[atom]);
            value *= Fraction.Pow(prime, (int)exponent.Numerator);
        }
        return true;
    }
}
