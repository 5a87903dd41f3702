using System.Collections.Immutable;
using Tern.Geometry.Checking;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Tests.Checking;

public class ProofCheckerTests
{
    static readonly Proof Right = ProofSamples.Orthocentre();

    static Proof With(int step, Func<ProofStep, ProofStep> change) => Right with { Steps = Right.Steps.SetItem(step, change(Right.Steps[step])) };

    static void IsWrong(Proof proof, int? step, string why, Problem? asked = null)
    {
        var result = ProofChecker.Check(proof, asked);
        Assert.False(result.IsRight);
        Assert.Equal(step, result.Step);
        Assert.Contains(why, result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_right_proof_is_right_in_three_other_diagrams_too()
    {
        var result = ProofChecker.Check(Right, Problem.Parse("a b c = triangle a b c; d = on_tline d b a c, on_tline d c a b ? perp a d b c"));
        Assert.True(result.IsRight, result.ToString());
        Assert.Equal(3, result.Agreeing);
    }

    [Fact]
    public void What_is_given_must_be_in_the_problem()
    {
        IsWrong(With(0, step => step with { Conclusion = Right.Goal }), 0, "is not given");
        IsWrong(With(2, step => step with { Premises = [0] }), 2, "needs no premises");
        IsWrong(With(5, step => step with { Rule = ProofRule.Given }), 5, "needs no premises");
    }

    [Fact]
    public void Premises_come_before()
    {
        IsWrong(With(4, step => step with { Premises = [0, 1, 2, 3, 4] }), 4, "does not come before");
        IsWrong(With(4, step => step with { Premises = [0, 1, 2, 6] }), 4, "does not come before");
        IsWrong(With(4, step => step with { Premises = [-1] }), 4, "does not come before");
    }

    [Fact]
    public void A_step_must_follow_by_its_rule() => IsWrong(With(5, step => step with { Rule = ProofRule.SimilarBySides }), 5, "does not follow");

    [Fact]
    public void A_false_statement_is_named() => IsWrong(With(4, step => step with { Conclusion = new(Predicate.Similar, [4, 0, 1, 4, 2, 3]) }), 4, "is false in the coordinates");

    [Fact]
    public void The_goal_must_be_concluded_and_be_the_problems()
    {
        IsWrong(Right with { Steps = Right.Steps.RemoveAt(6) }, null, "no step concludes the goal");
        IsWrong(Right with { Goal = Right.Steps[0].Conclusion }, null, "is not one of the problem's");
    }

    [Fact]
    public void The_problem_must_be_the_one_that_is_asked() =>
        IsWrong(Right, null, "another problem", Problem.Parse("a b c = triangle a b c; d = on_tline d b a c ? perp a d b c"));

    [Fact]
    public void The_coordinates_must_satisfy_the_problem()
    {
        double[] x = [.. Right.Diagram.X];
        x[3] += 0.01;
        IsWrong(Right with { Diagram = new(x, Right.Diagram.Y) }, null, "is false");
        IsWrong(Right with { Diagram = new(x[..3], Right.Diagram.Y[..3]) }, null, "points");
    }

    [Fact]
    public void The_coordinates_of_a_placed_problem_are_its_own()
    {
        var problem = Problem.Parse("a@0_0 = ; b@1_0 = ; c@1_1 = ; d@0_1 = perp b a b c, perp c b c d ? para a b c d", "square");
        var steps = ImmutableArray.Create(
            ProofSamples.Step(problem, ProofRule.Given, "perp b a b c"),
            ProofSamples.Step(problem, ProofRule.Given, "perp c b c d"),
            ProofSamples.Step(problem, ProofRule.Angles, "para a b c d", 0, 1));
        // Turned by a quarter and moved; then mirrored.
        var turned = new Diagram([5, 5, 4, 4], [0, 1, 1, 0]);
        var result = ProofChecker.Check(new(problem, turned, problem.Goals[0], steps));
        Assert.True(result.IsRight, result.ToString());
        IsWrong(new(problem, new([0, 1, 1, 0], [0, 0, -1, -1]), problem.Goals[0], steps), null, "not those of the problem");
    }

    [Fact]
    public void The_words_of_the_problem_mean_what_the_one_who_asks_means()
    {
        // A triangle that has a right angle, under the name of any.
        var trick = Definitions.Parse("triangle a b c\nc : a b c\n =\na : ; b : ; c : perp a b a c\nr_triangle\n");
        var problem = Problem.Parse("a b c = triangle a b c ? perp a b a c", "trick", trick);
        var proof = new Proof(problem, Diagram.Build(problem, 1), problem.Goals[0], [ProofSamples.Step(problem, ProofRule.Given, "perp a b a c")]);
        Assert.True(ProofChecker.Check(proof).IsRight);
        IsWrong(proof, 0, "not given", Problem.Parse("a b c = triangle a b c ? perp a b a c"));
    }

    [Theory]
    // Three lines meet in special triangles only.
    [InlineData("e : ; e : coll e a c, coll e b d, perp e c e d", "more conditions")]
    [InlineData("e : coll e a c, perp a d b c", "old points only")]
    public void Auxiliary_points_must_not_ask_anything_of_the_others(string facts, string why)
    {
        var definitions = Definitions.Parse($"triangle a b c\nc : a b c\n =\na : ; b : ; c :\ntriangle\n\non_tline x a b c\nx : x a b c\na b c = diff b c\nx : perp x a b c\ntline a b c\n\ntrick e a b c d\ne : a b c d\na b c d = \n{facts}\npline a b c\n");
        var problem = Problem.Parse("a b c = triangle a b c; d = on_tline d b a c, on_tline d c a b ? perp a d b c", "orthocentre", definitions).With("e = trick e a b c d");
        IsWrong(new(problem, Right.Diagram, problem.Goals[0], [ProofSamples.Step(problem, ProofRule.Given, "perp a d b c")]), null, why);
    }

    [Fact]
    public void A_question_is_answered_by_a_value()
    {
        var problem = Problem.Parse("a b c = ieq_triangle a b c ? acompute a b a c");
        var diagram = Diagram.Build(problem, 1);
        var given = problem.Premises.Where(premise => premise.Predicate == Predicate.EqualLengths).Select(premise => new ProofStep(ProofRule.Given, premise, [])).ToImmutableArray();
        // Its orientation is the diagram's.
        var value = diagram.Area(0, 1, 2) > 0 ? new Fractions.Fraction(1, 3) : new Fractions.Fraction(2, 3);
        var answer = new ProofStep(ProofRule.Angles, new(Predicate.AngleValue, [0, 1, 0, 2], value), [.. Enumerable.Range(0, given.Length)]);
        var result = ProofChecker.Check(new(problem, diagram, problem.Goals[0], given.Add(answer)));
        Assert.True(result.IsRight, result.ToString());
        IsWrong(new(problem, diagram, problem.Goals[0], given.Add(answer with { Conclusion = new(Predicate.AngleValue, [0, 1, 0, 2], 1 - value) })), given.Length, "is false");
    }
}
