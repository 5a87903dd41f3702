using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>Two points that look like one are one where both are on two lines or circles that cross there.</summary>
static class PlaceRule
{
    /// <summary>Least sine of the angle at which loci cross.</summary>
    const double Crossing = 1e-5;

    /// <summary>A line through A (B is -1), a circle around A (B is -2), or the circle through A and B.</summary>
    internal readonly record struct Locus(int A, int B, double Tangent);

    public const int Line = -1;
    public const int Around = -2;

    public static void Apply(Knowledge knowledge)
    {
        foreach (var (p, q) in knowledge.Figure.CoincidentPairs)
        {
            if (knowledge.AreMerged(p, q)) continue;
            var loci = Loci(knowledge, p, q);
            if (Cross(loci) is not { } cross)
            {
                ApplyTouching(knowledge, p, q, loci);
                continue;
            }
            knowledge.AddSamePlace(p, q, knowledge.Learn(new Statement(Predicate.Coincident, [p, q]), ProofRule.SamePlace, p, q, cross.One.A, cross.One.B, cross.Other.A, cross.Other.B));
        }
    }

    /// <summary>Two circles around points that are on a line with the place share no other.</summary>
    static void ApplyTouching(Knowledge knowledge, int p, int q, List<Locus> loci)
    {
        var figure = knowledge.Figure;
        var centres = loci.Where(locus => locus.B == Around).Select(locus => locus.A).ToArray();
        foreach (var a in centres)
            foreach (var b in centres)
            {
                if (a >= b || !figure.AreDistinct(a, b)) continue;
                foreach (var x in new[] { p, q })
                {
                    if (!Has(Equations.Parallel(figure, a, x, b, x), knowledge.Directions)) continue;
                    knowledge.AddSamePlace(p, q, knowledge.Learn(new Statement(Predicate.Coincident, [p, q]), ProofRule.TouchingCircles, p, q, a, b, x));
                    return;
                }
            }
    }

    static (Locus One, Locus Other)? Cross(List<Locus> loci)
    {
        for (var i = 0; i < loci.Count; i++)
            for (var j = i + 1; j < loci.Count; j++)
                if (Math.Abs(Figure.Centred(loci[i].Tangent - loci[j].Tangent)) > Crossing) return (loci[i], loci[j]);
        return null;
    }

    static List<Locus> Loci(Knowledge knowledge, int p, int q)
    {
        var figure = knowledge.Figure;
        var loci = new List<Locus>();
        for (var a = 0; a < figure.Count; a++)
        {
            if (!figure.AreDistinct(a, p)) continue;
            var direction = figure.Directions[Figure.Pair(a, p)];
            if (Has(Equations.Parallel(figure, a, p, a, q), knowledge.Directions)) loci.Add(new Locus(a, Line, direction));
            if (Has(Equations.EqualLogs(figure, a, p, a, q), knowledge.Logs)) loci.Add(new Locus(a, Around, direction + 0.5));
        }
        for (var a = 0; a < figure.Count; a++)
            for (var b = a + 1; b < figure.Count; b++)
            {
                if (!figure.AreDistinct(a, p) || !figure.AreDistinct(b, p) || !figure.AreDistinct(a, b) || figure.AreCollinear(a, b, p)) continue;
                if (!Has(Equations.EqualAngles(figure, p, a, p, b, q, a, q, b), knowledge.Directions)) continue;
                var directions = figure.Directions;
                // The tangent at P makes with PA the angle of BP with BA.
                loci.Add(new Locus(a, b, directions[Figure.Pair(p, a)] + directions[Figure.Pair(b, p)] - directions[Figure.Pair(a, b)]));
            }
        return loci;
    }

    static bool Has(LinearForm? form, LinearSystem system) => form is not null && system.Implies(form);
}
