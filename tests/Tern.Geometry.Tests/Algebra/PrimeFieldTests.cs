using System.Numerics;
using Fractions;
using Tern.Geometry.Algebra;
using Tern.Geometry.Diagrams;

namespace Tern.Geometry.Tests.Algebra;

public sealed class PrimeFieldTests
{
    static BigInteger Value(Residue residue)
    {
        // Out of Montgomery's form.
        var radix = BigInteger.Pow(2, 64);
        var modulus = (BigInteger)residue.Field.Modulus;
        return residue.Value * BigInteger.ModPow(radix, modulus - 2, modulus) % modulus;
    }

    [Fact]
    public void Primes_are_of_61_bits_and_have_the_roots_of_unity()
    {
        for (var index = 0; index < 5; index++)
        {
            var field = PrimeField.WithRootsOfUnity(24, index);
            Assert.InRange(field.Modulus, 1ul << 60, (1ul << 61) - 1);
            Assert.Equal(1ul, field.Modulus % 24);
            // Fermat, to several bases.
            foreach (var number in new[] { 2, 3, 5, 7 }) Assert.Equal(BigInteger.One, BigInteger.ModPow(number, field.Modulus - 1, field.Modulus));
            var roots = new RootsOfUnity(field, 24);
            Assert.Equal(field.Number(-1), roots[new Fraction(1, 2)]);
            Assert.Equal(field.Number(1), roots[new Fraction(1, 3)] * roots[new Fraction(2, 3)]);
            Assert.NotEqual(field.Number(1), roots[new Fraction(1, 3)]);
        }
    }

    [Fact]
    public void Arithmetic_is_that_of_integers_modulo_the_prime()
    {
        var field = PrimeField.WithRootsOfUnity(24, 0);
        var modulus = (BigInteger)field.Modulus;
        var random = new SplitMix64(1);
        for (var i = 0; i < 200; i++)
        {
            BigInteger a = random.Next(), b = random.Next();
            var (x, y) = (field.Number(a), field.Number(-b));
            Assert.Equal(((a * -b) % modulus + modulus) % modulus, Value(x * y));
            Assert.Equal(((a - b) % modulus + modulus) % modulus, Value(x + y));
            Assert.Equal(field.Number(1), x * x.Inverse());
        }
    }

    [Fact]
    public void Squares_have_roots_and_half_of_the_others_do_not()
    {
        var field = PrimeField.WithRootsOfUnity(24, 1);
        var random = new SplitMix64(2);
        var without = 0;
        for (var i = 0; i < 400; i++)
        {
            var number = field.Number(random.Next());
            Assert.True(field.TrySquareRoot((number * number).Value, out var root));
            Assert.True(new Residue(root, field) == number || new Residue(root, field) == -number);
            if (!field.TrySquareRoot(number.Value, out root)) without++;
            else Assert.Equal(number, new Residue(root, field) * new Residue(root, field));
        }
        Assert.InRange(without, 140, 260);
    }
}
