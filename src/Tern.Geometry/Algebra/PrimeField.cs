using System.Collections.Concurrent;
using System.Numerics;

namespace Tern.Geometry.Algebra;

/// <summary>The integers modulo a prime of 61 bits, kept in Montgomery's form a·2⁶⁴ (Montgomery 1985, Mathematics of Computation 44, 519).</summary>
sealed class PrimeField
{
    static readonly ConcurrentDictionary<(int Order, int Index), PrimeField> Cache = new();

    readonly ulong _negativeInverse;
    readonly ulong _squareOfRadix;

    /// <summary>p - 1 = _oddPart · 2^_twos, and a generator of the roots of unity whose order is a power of two.</summary>
    readonly int _twos;
    readonly ulong _oddPart;
    readonly ulong _rootOfTwos;

    PrimeField(ulong modulus, bool isPrime)
    {
        Modulus = modulus;
        var inverse = modulus;
        for (var i = 0; i < 5; i++) inverse *= 2 - modulus * inverse;
        _negativeInverse = 0 - inverse;
        _squareOfRadix = (ulong)((((UInt128)1 << 64) % modulus) * (((UInt128)1 << 64) % modulus) % modulus);
        One = Multiply(1, _squareOfRadix);
        _twos = BitOperations.TrailingZeroCount(modulus - 1);
        _oddPart = (modulus - 1) >> _twos;
        if (!isPrime) return;
        var candidate = One;
        do candidate = Add(candidate, One);
        while (Power(candidate, (modulus - 1) / 2) == One);
        _rootOfTwos = Power(candidate, _oddPart);
    }

    public ulong Modulus { get; }

    /// <summary>One, in Montgomery's form.</summary>
    public ulong One { get; }

    /// <summary>A field with all roots of unity of an order: the <paramref name="index"/>-th prime below 2⁶¹ that is one modulo <paramref name="order"/>.</summary>
    public static PrimeField WithRootsOfUnity(int order, int index) => Cache.GetOrAdd((order, index), static key =>
    {
        var index = key.Index;
        for (var factor = (1ul << 61) / (ulong)key.Order - 1; ; factor--)
        {
            var candidate = factor * (ulong)key.Order + 1;
            if (candidate % 2 == 1 && IsPrime(candidate) && index-- == 0) return new PrimeField(candidate, isPrime: true);
        }
    });

    public Residue Zero => new(0, this);

    public Residue Number(BigInteger number)
    {
        var rest = (ulong)(number % Modulus + (number.Sign < 0 ? Modulus : 0)) % Modulus;
        return new Residue(Multiply(rest, _squareOfRadix), this);
    }

    /// <summary>An element of exactly this order, which divides p - 1; the same at every call.</summary>
    public Residue RootOfUnity(int order)
    {
        var exponent = (Modulus - 1) / (ulong)order;
        for (var candidate = Add(One, One); ; candidate = Add(candidate, One))
        {
            var root = Power(candidate, exponent);
            if (Enumerable.Range(2, order).Where(divisor => order % divisor == 0).All(divisor => Power(root, (ulong)(order / divisor)) != One)) return new Residue(root, this);
        }
    }

    public ulong Add(ulong a, ulong b)
    {
        var sum = a + b;
        return sum >= Modulus ? sum - Modulus : sum;
    }

    public ulong Subtract(ulong a, ulong b) => a >= b ? a - b : a + Modulus - b;

    public ulong Multiply(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        var carry = Math.BigMul(low * _negativeInverse, Modulus, out _);
        var product = high + carry + (low != 0 ? 1ul : 0);
        return product >= Modulus ? product - Modulus : product;
    }

    public ulong Power(ulong number, ulong exponent)
    {
        var power = One;
        for (; exponent > 0; exponent >>= 1, number = Multiply(number, number))
            if ((exponent & 1) != 0) power = Multiply(power, number);
        return power;
    }

    public ulong Inverse(ulong number) => Power(number, Modulus - 2);

    /// <summary>Tonelli and Shanks. False where the number has no square root.</summary>
    public bool TrySquareRoot(ulong number, out ulong root)
    {
        root = 0;
        if (number == 0) return true;
        var half = Power(number, (_oddPart - 1) / 2);
        root = Multiply(number, half);
        var rest = Multiply(root, half);
        var (generator, order) = (_rootOfTwos, _twos);
        while (rest != One)
        {
            var power = rest;
            var least = 0;
            while (power != One && least < order)
            {
                power = Multiply(power, power);
                least++;
            }
            if (least == order) return false;
            for (var i = least + 1; i < order; i++) generator = Multiply(generator, generator);
            root = Multiply(root, generator);
            generator = Multiply(generator, generator);
            rest = Multiply(rest, generator);
            order = least;
        }
        return true;
    }

    /// <summary>Miller and Rabin with the first twelve primes, which decides all numbers of 64 bits (Sorenson, Webster 2017).</summary>
    static bool IsPrime(ulong number)
    {
        ReadOnlySpan<ulong> primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
        foreach (var prime in primes)
            if (number % prime == 0) return number == prime;
        var ring = new PrimeField(number, isPrime: false);
        var minusOne = ring.Subtract(0, ring.One);
        foreach (var prime in primes)
        {
            var power = ring.Power(ring.Multiply(prime, ring._squareOfRadix), ring._oddPart);
            if (power == ring.One || power == minusOne) continue;
            var isWitness = true;
            for (var i = 1; i < ring._twos && isWitness; i++)
            {
                power = ring.Multiply(power, power);
                isWitness = power != minusOne;
            }
            if (isWitness) return false;
        }
        return true;
    }
}

/// <summary>An element of a <see cref="PrimeField"/>.</summary>
readonly record struct Residue(ulong Value, PrimeField Field) : IRingElement<Residue>
{
    public bool IsZero => Value == 0;

    public static Residue operator +(Residue a, Residue b) => new(a.Field.Add(a.Value, b.Value), a.Field);

    public static Residue operator -(Residue a, Residue b) => new(a.Field.Subtract(a.Value, b.Value), a.Field);

    public static Residue operator -(Residue a) => new(a.Field.Subtract(0, a.Value), a.Field);

    public static Residue operator *(Residue a, Residue b) => new(a.Field.Multiply(a.Value, b.Value), a.Field);

    public Residue Inverse() => new(Field.Inverse(Value), Field);
}
