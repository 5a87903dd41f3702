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

    /// <summary>Adds c x.</summary>
    public Equation Add(Unknown unknown, Fraction coefficient)
    {
        var sum = terms.GetValueOrDefault(unknown, Fraction.Zero) + coefficient;
        if (sum.IsZero) terms.Remove(unknown);
        else terms[unknown] = sum;
        return this;
    }
}

/// <summary>Linear equations over the rational numbers, exact and dense: Gauss's elimination, one row after the other.</summary>
sealed class ExactSystem
{
    readonly Dictionary<Unknown, int> columns = [];

    /// <summary>By the column of their first entry that is not zero, which is one.</summary>
    readonly SortedDictionary<int, Fraction[]> rows = [];

    public ExactSystem(IEnumerable<Equation> equations)
    {
        var all = equations.ToList();
        foreach (var unknown in all.SelectMany(equation => equation.Terms.Keys)) columns.TryAdd(unknown, columns.Count);
        foreach (var equation in all)
        {
            var row = Reduced(equation);
            var pivot = Array.FindIndex(row, entry => !entry.IsZero);
            if (pivot < 0) continue;
            var scale = row[pivot];
            for (var i = pivot; i < row.Length; i++) row[i] /= scale;
            rows.Add(pivot, row);
        }
    }

    /// <summary>Whether an equation is a rational combination of those of the system.</summary>
    public bool Gives(Equation equation) => equation.Terms.Keys.All(columns.ContainsKey) && Array.TrueForAll(Reduced(equation), entry => entry.IsZero);

    Fraction[] Reduced(Equation equation)
    {
        var row = new Fraction[columns.Count];
        Array.Fill(row, Fraction.Zero);
        foreach (var (unknown, coefficient) in equation.Terms) row[columns[unknown]] = coefficient;
        // From left to right: a row has nothing left of its pivot.
        foreach (var (pivot, other) in rows)
        {
            var factor = row[pivot];
            if (factor.IsZero) continue;
            for (var i = pivot; i < row.Length; i++)
            {
                if (!other[i].IsZero) row[i] -= factor * other[i];
            }
        }

        return row;
    }
}
