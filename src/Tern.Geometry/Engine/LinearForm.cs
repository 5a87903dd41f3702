using System.Text;

namespace Tern.Geometry.Engine;

/// <summary>One addend of a <see cref="LinearForm"/>.</summary>
readonly record struct Term(int Variable, Rational Coefficient);

/// <summary>Σ cᵢ xᵢ with exact coefficients, none of them zero, sorted by variable. Variables from <see cref="FirstConstant"/> on are constants: numbers that elimination never solves for.</summary>
sealed class LinearForm
{
    public const int FirstConstant = 1 << 28;

    public static readonly LinearForm Zero = new([]);

    ulong _scaleFree;

    LinearForm(Term[] terms)
    {
        Terms = terms;
        var constants = terms.Length;
        while (constants > 0 && terms[constants - 1].Variable >= FirstConstant) constants--;
        VariableCount = constants;
    }

    public Term[] Terms { get; }

    /// <summary>How many terms, the first ones, are not constants.</summary>
    public int VariableCount { get; }

    public bool IsZero => Terms.Length == 0;

    public ReadOnlySpan<Term> Constants => Terms.AsSpan(VariableCount);

    /// <summary>Terms in any order; those of one variable are added up.</summary>
    public static LinearForm Of(params ReadOnlySpan<Term> terms)
    {
        var sorted = new List<Term>(terms.Length);
        foreach (var term in terms)
        {
            var place = sorted.Count;
            while (place > 0 && sorted[place - 1].Variable > term.Variable) place--;
            if (place > 0 && sorted[place - 1].Variable == term.Variable) sorted[place - 1] = term with { Coefficient = sorted[place - 1].Coefficient + term.Coefficient };
            else sorted.Insert(place, term);
        }
        sorted.RemoveAll(term => term.Coefficient.IsZero);
        return sorted.Count == 0 ? Zero : new LinearForm([.. sorted]);
    }

    public static LinearForm Variable(int variable) => new([new Term(variable, Rational.One)]);

    public Rational this[int variable]
    {
        get
        {
            var place = Find(variable);
            return place < 0 ? Rational.Zero : Terms[place].Coefficient;
        }
    }

    int Find(int variable)
    {
        var (low, high) = (0, Terms.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var found = Terms[middle].Variable;
            if (found == variable) return middle;
            if (found < variable) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }

    /// <summary>this + factor * other.</summary>
    public LinearForm Plus(LinearForm other, Rational factor) => Merge(other, factor, -1);

    /// <summary>With x replaced by <paramref name="value"/>.</summary>
    public LinearForm Substitute(int variable, LinearForm value)
    {
        var factor = this[variable];
        return factor.IsZero ? this : Merge(value, factor, variable);
    }

    LinearForm Merge(LinearForm other, Rational factor, int dropped)
    {
        var (left, right) = (Terms, other.Terms);
        var merged = new Term[left.Length + right.Length];
        var (i, j, count) = (0, 0, 0);
        while (i < left.Length || j < right.Length)
        {
            if (j == right.Length || (i < left.Length && left[i].Variable < right[j].Variable))
            {
                if (left[i].Variable != dropped) merged[count++] = left[i];
                i++;
            }
            else if (i == left.Length || left[i].Variable > right[j].Variable)
            {
                merged[count++] = new Term(right[j].Variable, right[j].Coefficient * factor);
                j++;
            }
            else
            {
                var sum = left[i].Coefficient + right[j].Coefficient * factor;
                if (!sum.IsZero) merged[count++] = new Term(left[i].Variable, sum);
                i++;
                j++;
            }
        }
        if (count == 0) return Zero;
        if (count < merged.Length) Array.Resize(ref merged, count);
        return new LinearForm(merged);
    }

    public LinearForm Times(Rational factor)
    {
        var terms = new Term[Terms.Length];
        for (var i = 0; i < terms.Length; i++) terms[i] = new Term(Terms[i].Variable, Terms[i].Coefficient * factor);
        return new LinearForm(terms);
    }

    /// <summary>The first coefficient.</summary>
    public Rational Lead => Terms[0].Coefficient;

    /// <summary>The fingerprint of the form divided by its first coefficient: the same for all multiples.</summary>
    public ulong ScaleFreeFingerprint
    {
        get
        {
            if (_scaleFree == 0) _scaleFree = Fingerprint.Multiply(Sum(Terms), Fingerprint.Invert(Fingerprint.Of(Lead)));
            return _scaleFree;
        }
    }

    public static ulong Sum(ReadOnlySpan<Term> terms)
    {
        var sum = 0UL;
        foreach (var term in terms) sum = Fingerprint.Add(sum, Fingerprint.Multiply(Fingerprint.Of(term.Coefficient), Fingerprint.Word(term.Variable)));
        return sum;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var term in Terms) text.Append(text.Length == 0 ? "" : " + ").Append(term.Coefficient).Append(term.Variable >= FirstConstant ? " k" : " x").Append(term.Variable % FirstConstant);
        return text.Length == 0 ? "0" : text.ToString();
    }
}
