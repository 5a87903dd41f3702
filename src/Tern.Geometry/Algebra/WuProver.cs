using System.Collections.Immutable;
using System.Numerics;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Algebra;

/// <summary>
/// Wu's method (Wu 1978, Scientia Sinica 21, 159; Chou 1988): the construction as a chain of equations, and the goal divided by them. Differs: coordinates are isotropic (see <see cref="Isotropic{T}"/>);
/// second intersections, and places that are no roots, have linear equations, which makes most chains irreducible; remainders are split into coefficients, and initials that divide them are taken out.
/// Measured with the default limits of ten seconds: 24 of the 30 problems of IMO-AG-30 and 227 of the 231 of JGEX-AG-231 are certified.
/// </summary>
public static class WuProver
{
    /// <param name="diagram">As for the <see cref="WuOracle"/>.</param>
    /// <exception cref="GeometryException">The problem cannot be drawn.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static WuResult Certify(Problem problem, Statement goal, WuLimits? limits = null, ulong seed = 0, Diagram? diagram = null, CancellationToken cancellation = default)
    {
        var oracle = WuOracle.Of(problem, diagram, seed, [goal], cancellation);
        var answer = oracle.Test(goal, cancellation);
        if (answer.Truth != Truth.True) return new(answer.Truth, answer.Reason, null);
        return Certify(problem, goal, oracle.Plan!, limits ?? WuLimits.Default, cancellation);
    }

    static WuResult Certify(Problem problem, Statement goal, ConstructionPlan plan, WuLimits limits, CancellationToken cancellation)
    {
        Statement[] statements = [.. plan.Steps.SelectMany(step => step.Loci).Select(locus => locus.Statement), goal];
        var division = new PseudoDivision(limits, cancellation);
        var chain = new TriangularSystem((int)ModularFields.CommonOrder(statements, 2), division);
        var places = new Isotropic<Polynomial>[plan.Names.Length];
        Array.Fill(places, new(Polynomial.Zero, Polynomial.Zero));
        var isScaled = statements.Any(statement => statement.Predicate is Predicate.LengthValue or Predicate.SquaredLengthValue or Predicate.LengthProduct or Predicate.SquaredLengthSum && !statement.Value!.Value.IsZero);
        var fixedPoints = 0;
        foreach (var step in plan.Steps)
        {
            // The first two free points are 0 and 1, which a similarity makes them; where lengths are given, only the first.
            if (step is FreePlacement && fixedPoints < (isScaled ? 1 : 2))
            {
                places[step.Point] = new(chain.Number(fixedPoints), chain.Number(fixedPoints));
                fixedPoints++;
                continue;
            }
            foreach (var claim in step.Claims(places, chain)) chain.Claim(claim);
            step.Place(places, chain);
            if (chain.HasOpenClaim) return new(Truth.NotKnown, $"what the step to {plan.Names[step.Point]} takes for granted could not be certified", null);
        }
        foreach (var equation in Equations.Of(goal, places, chain)!)
        {
            var remainder = division.Reduce(equation, chain);
            if (remainder == Remainder.NotZero) return new(Truth.NotKnown, "the remainder is not zero: the chain has branches of which the goal is true only on some", null);
            if (remainder == Remainder.LimitReached) return new(Truth.NotKnown, $"the limits were reached after {division.Divisions} divisions, with {division.MostTerms} terms", null);
        }
        return new(Truth.True, null, CertificateOf(plan, chain, division, fixedPoints));
    }

    static WuCertificate CertificateOf(ConstructionPlan plan, TriangularSystem chain, PseudoDivision division, int fixedPoints)
    {
        ImmutableArray<string> names = [.. chain.Unknowns.Select(unknown => unknown.Name(plan.Names))];
        Polynomial[] equations = [.. chain.Equations.OfType<Polynomial>()];
        var free = plan.Steps.OfType<FreePlacement>().Take(fixedPoints).Select(step => plan.Names[step.Point]).ToArray();
        return new(
            free.Length < 2 ? [.. plan.Conditions] : [$"{free[0]} and {free[1]} are in different places", .. plan.Conditions],
            [.. plan.Choices],
            [.. equations.Select(equation => $"{equation.ToString(names)} = 0")],
            [.. equations.Select(equation => equation.Leading).Where(initial => !initial.IsConstant).Select(initial => initial.ToString(names)).Distinct()],
            division.Divisions, division.MostTerms);
    }
}
