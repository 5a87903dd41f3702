using Tern.Geometry.Algebra;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;
using Tern.Geometry.Search;

namespace Tern.Geometry.Tests.Search;

public class ProverTests
{
    /// <summary>Needs an auxiliary point: the closure does not prove it.</summary>
    const string Parallelogram = "a b c = r_triangle a b c; d = parallelogram a b c d; e = foot e c a d; f = circumcenter f b d c; g = on_circum g b e d, on_dia g a c ? eqangle g e g f e f e g";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static ProverResult Prove(string statement, SearchOptions options) => Prover.Prove(Problem.Parse(statement), options, cancellation: Cancellation);

    [Fact]
    public void A_problem_that_needs_a_point_is_proved_with_one()
    {
        var result = Prove(Parallelogram, SearchOptions.Default with { Attempts = 3000, Seed = 1 });
        Assert.Equal(ProofOutcome.Proved, result.Outcome);
        Assert.True(result.AuxiliaryPoints > 0);
        Assert.All(result.Checks, check => Assert.True(check.IsRight));
    }

    [Fact]
    public void The_same_seed_finds_the_same_with_any_number_of_threads()
    {
        var one = Prove(Parallelogram, SearchOptions.Default with { Attempts = 3000, Seed = 2, Threads = 1 });
        var two = Prove(Parallelogram, SearchOptions.Default with { Attempts = 3000, Seed = 2, Threads = 2 });
        Assert.Equal((one.Outcome, one.Attempts, one.Problem.ToText()), (two.Outcome, two.Attempts, two.Problem.ToText()));
        Assert.Equal(one.Proofs.Select(proof => proof.Steps.Length), two.Proofs.Select(proof => proof.Steps.Length));
    }

    /// <summary>In some diagrams D is between A and G, and the ratios of three points each are known of other sides than those of the conclusion.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    public void The_checker_follows_where_points_are_in_another_order(ulong seed)
    {
        var result = Prove("a b c = triangle a b c; e = midpoint e b c; d = on_line d a b; f = midpoint f d c; g = midpoint g b a; h = midpoint h g f; i = on_line i a b, on_line i e h ? cong a i i d",
            SearchOptions.Default with { Source = AuxiliarySource.None, Seed = seed });
        Assert.Equal(ProofOutcome.Proved, result.Outcome);
        Assert.Empty(result.Rejected);
    }

    [Fact]
    public void Without_auxiliary_points_it_is_not_proved() => Assert.Equal(ProofOutcome.NotInClosure, Prove(Parallelogram, SearchOptions.Default with { Source = AuxiliarySource.None }).Outcome);

    [Fact]
    public void What_does_not_follow_ends_when_the_attempts_are_spent()
    {
        // True by the coordinates alone.
        var result = Prove("a@0_0 b@1_0 c@0_1 = ? perp a b a c", SearchOptions.Default with { Attempts = 100, Threads = 1 });
        Assert.Equal((ProofOutcome.AttemptsSpent, 100L), (result.Outcome, result.Attempts));
        Assert.Empty(result.Proofs);
    }

    [Fact]
    public void The_time_limit_ends_a_search() =>
        Assert.Equal(ProofOutcome.TimeOut, Prove("a@0_0 b@1_0 c@0_1 = ? perp a b a c", SearchOptions.Default with { TimeLimit = TimeSpan.FromMilliseconds(300) }).Outcome);

    [Fact]
    public void A_search_can_be_cancelled()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Assert.Equal(ProofOutcome.Cancelled, Prover.Prove(Problem.Parse("a@0_0 b@1_0 c@0_1 = ? perp a b a c"), cancellation: soon.Token).Outcome);
    }

    [Fact]
    public void What_is_not_proved_may_be_certified_by_algebra()
    {
        var result = Prove(Parallelogram, SearchOptions.Default with { Source = AuxiliarySource.None, Algebra = WuLimits.Default });
        Assert.Equal(ProofOutcome.Certified, result.Outcome);
        Assert.False(result.IsProved);
        Assert.NotEmpty(Assert.Single(result.Algebra).Certificate!.Chain);
        Assert.Empty(Prove(Parallelogram, SearchOptions.Default with { Source = AuxiliarySource.None }).Algebra);
    }

    /// <summary>The fraction is the square root of two to 18 digits.</summary>
    [Fact]
    public void A_goal_that_only_looks_true_is_told_before_any_search() =>
        Assert.Contains("looks true", Assert.Throws<GoalIsFalseException>(() => Prove("a b c d = isquare a b c d ? rconst a c a b 768398401/543339720", SearchOptions.Default)).Message);

    [Fact]
    public void A_goal_that_is_false_is_told_before_any_search() =>
        Assert.Throws<GoalIsFalseException>(() => Prove("a b c = triangle a b c; d = midpoint d b c ? perp a d b c", SearchOptions.Default));

    [Fact]
    public void A_problem_without_goal_is_refused() =>
        Assert.Throws<GeometryException>(() => Prover.Prove(Problem.Parse("a b c = triangle a b c", needsGoal: false), cancellation: Cancellation));

    static Candidate[] Candidates(string statement, out Closure closure)
    {
        var problem = Problem.Parse(statement, needsGoal: false);
        closure = Closure.Of(problem, Diagram.Build(problem, 4), cancellation: Cancellation);
        return CandidateFinder.Find(closure);
    }

    [Fact]
    public void The_orthocentre_is_a_candidate_on_a_third_altitude_and_three_circles()
    {
        var candidates = Candidates("a b c = triangle a b c; d = foot d a b c; e = foot e b a c; f = foot f c a b", out var closure);
        var (x, y) = (closure.Diagram.X, closure.Diagram.Y);
        var orthocentre = Tern.Geometry.Diagrams.Locus.Line(new(x[0], y[0]), new(x[3] - x[0], y[3] - y[0]));
        Tern.Geometry.Diagrams.Locus.Meet(orthocentre, Tern.Geometry.Diagrams.Locus.Line(new(x[1], y[1]), new(x[4] - x[1], y[4] - y[1])), out var place, out _);
        var found = Assert.Single(candidates, candidate => candidate.Place.DistanceTo(place) < 1e-6);
        Assert.Equal(CandidateKind.TwoLines, found.Kind);
        Assert.InRange(found.Score, 4, 12);
    }

    [Fact]
    public void A_point_on_lines_that_are_not_known_to_pass_through_it_is_named_again()
    {
        // The third median passes through g, which closure may know; the double names g by two of the medians' lines.
        var candidates = Candidates("a b c = triangle a b c; d = circumcenter d a b c; e = orthocenter e a b c; f = midpoint f d e; g = midpoint g a b", out var closure);
        Assert.All(candidates.Where(candidate => candidate.Kind == CandidateKind.DoublePoint), candidate =>
            Assert.Contains(Enumerable.Range(0, closure.Diagram.Count), i => Math.Abs(closure.Diagram.X[i] - candidate.Place.X) + Math.Abs(closure.Diagram.Y[i] - candidate.Place.Y) < 1e-7));
    }
}
