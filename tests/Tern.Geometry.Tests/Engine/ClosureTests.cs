using Tern.Geometry.Checking;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;
using Tern.Testing;

namespace Tern.Geometry.Tests.Engine;

public class ClosureTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static Closure Of(string statement, ulong seed = 1)
    {
        var problem = Problem.Parse(statement);
        return Closure.Of(problem, Diagram.Build(problem, seed), cancellation: Cancellation);
    }

    static ProofRule[] RulesOf(Closure closure)
    {
        var proof = closure.Prove(closure.Problem.Goals[0]);
        Assert.NotNull(proof);
        var check = ProofChecker.Check(proof, closure.Problem);
        Assert.True(check.IsRight, check.ToString());
        return [.. proof.Steps.Select(step => step.Rule)];
    }

    [Theory]
    [InlineData("a b c d e = pentagon a b c d e; f = on_pline f c a b; g = on_pline g d c f ? para a b d g", ProofRule.Angles)]
    [InlineData("a b c = triangle a b c; d = on_pline d a b c, on_pline d b a c ? cong a d b c", ProofRule.SimilarByAngles)]
    [InlineData("a b c = triangle a b c; d = foot d a b c; e = foot e b a c ? cyclic a b d e", ProofRule.Circle)]
    [InlineData("a b c = r_triangle a b c; m = midpoint m b c ? cong m a m b", ProofRule.CentralAngle)]
    [InlineData("a b c = iso_triangle a b c; m = midpoint m b c ? perp a m b c", ProofRule.Angles)]
    [InlineData("a b c = triangle a b c; i = incenter i a b c ? eqangle b a b i b i b c", ProofRule.Given)]
    [InlineData("a b c = triangle a b c; i = angle_bisector i b a c, angle_bisector i a b c ? eqangle c a c i c i c b", ProofRule.Incentre)]
    [InlineData("a b c = triangle a b c; d = on_tline d b a c, on_tline d c a b ? perp a d b c", ProofRule.Squares)]
    [InlineData("a b c = triangle a b c; d = on_line d a b; e = on_pline e d b c, on_line e a c ? eqratio a d d b a e e c", ProofRule.DividedAlike)]
    public void A_rule_is_used_where_it_leads(string statement, ProofRule rule) => Assert.Contains(rule, RulesOf(Of(statement)));

    /// <summary>The first example of the paper, which its engine proves with an auxiliary point; squares of lengths do without.</summary>
    [Fact]
    public void The_altitudes_of_a_triangle_meet() =>
        Assert.NotEmpty(RulesOf(Of("a b c = triangle a b c; d = on_tline d b a c, on_tline d c a b ? perp a d b c")));

    [Fact]
    public void The_bisectors_of_a_corner_are_perpendicular() =>
        Assert.NotEmpty(RulesOf(Of("a b c = triangle a b c; d = incenter d a b c; e = excenter e a b c ? perp d c c e")));

    [Fact]
    public void Three_equal_angles_of_a_triangle_are_thirds()
    {
        var closure = Of("b c = segment b c; a = eq_triangle a b c ? acompute a b a c");
        var value = closure.Answer(closure.Problem.Goals[0])!.Value!.Value;
        Assert.Contains(value, (Fractions.Fraction[])[new(1, 3), new(2, 3)]);
    }

    [Fact]
    public void What_does_not_follow_is_not_held()
    {
        var closure = Of("a b c = triangle a b c; d = midpoint d b c ? midp d b c");
        Assert.True(closure.IsSaturated);
        Assert.False(closure.Holds(closure.Problem.ParseStatement("perp a d b c")));
        Assert.Null(closure.Prove(closure.Problem.ParseStatement("perp a d b c")));
    }

    [Theory]
    [InlineData("a b c = triangle a b c; d = foot d a b c; e = foot e b a c", "h = on_line h a d, on_line h b e; f = on_line f c h, on_line f a b")]
    [InlineData("a b c = triangle a b c; o = circumcenter o a b c", "d = on_circle d o a, on_line d a o; m = midpoint m b c; h = mirror h d m")]
    [InlineData("a b c = r_triangle a b c; d = foot d a b c", "i = incenter i a b d; j = incenter j a c d; k = midpoint k i j")]
    public void Going_on_with_more_points_gives_what_starting_with_all_of_them_does(string statement, string more)
    {
        var problem = Problem.Parse(statement, needsGoal: false);
        var all = problem.With(more);
        var diagram = Diagram.Build(all, 3);
        var count = problem.PointNames.Length;
        var first = Closure.Of(problem, new Diagram(diagram.X[..count], diagram.Y[..count], diagram.Unit), cancellation: Cancellation);
        var facts = first.Knowledge.Facts.Count;
        var extended = first.With(all, diagram, cancellation: Cancellation);
        var whole = Closure.Of(all, diagram, cancellation: Cancellation);
        Assert.Equal(facts, first.Knowledge.Facts.Count);
        Assert.All(whole.Knowledge.Facts, fact => Assert.True(extended.Holds(fact.Statement), fact.ToString()));
        Assert.All(extended.Knowledge.Facts, fact => Assert.True(whole.Holds(fact.Statement), fact.ToString()));
    }

    [Fact]
    public void It_can_be_cancelled() =>
        Assert.Throws<OperationCanceledException>(() => Closure.Of(Problem.Parse("a b c = triangle a b c ? cong a b a c"), new Diagram([0, 1, 0], [0, 0, 1]), cancellation: new CancellationToken(true)));

    [Fact]
    public void A_diagram_of_another_problem_is_refused() =>
        Assert.Throws<ArgumentException>(() => Closure.Of(Problem.Parse("a b c = triangle a b c ? cong a b a c"), new Diagram([0, 1], [0, 0]), cancellation: Cancellation));

    static IReadOnlyList<Problem> Problems(string file) => ProblemFile.Read(RealData.Path("geometry/alphageometry/" + file));

    static List<Closure> Closures(string file) =>
        [.. Problems(file).AsParallel().AsOrdered().WithDegreeOfParallelism(2).Select(problem => Closure.Of(problem, Diagram.Build(problem), new ClosureOptions { StopsAtGoals = true }, Cancellation))];

    /// <summary>Counts of the engine of AlphaGeometry2 on the same statements.</summary>
    [Fact]
    public void Closures_of_olympiad_problems_prove_what_the_best_published_engine_does()
    {
        string[] known = ["2000_p1", "2002_p2a", "2002_p2b", "2003_p4", "2004_p5", "2005_p5", "2007_p4", "2010_p4", "2012_p1", "2013_p4", "2014_p4", "2015_p4", "2016_p1", "2017_p4", "2022_p4"];
        var solved = Closures("imo_ag_30.txt").Where(closure => closure.IsSolved).ToList();
        Assert.All(known, name => Assert.Contains(solved, closure => closure.Problem.Name.EndsWith(name, StringComparison.Ordinal)));
        Assert.All(solved, closure => RulesOf(closure));
    }

    [Fact]
    public void Closures_of_the_JGEX_problems_prove_more_than_the_best_published_engine_does()
    {
        var solved = Closures("jgex_ag_231.txt").Where(closure => closure.IsSolved).ToList();
        Assert.InRange(solved.Count, 194, 231);
        // A sixth of them: checking takes longer than proving.
        Assert.All(solved.Where((_, i) => i % 6 == 0), closure => RulesOf(closure));
    }

    /// <summary>The checker repeats every proof in other diagrams, and calls a rule wrong that holds there while its conclusion does not.</summary>
    [Fact]
    public void Every_fact_has_a_proof_that_holds_in_other_diagrams()
    {
        const int facts = 6;
        var (agreeing, all) = (0, 0);
        var problems = Problems("imo_ag_30.txt").Concat(Problems("jgex_ag_231.txt")).Where((_, i) => i % 9 == 0);
        foreach (var problem in problems)
        {
            var closure = Closure.Of(problem, Diagram.Build(problem), cancellation: Cancellation);
            var derived = closure.Knowledge.Facts.Where(fact => fact.Rule != ProofRule.Given).Select(fact => fact.Statement).Distinct().ToList();
            foreach (var fact in derived.Where((_, i) => i % Math.Max(1, derived.Count / facts) == 0).Take(facts))
            {
                var asked = problem.WithGoals([fact]);
                var proof = Closure.Of(asked, closure.Diagram, cancellation: Cancellation).Prove(fact);
                Assert.NotNull(proof);
                var check = ProofChecker.Check(proof, asked);
                Assert.True(check.IsRight, $"{problem.Name}: {problem.TextOf(fact)}: {check}");
                all++;
                if (check.Agreeing > 0) agreeing++;
            }
        }
        // The rest need an order of points that other diagrams do not have.
        Assert.True(agreeing > all * 0.85, $"{agreeing} of {all}");
    }
}
