using Tern.Geometry.Algebra;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Testing;

namespace Tern.Geometry.Tests.Algebra;

public sealed class WuOracleTests
{
    public static TheoryData<string> TrueTheorems => Theorems.True;

    public static TheoryData<string> FalseTheorems => Theorems.False;

    /// <summary>Published problems; the second number is how many of them are not expressed: circles that touch, and a third of an angle.</summary>
    public static TheoryData<string, int> Published => new() { { "imo_ag_30.txt", 0 }, { "jgex_ag_231.txt", 2 }, { "examples.txt", 0 } };

    static OracleAnswer Test(Problem problem, ulong seed = 0, Diagram? diagram = null) => WuOracle.Test(problem, problem.Goals[0], seed, diagram, TestContext.Current.CancellationToken);

    [Theory]
    [MemberData(nameof(TrueTheorems))]
    public void Theorems_are_true(string text)
    {
        var problem = Theorems.Read(text);
        for (ulong seed = 0; seed < 3; seed++)
        {
            var answer = Test(problem, seed);
            Assert.True(answer.Truth == Truth.True, answer.ToString());
            Assert.InRange(answer.ErrorBound, 0, 1e-30);
        }
    }

    [Theory]
    [MemberData(nameof(FalseTheorems))]
    public void What_is_no_theorem_is_false(string text)
    {
        var problem = Theorems.Read(text);
        for (ulong seed = 0; seed < 3; seed++) Assert.Equal(Truth.False, Test(problem, seed).Truth);
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void Goals_of_published_problems_are_true(string file, int notExpressed)
    {
        foreach (var problem in ProblemFile.Read(RealData.Path($"geometry/alphageometry/{file}")))
        {
            var answer = Test(problem, 1);
            if (answer.Truth == Truth.NotKnown) Assert.True(--notExpressed >= 0, $"{problem.Name}: {answer}");
            else Assert.True(answer.Truth == Truth.True, $"{problem.Name}: {answer}");
        }
        Assert.Equal(0, notExpressed);
    }

    /// <summary>Each goal with one of its points replaced by each other one: what the diagram finds true, and no more.</summary>
    [Theory]
    [MemberData(nameof(Published))]
    public void Changed_goals_are_true_where_the_diagram_says_so(string file, int notExpressed)
    {
        var isFalse = 0;
        foreach (var problem in ProblemFile.Read(RealData.Path($"geometry/alphageometry/{file}")))
        {
            var diagram = Diagram.Build(problem, 2);
            var oracle = WuOracle.Of(problem, diagram, seed: 2, cancellation: TestContext.Current.CancellationToken);
            var notKnown = 0;
            foreach (var statement in Changed(problem.Goals[0], problem.PointNames.Length))
            {
                var (answer, error) = (oracle.Test(statement, TestContext.Current.CancellationToken), statement.Error(diagram));
                if (double.IsNaN(error)) continue;
                if (answer.Truth == Truth.NotKnown) notKnown++;
                else Assert.True(answer.Truth == (error < 1e-9 ? Truth.True : Truth.False), $"{problem.Name}: '{problem.TextOf(statement)}' has the error {error} and is {answer}");
                if (answer.Truth == Truth.False) isFalse++;
            }
            if (notKnown > 0) Assert.True(--notExpressed >= 0, $"{problem.Name}: {notKnown} not known");
        }
        Assert.True(isFalse > 20);
    }

    static IEnumerable<Statement> Changed(Statement goal, int points)
    {
        for (var i = 0; i < goal.Points.Length; i++)
            for (var point = 0; point < points; point++)
            {
                Statement changed;
                try
                {
                    changed = new Statement(goal.Predicate, goal.Points.SetItem(i, point), goal.Value);
                }
                catch (ArgumentException)
                {
                    continue;
                }
                yield return changed;
            }
    }

    [Theory]
    [InlineData("a b c = triangle a b c; x y = trisect x y a b c ? eqangle b a b x b y b c", "a third of an angle")]
    [InlineData("a b c = triangle a b c ? distseq a b b c 1 -1", "is no equation of coordinates")]
    [InlineData("a b c = triangle a b c; m = midpoint m a b; n = midpoint n a b ? para m n a c", "are in the same place")]
    public void What_it_cannot_express_is_not_known(string text, string reason)
    {
        var problem = Theorems.Read(text);
        var diagram = Diagram.Build(problem, 0, new DiagramOptions { NeedsGoals = false, AllowsCoincidentPoints = true });
        var answer = Test(problem, diagram: diagram);
        Assert.Equal(Truth.NotKnown, answer.Truth);
        Assert.Contains(reason, answer.Reason, StringComparison.Ordinal);
    }

    /// <summary>Two equilateral triangles on the sides of an angle: which of the four figures it is decides, and the diagram says which.</summary>
    [Fact]
    public void The_diagram_says_which_of_two_places_is_meant()
    {
        var problem = Problem.Parse("a b c = triangle a b c; d = eq_triangle d a b; e = eq_triangle e a c ? cong d c b e");
        var found = new HashSet<Truth>();
        for (ulong seed = 0; seed < 12; seed++)
        {
            var diagram = Diagram.Build(problem, seed, new DiagramOptions { NeedsGoals = false });
            var answer = Test(problem, seed, diagram);
            Assert.Equal(problem.Goals[0].Holds(diagram) ? Truth.True : Truth.False, answer.Truth);
            found.Add(answer.Truth);
        }
        Assert.Equal(2, found.Count);
    }

    [Fact]
    public void Conditions_and_choices_are_named()
    {
        var problem = Problem.Parse("a b c = triangle a b c; e = on_line e a c; o = circle o a b c; f = on_line f b e, on_circle f o b ? cong o f o a");
        var answer = Test(problem);
        Assert.Equal(Truth.True, answer.Truth);
        Assert.Contains("'coll e a c' is a condition of e", answer.Conditions);
        Assert.Contains("f is not b", answer.Choices);
    }

    [Fact]
    public void The_same_seed_gives_the_same_answer()
    {
        var problem = Theorems.Read("a b c = triangle a b c; i = incenter i a b c; d = on_circle d i a ? cong i a i d");
        var (one, other) = (Test(problem, 3), Test(problem, 3));
        Assert.Equal((one.Truth, one.ErrorBound, one.Degree), (other.Truth, other.ErrorBound, other.Degree));
    }

    [Fact]
    public void A_test_can_be_cancelled()
    {
        var problem = Theorems.Read("a b c = triangle a b c; i = incenter i a b c ? cong i a i b");
        Assert.Throws<OperationCanceledException>(() => WuOracle.Test(problem, problem.Goals[0], cancellation: new CancellationToken(true)));
    }
}
