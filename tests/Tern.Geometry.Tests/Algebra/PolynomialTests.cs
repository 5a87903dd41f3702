using System.Numerics;
using Tern.Geometry.Algebra;
using Tern.Geometry.Diagrams;

namespace Tern.Geometry.Tests.Algebra;

public sealed class PolynomialTests
{
    static readonly Polynomial X = Polynomial.OfVariable(0), Y = Polynomial.OfVariable(1), Z = Polynomial.OfVariable(2);

    static Polynomial Number(int number) => new(number);

    static Polynomial AtRandom(SplitMix64 random, int terms)
    {
        var sum = Polynomial.Zero;
        for (var i = 0; i < terms; i++)
            sum += Number(random.Next(19) - 9) * X.Power(random.Next(3)) * Y.Power(random.Next(3)) * Z.Power(random.Next(3));
        return sum;
    }

    static BigInteger Value(Polynomial polynomial, params int[] values)
    {
        if (polynomial.IsConstant) return polynomial.Number;
        var sum = BigInteger.Zero;
        for (var power = polynomial.Degree; power >= 0; power--) sum = sum * values[polynomial.Variable] + Value(polynomial[power], values);
        return sum;
    }

    [Fact]
    public void Values_of_sums_and_products_are_those_of_values()
    {
        var random = new SplitMix64(1);
        for (var i = 0; i < 50; i++)
        {
            var (a, b) = (AtRandom(random, 6), AtRandom(random, 6));
            int[] at = [random.Next(20) - 10, random.Next(20) - 10, random.Next(20) - 10];
            Assert.Equal(Value(a, at) * Value(b, at) - Value(b, at), Value(a * b - b, at));
        }
    }

    [Fact]
    public void A_product_is_divided_by_its_factors_and_by_nothing_else()
    {
        var random = new SplitMix64(2);
        for (var i = 0; i < 50; i++)
        {
            var (a, b) = (AtRandom(random, 5) + Z * Z * Z, AtRandom(random, 5) + Y * Y * Y);
            Assert.Equal(b, (a * b).DividedBy(a));
            Assert.Null((a * b + Polynomial.One).DividedBy(a));
        }
        Assert.Null(X.DividedBy(Y));
        Assert.Null(X.DividedBy(Number(2)));
    }

    [Fact]
    public void The_greatest_common_divisor_has_all_common_factors()
    {
        var random = new SplitMix64(3);
        for (var i = 0; i < 30; i++)
        {
            var common = AtRandom(random, 3) + X * Y + Z;
            var divisor = Polynomial.GreatestCommonDivisor(common * (AtRandom(random, 3) + X * X * X), common * (AtRandom(random, 3) + Y * Y * Y));
            Assert.NotNull(divisor.DividedBy(common.Primitive()));
        }
        Assert.Equal(Number(4), Polynomial.GreatestCommonDivisor(Number(12), Number(-8)));
    }

    /// <summary>I^k f - r is a multiple of g, and r is of a lower degree.</summary>
    [Fact]
    public void A_pseudo_remainder_is_what_is_left_of_a_multiple()
    {
        var random = new SplitMix64(4);
        for (var i = 0; i < 30; i++)
        {
            var (f, g) = (AtRandom(random, 6) + Z.Power(4), AtRandom(random, 4) + (X + Y) * Z.Power(3));
            var rest = f.PseudoRemainder(g);
            Assert.True(rest.Variable < 2 || rest.Degree < 3);
            Assert.NotNull((f * g.Leading.Power(2) - rest * Polynomial.One).DividedBy(g) ?? (f * g.Leading - rest).DividedBy(g));
        }
    }

    [Fact]
    public void Text_names_the_variables() => Assert.Equal("(2·x - 1)·y^2 - x", ((Number(2) * X - Number(1)) * Y * Y - X).ToString(["x", "y", "z"]));
}
