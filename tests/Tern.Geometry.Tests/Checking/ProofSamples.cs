using System.Collections.Immutable;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Tests.Checking;

/// <summary>A step with its problem: the premises are enough, and none is too many.</summary>
public sealed record SampleStep(ProofRule Rule, string Problem, string Premises, string Conclusion)
{
    public override string ToString() => $"{Rule}: {Premises} => {Conclusion}";

    internal (Problem Problem, Statement[] Premises, Statement Conclusion, Diagram Diagram) Build()
    {
        var problem = Tern.Geometry.Language.Problem.Parse($"{Problem} ? {Premises}; {Conclusion}");
        var diagram = Diagram.Build(problem, 5, DiagramOptions.Default with { AllowsCoincidentPoints = Rule is ProofRule.SamePlace or ProofRule.TouchingCircles });
        return (problem, [.. problem.Goals[..^1]], problem.Goals[^1], diagram);
    }
}

static class ProofSamples
{
    const string Triangle = "a b c = triangle a b c; ", Parallels = Triangle + "d = on_line d a b; e = on_pline e d b c, on_line e a c", Circle = Triangle + "d = on_circum d a b c";
    const string RightParallels = "a b c = r_triangle a b c; d = on_line d a b; e = on_pline e d b c, on_line e a c", Trapezoid = Triangle + "d = on_circum d a b c, on_pline d c a b";
    const string Centre = Triangle + "o = circle o a b c", Foot = Triangle + "d = foot d a b c", Isosceles = "a b c = iso_triangle a b c";

    /// <summary>One or more for each rule.</summary>
    public static readonly SampleStep[] Steps =
    [
        new(ProofRule.Angles, Triangle + "d = on_pline d c a b; e = on_tline e d a b", "para c d a b; perp d e a b", "perp d e c d"),
        new(ProofRule.Angles, Circle, "cyclic a b c d", "eqangle c a c b d a d b"),
        new(ProofRule.Angles, Isosceles, "cong a b a c", "eqangle b a b c c b c a"),
        new(ProofRule.Angles, Centre, "circle o a b c", "eqangle b o b c c b c o"),
        new(ProofRule.Ratios, "a b = segment a b; m = midpoint m a b; n = midpoint n a m", "midp m a b; midp n a m", "rconst a b a n 4"),
        new(ProofRule.Ratios, Parallels, "simtri a b c a d e", "eqratio a b a d b c d e"),
        new(ProofRule.Lengths, "a b = segment a b; m = midpoint m a b; n = midpoint n m b", "midp m a b; midp n m b; coll a m n", "rconst a n m n 3"),
        new(ProofRule.Squares, Foot, "perp a d b c", "dist2seq a b d c a c d b 1 1 -1 -1"),
        new(ProofRule.Squares, Foot, "dist2seq a b d c a c d b 1 1 -1 -1", "perp a d b c"),
        new(ProofRule.Line, Triangle + "d = on_line d a b; e = on_line e a b", "coll a b d; coll a b e", "coll b d e"),
        new(ProofRule.Circle, Circle, "eqangle c a c b d a d b", "cyclic a b c d"),
        new(ProofRule.Centre, Centre, "cong o a o b; cong o b o c", "circle o a b c"),
        new(ProofRule.CentralAngle, Centre, "cong o a o b; angeq c b c a o b a b 1 -1 -1 1 90", "circle o a b c"),
        new(ProofRule.TwoChords, Circle + "; o = circle o a b c", "cyclic a b c d; cong o a o b; cong o b o c", "circle o a b c d"),
        new(ProofRule.Middle, "a b = segment a b; m = midpoint m a b", "coll m a b; cong m a m b", "midp m a b"),
        new(ProofRule.SimilarByAngles, Parallels, "coll d a b; coll e a c; para d e b c", "simtri a b c a d e"),
        new(ProofRule.SimilarBySides, Parallels, "eqratio a b a d b c d e; eqratio a b a d a c a e", "simtri a b c a d e"),
        new(ProofRule.SimilarBySideAngleSide, Parallels, "eqratio a b a d a c a e; coll d a b; coll e a c", "simtri a b c a d e"),
        new(ProofRule.SimilarBySideSideAngle, RightParallels, "eqratio a b a d b c d e; coll d a b; coll e a c", "simtri a b c a d e"),
        new(ProofRule.CongruentBySide, Triangle + "d = parallelogram a b c d", "para a b c d; para a d b c", "contri a b c c d a"),
        new(ProofRule.CongruentBySide, Triangle + "d = reflect d a b c", "cong b a b d; cong c a c d", "contri2 a b c d b c"),
        new(ProofRule.EqualBaseAngles, Isosceles, "eqangle b a b c c b c a", "cong a b a c"),
        new(ProofRule.DividedAlike, Parallels, "coll a d b; coll a e c; eqratio a b a d a c a e", "eqratio b d d a c e e a"),
        new(ProofRule.EqualArcs, Trapezoid, "cyclic a b c d; para a b c d", "cong a d b c"),
        new(ProofRule.EqualChords, Trapezoid, "cyclic a b c d; cong a d b c", "eqangle b a b d d c d b"),
        new(ProofRule.SamePlace, "a b = segment a b; m = midpoint m a b; n = midpoint n a b", "midp m a b; midp n a b", "overlap m n"),
        new(ProofRule.Incentre, Triangle + "i = incenter i a b c", "eqangle a b a i a i a c; eqangle b a b i b i b c", "eqangle c a c i c i c b"),
        new(ProofRule.TouchingCircles, "a b = segment a b; p = on_line p a b; q = on_circle q a p, on_circle q b p", "coll a b p; cong a p a q; cong b p b q", "overlap p q"),
    ];

    /// <summary>The altitudes of a triangle meet, with the foot of one as auxiliary point (the first example of Trinh et al. 2024).</summary>
    public static Proof Orthocentre()
    {
        var problem = Problem.Parse("a b c = triangle a b c; d = on_tline d b a c, on_tline d c a b ? perp a d b c", "orthocentre").With("e = on_line e a c, on_line e b d");
        var steps = ImmutableArray.Create(
            Step(problem, ProofRule.Given, "perp b d a c"),
            Step(problem, ProofRule.Given, "perp c d a b"),
            Step(problem, ProofRule.Given, "coll e a c"),
            Step(problem, ProofRule.Given, "coll e b d"),
            Step(problem, ProofRule.SimilarByAngles, "simtri e a b e d c", 0, 1, 2, 3),
            Step(problem, ProofRule.SimilarBySideAngleSide, "simtri e a d e b c", 0, 2, 3, 4),
            Step(problem, ProofRule.Angles, "perp a d b c", 0, 2, 3, 5));
        return new(problem, Diagram.Build(problem, 3), problem.Goals[0], steps);
    }

    public static ProofStep Step(Problem problem, ProofRule rule, string conclusion, params int[] premises) => new(rule, Statement(problem, conclusion), [.. premises]);

    public static Statement Statement(Problem problem, string text)
    {
        var words = text.Split(' ');
        Assert.True(Predicates.TryParse(words[0], out var predicate));
        return new(predicate, words.Skip(1).Select(problem.PointNamed));
    }
}
