using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>The bisectors of a triangle's three angles meet in one point: where two are known, the third follows. Full angles do not tell incentres from excentres, and need not.</summary>
static class IncentreRule
{
    public static void Apply(Knowledge knowledge)
    {
        foreach (var (i, a, b, c) in knowledge.Lookalikes.Incentres)
        {
            ReadOnlySpan<int> corners = [a, b, c];
            for (var third = 0; third < 3; third++)
            {
                var (x, y, z) = (corners[third], corners[(third + 1) % 3], corners[(third + 2) % 3]);
                if (Equations.Bisector(knowledge.Figure, i, x, y, z) is not { } form || knowledge.Directions.SeemsImplied(form)) continue;
                if (!Has(knowledge, i, y, z, x) || !Has(knowledge, i, z, x, y)) continue;
                knowledge.Add(EquationSystem.Directions, form, knowledge.Learn(new Statement(Predicate.EqualAngles, [x, y, x, i, x, i, x, z]), ProofRule.Incentre, i, y, z, x));
            }
        }
    }

    static bool Has(Knowledge knowledge, int i, int a, int b, int c) => Equations.Bisector(knowledge.Figure, i, a, b, c) is { } form && knowledge.Directions.Implies(form);
}
