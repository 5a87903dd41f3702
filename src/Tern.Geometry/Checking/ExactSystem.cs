using Fractions;

namespace Tern.Geometry.Checking;

/// <summary>An unknown of linear equations: something of the pair of points A &lt; B, a constant 1 (A = -1, B = 0), or the logarithm of the prime B (A = -1).</summary>
readonly record struct Unknown(int A, int B)
{
    public static readonly Unknown One = new(-1, 0);

    public static Unknown Pair(int a, int b) => a < b ? new(a, b) : new(b, a);

    public static Unknown Log(int prime) => new(-1, prime);
}

/// <summary>Σ c x = 0.</summary>
sealed class Equation
{
    readonly Dictionary<Unknown, Fraction> terms = [];

    public IReadOnlyDictionary<Unknown, Fraction> Terms => terms;

    public bool IsZero => terms.Count == 0;

    /// <summary>Adds c x.</summary>
    public Equation Add(Unknown unknown, Fraction coefficient)
    {
        var sum = terms.GetValueOrDefault(unknown, Fraction.Zero) + coefficient;
        if (sum.IsZero) terms.Remove(unknown);
        else terms[unknown] = sum;
        return this;
    }
}

/// <summary>Linear algebra over the rational numbers, exact and dense.</summary>
static class ExactSystem
{
    /// <summary>Whether an equation is a rational combination of others.</summary>
    public static bool Implies(IReadOnlyList<Equation> premises, Equation conclusion)
    {
        var unknowns = premises.Append(conclusion).SelectMany(equation => equation.Terms.Keys).Distinct().ToList();
        var rows = premises.Select(equation => Row(equation, unknowns)).ToList();
        var target = Row(conclusion, unknowns);
        for (var column = 0; column < unknowns.Count; column++)
        {
            var pivot = rows.FindIndex(row => !row[column].IsZero);
            if (pivot < 0) continue;
            var chosen = rows[pivot];
            rows.RemoveAt(pivot);
            foreach (var row in rows) Eliminate(row, chosen, column);
            Eliminate(target, chosen, column);
        }

        return Array.TrueForAll(target, entry => entry.IsZero);
    }

    static Fraction[] Row(Equation equation, List<Unknown> unknowns) => [.. unknowns.Select(unknown => equation.Terms.GetValueOrDefault(unknown, Fraction.Zero))];

    /// <summary>Subtracts the multiple of the pivot row that makes the entry zero.</summary>
    static void Eliminate(Fraction[] row, Fraction[] pivot, int column)
    {
        if (row[column].IsZero) return;
        var factor = row[column] / pivot[column];
        for (var i = column; i < row.Length; i++)
        {
            if (!pivot[i].IsZero) row[i] -= factor * pivot[i];
        }
    }
}
