using CsCheck;
using Fractions;
using Tern.Geometry.Checking;

namespace Tern.Geometry.Tests.Checking;

public class ExactSystemTests
{
    static Equation Row(params (int Variable, int Coefficient)[] terms)
    {
        var row = new Equation();
        foreach (var (variable, coefficient) in terms) row.Add(Unknown.Pair(0, variable + 1), coefficient);
        return row;
    }

    /// <summary>The worked example of Trinh et al. 2024: a - 2b + c = 0, -a - c + 2d = 0, b - 2c + e = 0.</summary>
    static readonly Equation[] Published = [Row((0, 1), (1, -2), (2, 1)), Row((0, -1), (2, -1), (3, 2)), Row((1, 1), (2, -2), (4, 1))];

    [Fact]
    public void The_published_example_gives_b_equal_to_d_from_its_first_two_rows()
    {
        Assert.True(ExactSystem.Implies(Published[..2], Row((1, 1), (3, -1))));
        Assert.False(ExactSystem.Implies([Published[0], Published[2]], Row((1, 1), (3, -1))));
        Assert.False(ExactSystem.Implies(Published, Row((0, 1), (3, -1))));
    }

    [Fact]
    public void Every_combination_follows_and_another_constant_does_not()
    {
        var coefficient = Gen.Int[-5, 5];
        Gen.Select(coefficient.Array[6].Array[3, 7], coefficient.Array[7], Gen.Int[1, 9]).Sample((rows, weights, denominator) =>
        {
            var premises = rows.Select(row => Row([.. row.Select((value, i) => (i, value))])).ToList();
            for (var i = 0; i < premises.Count; i++) premises[i].Add(Unknown.One, i + 1);
            var sum = new Equation();
            for (var i = 0; i < premises.Count; i++)
            {
                foreach (var (unknown, value) in premises[i].Terms) sum.Add(unknown, value * new Fraction(weights[i], denominator));
            }

            Assert.True(ExactSystem.Implies(premises, sum));
            sum.Add(Unknown.One, 1);
            // Unless the premises contradict each other, from which all follows.
            Assert.Equal(ExactSystem.Implies(premises, new Equation().Add(Unknown.One, 1)), ExactSystem.Implies(premises, sum));
        });
    }
}
