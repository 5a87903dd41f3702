using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>Points seen from a point in one direction are on a line with it.</summary>
static class LineRule
{
    public static void Apply(Knowledge knowledge)
    {
        var directions = knowledge.Directions.Fingerprints;
        foreach (var line in knowledge.Lookalikes.Lines)
        {
            if (knowledge.OnOneLine(line)) continue;
            foreach (var a in Bits.Of(line))
                foreach (var x in Bits.Of(line))
                    foreach (var y in Bits.Of(line))
                    {
                        if (x >= y || !knowledge.Figure.AreDistinct(a, x) || !knowledge.Figure.AreDistinct(a, y)) continue;
                        if (directions[Figure.Pair(a, x)] != directions[Figure.Pair(a, y)] || knowledge.OnOneLine(Bits.Of(a, x, y))) continue;
                        if (Equations.Parallel(knowledge.Figure, a, x, a, y) is { } form && knowledge.Directions.Implies(form))
                            knowledge.AddLine(Bits.Of(a, x, y), knowledge.Learn(new Statement(Predicate.Collinear, [a, x, y]), ProofRule.Line));
                    }
        }
    }
}
