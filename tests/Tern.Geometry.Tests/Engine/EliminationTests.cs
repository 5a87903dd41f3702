using CsCheck;
using Tern.Geometry.Engine;

namespace Tern.Geometry.Tests.Engine;

public class EliminationTests
{
    static LinearForm Form(params int[] coefficients) => LinearForm.Of([.. coefficients.Select((c, i) => new Term(i, new Rational(c)))]);

    /// <summary>The worked example of AlphaGeometry's algebraic reasoning: a - 2b + c = 0, -a - c + 2d = 0, b - 2c + e = 0.</summary>
    [Fact]
    public void The_worked_example_says_that_b_is_d_by_two_of_its_three_rows()
    {
        LinearForm[] rows = [Form(1, -2, 1, 0, 0), Form(-1, 0, -1, 2, 0), Form(0, 1, -2, 0, 1)];
        var system = new LinearSystem(5);
        foreach (var (fact, row) in rows.Index()) Assert.True(system.Add(row, fact));
        Assert.True(system.Implies(Form(0, 1, 0, -1, 0)));
        // a = 1.5 d - 0.5 e, c = 0.5 d + 0.5 e.
        Assert.True(system.Implies(Form(2, 0, 0, -3, 1)));
        Assert.True(system.Implies(Form(0, 0, 2, -1, -1)));
        Assert.False(system.Implies(Form(1, -1, 0, 0, 0)));
        Assert.Equal([0, 1], new Traceback(system.Log).FactsFor(Form(0, 1, 0, -1, 0), 3)!);
        Assert.Null(new Traceback(system.Log).FactsFor(Form(0, 1, 0, -1, 0), 1));
    }

    static readonly Gen<int[][]> Rows = Gen.Int[-2, 2].Array[6].Array[1, 8];

    [Fact]
    public void What_follows_is_what_dense_elimination_says() => Gen.Select(Rows, Gen.Int[-2, 2].Array[6]).Sample((rows, asked) =>
    {
        var elimination = new Elimination(6);
        foreach (var row in rows) elimination.Add(Form(row));
        Assert.Equal(DenseRank(rows), elimination.Rank);
        Assert.Equal(DenseRank(rows) == DenseRank([.. rows, asked]), elimination.Implies(Form(asked)));
        // Fingerprints say the same as the forms they stand for.
        Assert.Equal(elimination.Reduce(Form(asked)).IsZero, elimination.FingerprintOf(Form(asked)) == 0);
        for (var i = 0; i < 6; i++) Assert.Equal(LinearForm.Sum(elimination.NormalForm(i).Terms), elimination.Fingerprints[i]);
    }, iter: 2000);

    [Fact]
    public void A_combination_names_rows_from_which_it_follows_without_the_others() => Gen.Select(Rows, Gen.Int[-2, 2].Array[8]).Sample((rows, factors) =>
    {
        var system = new LinearSystem(6);
        foreach (var (fact, row) in rows.Index()) system.Add(Form(row), fact);
        var asked = Enumerable.Range(0, 6).Select(i => rows.Index().Sum(row => factors[row.Index % 8] * row.Item[i])).ToArray();
        var facts = new Traceback(system.Log).FactsFor(Form(asked), int.MaxValue);
        Assert.NotNull(facts);
        int[][] named = [.. facts.Select(fact => rows[fact])];
        Assert.Equal(DenseRank(named), DenseRank([.. named, asked]));
    }, iter: 2000);

    [Fact]
    public void A_copy_and_its_original_do_not_know_of_each_other()
    {
        var original = new Elimination(3);
        original.Add(Form(1, -1, 0));
        var copy = original.Copy();
        copy.Grow(5);
        copy.Add(Form(0, 1, -1));
        Assert.True(copy.Implies(Form(1, 0, -1)));
        Assert.False(original.Implies(Form(1, 0, -1)));
        Assert.Equal((3, 5), (original.VariableCount, copy.VariableCount));
    }

    /// <summary>Over the rationals, with fractions as pairs of numbers: small enough for long.</summary>
    static int DenseRank(int[][] rows)
    {
        var matrix = rows.Select(row => row.Select(c => new Fractions.Fraction(c)).ToArray()).ToArray();
        var rank = 0;
        for (var column = 0; column < 6; column++)
        {
            var pivot = Array.FindIndex(matrix, rank, row => !row[column].IsZero);
            if (pivot < 0) continue;
            (matrix[rank], matrix[pivot]) = (matrix[pivot], matrix[rank]);
            for (var i = rank + 1; i < matrix.Length; i++)
            {
                var factor = matrix[i][column] / matrix[rank][column];
                for (var j = 0; j < 6; j++) matrix[i][j] -= factor * matrix[rank][j];
            }
            rank++;
        }
        return rank;
    }
}
