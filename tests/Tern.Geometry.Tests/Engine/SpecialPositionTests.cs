using Tern.Geometry.Checking;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;
using Tern.Geometry.Search;

namespace Tern.Geometry.Tests.Engine;

/// <summary>What is true in coordinates and follows from nothing must not be proved: the coordinates choose what is tried and signs, and are no premises.</summary>
public class SpecialPositionTests
{
    static readonly string Hexagon = string.Join(' ', Enumerable.Range(0, 6).Select(i => $"{(char)('a' + i)}@{Math.Cos(i * Math.PI / 3):R}_{Math.Sin(i * Math.PI / 3):R}"));

    /// <summary>A right angle, a square, nine points of a grid, an equilateral triangle with its centre, a regular hexagon with its centre.</summary>
    public static TheoryData<string, string> Positions => new()
    {
        { "a@0_0 b@1_0 c@0_1", "perp a b a c; cong a b a c" },
        { "a@0_0 b@1_0 c@1_1 d@0_1", "cyclic a b c d; perp a c b d; para a b c d; cong a c b d; eqangle a b a c a c a d" },
        { "a@0_0 b@1_0 c@2_0 d@0_1 e@1_1 f@2_1 g@0_2 h@1_2 i@2_2", "coll a b c; coll a e i; midp e a i; perp a i c g; rconst a i a e 2; cyclic a c g i" },
        { Hexagon, "cyclic a b c d e f; para a b d e; perp a c a f; eqangle a b a d a d a f; aconst a b a d 2pi/3" },
        { Hexagon + " o@0_0", "coll a o d; midp o a d; circle o a b c; cong a b a o; eqangle a b a o a o a f; perp a b a e" },
    };

    [Theory]
    [MemberData(nameof(Positions))]
    public void Nothing_follows_from_coordinates_alone(string points, string truths)
    {
        var problem = Problem.Parse($"{points} = ? {truths}");
        var closure = Closure.Of(problem, Diagram.Build(problem), cancellation: TestContext.Current.CancellationToken);
        Assert.All(problem.Goals, goal => Assert.False(closure.Holds(goal), problem.TextOf(goal)));
    }

    [Theory]
    [MemberData(nameof(Positions))]
    public void No_auxiliary_points_make_anything_follow_from_coordinates_alone(string points, string truths)
    {
        var problem = Problem.Parse($"{points} = ? {truths}");
        foreach (var goal in problem.Goals)
        {
            var result = Prover.Prove(problem.WithGoals([goal]), SearchOptions.Default with { Attempts = 130, MaxPoints = 6 }, cancellation: TestContext.Current.CancellationToken);
            Assert.False(result.IsProved, result.IsProved ? ProofText.Of(result.Proofs[0]) : "");
            Assert.Empty(result.Rejected);
        }
    }

    /// <summary>A rectangle, of which only that it is an isosceles trapezoid is given.</summary>
    [Fact]
    public void A_trapezoid_that_is_drawn_as_a_rectangle_has_no_right_angles()
    {
        var problem = Problem.Parse("a@0_0 b@2_0 c@2_1 d@0_1 = cyclic a b c d, cong a d b c ? perp a b b c; perp a b a d; cong a b c d");
        var closure = Closure.Of(problem.WithGoals([]), Diagram.Build(problem), cancellation: TestContext.Current.CancellationToken);
        Assert.All(problem.Goals, goal => Assert.False(closure.Holds(goal), problem.TextOf(goal)));
        Assert.True(closure.Holds(Statement("para a b c d")) && closure.Holds(Statement("cong a c b d")));

        Statement Statement(string text) => Problem.Parse($"{problem.ToText().Split('?')[0]} ? {text}").Goals[0];
    }

    /// <summary>In an isosceles trapezoid angles over the equal sides have opposite signs; where they are right, both signs hold.</summary>
    [Fact]
    public void Right_angles_over_equal_chords_are_not_told_apart_by_coordinates()
    {
        var problem = Problem.Parse("a@0_0 b@2_0 c@2_1 d@0_1 = cyclic a b c d, cong a d b c ? eqangle b a b c d c d a");
        var (goal, diagram) = (problem.Goals[0], Diagram.Build(problem));
        var proof = new Proof(problem, diagram, goal, [new(ProofRule.Given, problem.Premises[0], []), new(ProofRule.Given, problem.Premises[1], []), new(ProofRule.EqualChords, goal, [0, 1])]);
        Assert.False(ProofChecker.Check(proof).IsRight);
    }
}
