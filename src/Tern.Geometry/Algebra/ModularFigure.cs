using System.Numerics;
using Fractions;
using Tern.Geometry.Diagrams;

namespace Tern.Geometry.Algebra;

/// <summary>A prime field with the powers of one of its roots of unity.</summary>
sealed class RootsOfUnity
{
    readonly Residue[] _powers;

    public RootsOfUnity(PrimeField field, int order)
    {
        (Field, _powers) = (field, new Residue[order]);
        var root = field.RootOfUnity(order);
        _powers[0] = field.Number(1);
        for (var i = 1; i < order; i++) _powers[i] = _powers[i - 1] * root;
    }

    public PrimeField Field { get; }

    public int Order => _powers.Length;

    /// <summary>e^(2πi·turn).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The order is no multiple of the turn's denominator.</exception>
    public Residue this[Fraction turn]
    {
        get
        {
            var power = (turn * Order).Reduce();
            if (!power.Denominator.IsOne) throw new ArgumentOutOfRangeException(nameof(turn), turn, null);
            return _powers[(int)BigInteger.Remainder(BigInteger.Remainder(power.Numerator, Order) + Order, Order)];
        }
    }
}

/// <summary>Points at random modulo a prime, placed one after the other; stuck where a root does not exist or a denominator is zero.</summary>
sealed class ModularFigure(RootsOfUnity roots, SplitMix64 random, int points) : IArithmetic<Residue>
{
    readonly PrimeField _field = roots.Field;

    /// <summary>[points]</summary>
    public Isotropic<Residue>[] Places { get; } = [.. Enumerable.Repeat(new Isotropic<Residue>(roots.Field.Zero, roots.Field.Zero), points)];

    /// <summary>A number had no square root.</summary>
    public bool LacksRoot { get; private set; }

    /// <summary>A denominator, or the coefficient of a square, was zero.</summary>
    public bool IsDegenerate { get; private set; }

    public bool IsStuck => LacksRoot || IsDegenerate;

    public bool Decides => true;

    public void Unstick() => (LacksRoot, IsDegenerate) = (false, false);

    public Isotropic<Residue> Random() => new(Parameter(default), Parameter(default));

    public Residue Number(BigInteger number) => number.IsZero ? _field.Zero : number.IsOne ? new Residue(_field.One, _field) : _field.Number(number);

    public Residue RootOfUnity(Fraction turn) => roots[turn];

    // Remainders by a prime of 61 bits of numbers of 64 bits: the probability of each is below 2/p.
    public Residue Parameter(Unknown unknown) => new(random.Next() % _field.Modulus, _field);

    public Residue Quotient(Residue numerator, Residue denominator, Unknown unknown)
    {
        if (!denominator.IsZero) return numerator * denominator.Inverse();
        IsDegenerate = true;
        return numerator;
    }

    public Residue Root(Residue a, Residue b, Residue c, Unknown unknown)
    {
        if (a.IsZero) IsDegenerate = true;
        var four = a * c + a * c;
        if (!TryRoot(b * b - four - four, out var root)) LacksRoot = true;
        if (IsStuck) return a;
        if (random.Next(2) == 0) root = -root;
        return (root - b) * (a + a).Inverse();
    }

    public void Claim(Residue value) => IsDegenerate |= !value.IsZero;

    public bool TryRoot(Residue square, out Residue root)
    {
        var exists = _field.TrySquareRoot(square.Value, out var value);
        root = new Residue(value, _field);
        return exists;
    }
}
