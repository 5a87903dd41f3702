using Tern.Geometry.Language;

namespace Tern.Geometry.Proposals;

/// <summary>From what a language model says of an auxiliary point to its construction: <c>e : C a c e 02 C b d e 03</c> is <c>e = on_line e a c, on_line e b d</c>.</summary>
public static class ProposalReader
{
    /// <summary>What is understood of statements, and how many points each has.</summary>
    public static IReadOnlyList<(string Letter, int Points)> Letters { get; } = [("C", 3), ("D", 4), ("M", 3), ("O", 4), ("P", 4), ("T", 4), ("^", 8)];

    /// <param name="words">The new point, a colon, and one or two statements that each give a line or circle of it; numbers of statements are left out of account.</param>
    /// <param name="problem">Its points have the names a, b, c, ... in the text; the new point is the next one.</param>
    /// <returns>Null where the words are none, or say what no construction does.</returns>
    public static Clause? Read(IReadOnlyList<string> words, Problem problem)
    {
        var point = problem.PointNames.Length;
        if (words.Count < 2 || words[0] != Problem.NameOf(point) || words[1] != TheoremText.Colon) return null;
        var constructions = new List<Construction>();
        for (var i = 2; i < words.Count;)
        {
            var letter = words[i++];
            var points = new List<int>();
            for (; i < words.Count && PointOf(words[i], point) is { } old; i++) points.Add(old);
            if (i < words.Count && words[i].Length == 2 && words[i].All(char.IsAsciiDigit)) i++;
            if (Construct(letter, [.. points], point, problem.Definitions) is not { } construction) return null;
            constructions.Add(construction);
        }
        return constructions.Count is 1 or 2 && constructions.All(one => constructions.Count == 1 || one.Definition.IsLocus) ? new Clause([point], constructions, isAuxiliary: true) : null;
    }

    static int? PointOf(string word, int last)
    {
        for (var point = 0; point <= last; point++)
            if (Problem.NameOf(point) == word) return point;
        return null;
    }

    static Construction? Construct(string letter, int[] p, int x, Definitions definitions)
    {
        if (!p.Contains(x)) return null;
        var (word, arguments) = letter switch
        {
            "C" when p.Length == 3 => ("on_line", Others(p, x)),
            "O" when p.Length == 4 => ("on_circum", Others(p, x)),
            "M" when p.Length == 3 => p[0] == x ? ("midpoint", [p[1], p[2]]) : ("mirror", new[] { p[1] == x ? p[2] : p[1], p[0] }),
            "T" when p.Length == 4 => Perpendicular(p, x),
            "P" when p.Length == 4 => Parallel(p, x),
            "D" when p.Length == 4 => EqualLengths(p, x),
            "^" when p.Length == 8 => Bisector(p, x),
            _ => ("", []),
        };
        if (word.Length == 0 || arguments.Contains(x) || arguments.Distinct().Count() != arguments.Length || !definitions.Contains(word)) return null;
        var definition = definitions[word];
        return definition.Parameters.Length == arguments.Length + 1 ? definition.With([x, .. arguments]) : null;
    }

    static int[] Others(int[] p, int x) => [.. p.Where(point => point != x)];

    static int Other(int[] p, int pair, int x) => p[pair] == x ? p[pair + 1] : p[pair];

    static bool Has(int[] p, int pair, int x) => p[pair] == x || p[pair + 1] == x;

    /// <summary>XA ⊥ XB: the circle with diameter AB; XA ⊥ BC: a line through A.</summary>
    static (string, int[]) Perpendicular(int[] p, int x) => (Has(p, 0, x), Has(p, 2, x)) switch
    {
        (true, true) => ("on_dia", [Other(p, 0, x), Other(p, 2, x)]),
        (true, false) => ("on_tline", [Other(p, 0, x), p[2], p[3]]),
        _ => ("on_tline", [Other(p, 2, x), p[0], p[1]]),
    };

    static (string, int[]) Parallel(int[] p, int x) => (Has(p, 0, x), Has(p, 2, x)) switch
    {
        (true, true) => ("on_line", [Other(p, 0, x), Other(p, 2, x)]),
        (true, false) => ("on_pline", [Other(p, 0, x), p[2], p[3]]),
        _ => ("on_pline", [Other(p, 2, x), p[0], p[1]]),
    };

    /// <summary>|XA| = |XB|: a bisector; |XA| = |AB|: a circle around A; |XA| = |BC|: a circle of that radius.</summary>
    static (string, int[]) EqualLengths(int[] p, int x)
    {
        if (Has(p, 0, x) && Has(p, 2, x)) return ("iso_triangle_vertex", [Other(p, 0, x), Other(p, 2, x)]);
        var (own, other) = Has(p, 0, x) ? (0, 2) : (2, 0);
        var centre = Other(p, own, x);
        return Has(p, other, centre) ? ("on_circle", [centre, Other(p, other, centre)]) : ("eqdistance", [centre, p[other], p[other + 1]]);
    }

    /// <summary>∠(BA, BX) = ∠(BX, BC).</summary>
    static (string, int[]) Bisector(int[] p, int x)
    {
        foreach (var (first, middle, again, last) in ((int, int, int, int)[])[(0, 2, 4, 6), (2, 0, 6, 4), (0, 4, 2, 6), (4, 0, 6, 2)])
        {
            if (!Has(p, middle, x) || !Has(p, again, x) || Other(p, middle, x) != Other(p, again, x)) continue;
            var corner = Other(p, middle, x);
            if (Has(p, first, corner) && Has(p, last, corner)) return ("angle_bisector", [Other(p, first, corner), corner, Other(p, last, corner)]);
        }
        return ("", []);
    }
}
