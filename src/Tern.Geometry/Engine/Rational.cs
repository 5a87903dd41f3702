using System.Numerics;
using Fractions;

namespace Tern.Geometry.Engine;

/// <summary>An exact rational number: 64-bit numerator and denominator while they fit, a <see cref="Fraction"/> beyond.</summary>
readonly struct Rational : IEquatable<Rational>
{
    readonly long _numerator;

    // Minus one, so that default is zero over one.
    readonly long _denominatorLessOne;
    readonly object? _large;

    public Rational(long numerator, long denominator = 1)
    {
        (_numerator, _denominatorLessOne, _large) = (numerator, 0, null);
        if (denominator == 1) return;
        this = Divide(numerator, denominator);
    }

    Rational(long numerator, long denominator, object? large) => (_numerator, _denominatorLessOne, _large) = (numerator, denominator - 1, large);

    public static readonly Rational Zero;
    public static readonly Rational One = new(1);
    public static readonly Rational MinusOne = new(-1);
    public static readonly Rational Two = new(2);
    public static readonly Rational Half = new(1, 2);

    /// <summary>Of numbers that are not <see cref="IsLarge"/>.</summary>
    public long Numerator => _numerator;

    public long Denominator => _denominatorLessOne + 1;

    public bool IsLarge => _large is not null;

    public bool IsZero => _numerator == 0 && _large is null;

    public bool IsOne => _numerator == 1 && _denominatorLessOne == 0 && _large is null;

    public bool IsInteger => _large is null ? _denominatorLessOne == 0 : ((Fraction)_large).Denominator.IsOne;

    public static Rational Of(Fraction fraction)
    {
        var reduced = fraction.Reduce();
        var (numerator, denominator) = (reduced.Numerator, reduced.Denominator);
        return numerator > long.MinValue && numerator <= long.MaxValue && denominator <= long.MaxValue ? new Rational((long)numerator, (long)denominator, null) : new Rational(0, 1, reduced);
    }

    public Fraction ToFraction() => _large is null ? new Fraction(new BigInteger(_numerator), new BigInteger(Denominator)) : (Fraction)_large;

    public double ToDouble() => _large is null ? (double)_numerator / Denominator : ((Fraction)_large).ToDouble();

    static Rational Divide(Int128 numerator, Int128 denominator)
    {
        if (denominator < 0) (numerator, denominator) = (-numerator, -denominator);
        if (denominator == 0) throw new DivideByZeroException();
        var common = Greatest(UInt128.CreateTruncating(Int128.Abs(numerator)), (UInt128)denominator);
        if (common > 1) (numerator, denominator) = (numerator / (Int128)common, denominator / (Int128)common);
        return Int128.Abs(numerator) <= long.MaxValue && denominator <= long.MaxValue
            ? new Rational((long)numerator, (long)denominator, null)
            : new Rational(0, 1, new Fraction((BigInteger)numerator, (BigInteger)denominator));
    }

    static UInt128 Greatest(UInt128 a, UInt128 b)
    {
        while (b != 0)
        {
            if (a <= ulong.MaxValue && b <= ulong.MaxValue) return Greatest((ulong)a, (ulong)b);
            (a, b) = (b, a % b);
        }
        return a;
    }

    static ulong Greatest(ulong a, ulong b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }

    public static Rational operator +(Rational a, Rational b)
    {
        if (a._large is not null || b._large is not null) return Of(a.ToFraction() + b.ToFraction());
        if ((a._denominatorLessOne | b._denominatorLessOne) == 0)
        {
            var sum = unchecked(a._numerator + b._numerator);
            if (((a._numerator ^ sum) & (b._numerator ^ sum)) >= 0 && sum != long.MinValue) return new Rational(sum);
        }
        if (Fits(a, b)) return Divide((Int128)a._numerator * b.Denominator + (Int128)b._numerator * a.Denominator, (Int128)a.Denominator * b.Denominator);
        return Of(a.ToFraction() + b.ToFraction());
    }

    /// <summary>Products of two 63-bit numbers and the sum of two of them fit into 128 bits.</summary>
    static bool Fits(Rational a, Rational b) => a._large is null && b._large is null;

    public static Rational operator -(Rational a) => a._large is null ? new Rational(-a._numerator, a.Denominator, null) : Of(-(Fraction)a._large);

    public static Rational operator -(Rational a, Rational b) => a + -b;

    public static Rational operator *(Rational a, Rational b)
    {
        if (!Fits(a, b)) return Of(a.ToFraction() * b.ToFraction());
        if ((a._denominatorLessOne | b._denominatorLessOne) == 0)
        {
            var high = Math.BigMul(a._numerator, b._numerator, out var low);
            if (high == low >> 63 && low != long.MinValue) return new Rational(low);
        }
        return Divide((Int128)a._numerator * b._numerator, (Int128)a.Denominator * b.Denominator);
    }

    public static Rational operator /(Rational a, Rational b) =>
        Fits(a, b) ? b.IsOne ? a : Divide((Int128)a._numerator * b.Denominator, (Int128)a.Denominator * b._numerator) : Of(a.ToFraction() / b.ToFraction());

    public static bool operator ==(Rational a, Rational b) => a.Equals(b);

    public static bool operator !=(Rational a, Rational b) => !a.Equals(b);

    public bool Equals(Rational other) => _large is null
        ? other._large is null && _numerator == other._numerator && _denominatorLessOne == other._denominatorLessOne
        : other._large is not null && ((Fraction)_large).Equals((Fraction)other._large);

    public override bool Equals(object? obj) => obj is Rational other && Equals(other);

    public override int GetHashCode() => _large is null ? unchecked((int)(_numerator * 31 + _denominatorLessOne)) : _large.GetHashCode();

    public override string ToString() => ToFraction().ToString();
}
