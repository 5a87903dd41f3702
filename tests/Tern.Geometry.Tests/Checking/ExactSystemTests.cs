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
        Assert.True(new ExactSystem(Published[..2]).Gives(Row((1, 1), (3, -1))));
        Assert.False(new ExactSystem([Published[0], Published[2]]).Gives(Row((1, 1), (3, -1))));
        Assert.False(new ExactSystem(Published).Gives(Row((0, 1), (3, -1))));
    }

    [Fact]
    public void Every_combination_follows_and_another_constant_does_not()
    {
        var coefficient = Gen.Int[-5, 5];
        Gen.Select(coefficient.Array[6].Array[3, 7], coefficient.Array[7], Gen.Int[1, 9]).Sample((rows, weights, denominator) =>
        {
            var premises = rows.Select((row, i) => Row([.. row.Select((value, j) => (j, value))]).Add(Unknown.One, i + 1)).ToList();
            var sum = new Equation();
            for (var i = 0; i < premises.Count; i++)
            {
                foreach (var (unknown, value) in premises[i].Terms) sum.Add(unknown, value * new Fraction(weights[i], denominator));
            }

            var system = new ExactSystem(premises);
            Assert.True(system.Gives(sum));
            // Unless the premises contradict each other: from a contradiction all follows.
            Assert.Equal(system.Gives(new Equation().Add(Unknown.One, 1)), system.Gives(sum.Add(Unknown.One, 1)));
        });
    }
}
