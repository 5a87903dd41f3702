using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Testing;

namespace Tern.Geometry.Tests.Diagrams;

public sealed class DiagramTests
{
    public static TheoryData<string> Constructions => [.. Definitions.BuiltIn.All.Select(definition => definition.Name)];

    /// <summary>Inputs whose guards a free figure does not satisfy.</summary>
    static readonly Dictionary<string, string> Inputs = new()
    {
        ["2l1c"] = "a b = segment a b; c = free c; o = on_bline o a b",
        ["e5128"] = "a b = segment a b; c = on_tline c b a b; d = on_circle d c b",
    };

    /// <summary>The construction on as many points as it needs: a triangle and free ones.</summary>
    static Problem ProblemOf(Definition definition)
    {
        var inputs = Enumerable.Range(0, definition.Parameters.Length).Where(position => !definition.NewPoints.Contains(position) && !definition.Numbers.Contains(position))
            .Select(position => definition.Parameters[position]).ToArray();
        var figure = Inputs.GetValueOrDefault(definition.Name) ?? (inputs.Length >= 3
            ? string.Join("; ", [$"{string.Join(' ', inputs[..3])} = triangle {string.Join(' ', inputs[..3])}", .. inputs[3..].Select(name => $"{name} = free {name}")])
            : inputs.Length == 2 ? $"{inputs[0]} {inputs[1]} = segment {inputs[0]} {inputs[1]}" : string.Concat(inputs.Select(name => $"{name} = free {name}")));
        var arguments = definition.Parameters.Select((name, position) => definition.Numbers.Contains(position) ? definition.Name is "s_angle" or "aconst" ? "50" : "3/2" : name);
        var outputs = string.Join(' ', definition.NewPoints.Select(position => definition.Parameters[position]));
        var text = $"{(figure.Length == 0 ? "" : figure + "; ")}{outputs} = {definition.Name} {string.Join(' ', arguments)}";
        return Problem.Parse(text, definition.Name, needsGoal: false);
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void Every_construction_is_drawn_with_its_facts_and_remarks_true(string name)
    {
        var problem = ProblemOf(Definitions.BuiltIn[name]);
        // Loose distances: here the points before are free, and not such as a problem would choose.
        var options = new DiagramOptions { TooFar = 20, TooClose = 0.01 };
        for (ulong seed = 0; seed < 20; seed++)
        {
            var diagram = Diagram.Build(problem, seed, options);
            Assert.All(problem.Premises, premise => Assert.True(premise.Error(diagram) < 1e-11, $"{problem.ToText()}, seed {seed}: {problem.TextOf(premise)} {premise.Error(diagram)}"));
            Assert.Equal(diagram.Count == 1 ? 0 : 1, Enumerable.Range(0, diagram.Count).Max(point => Math.Sqrt(diagram.X[point] * diagram.X[point] + diagram.Y[point] * diagram.Y[point])), 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void Every_construction_is_true_as_sketched_before_any_refinement(string name)
    {
        var problem = ProblemOf(Definitions.BuiltIn[name]);
        var random = new SplitMix64(7);
        var drawn = 0;
        for (var attempt = 0; attempt < 500 && drawn < 20; attempt++)
        {
            var drawing = new Drawing(problem, random, DiagramOptions.Default);
            drawing.Restart(0);
            if (!drawing.TryPlaceFrom(0, 4)) continue;
            drawn++;
            Assert.True(Refinement.Worst(problem.Premises, drawing.X, drawing.Y, 1) < 1e-9, problem.ToText());
        }
        Assert.Equal(20, drawn);
    }

    [Theory]
    [InlineData("imo_ag_30.txt")]
    [InlineData("jgex_ag_231.txt")]
    [InlineData("examples.txt")]
    public void Published_problems_are_drawn_with_premises_and_goals_true(string file)
    {
        foreach (var problem in ProblemFile.Read(RealData.Path($"geometry/alphageometry/{file}")))
            for (ulong seed = 0; seed < 3; seed++)
            {
                var diagram = Diagram.Build(problem, seed);
                Assert.All(problem.Premises, premise => Assert.True(premise.Error(diagram) < 1e-11, $"{problem.Name}, seed {seed}: {problem.TextOf(premise)} {premise.Error(diagram)}"));
                Assert.All(problem.Goals, goal => Assert.True(goal.Error(diagram) < 1e-9, $"{problem.Name}, seed {seed}: {problem.TextOf(goal)} {goal.Error(diagram)}"));
            }
    }

    [Fact]
    public void The_same_seed_gives_the_same_diagram()
    {
        var problem = Problem.Parse("a b c = triangle; d = on_line a b; e = on_circle d c ? cong d e d c");
        Assert.Equal(Diagram.Build(problem, 5).X, Diagram.Build(problem, 5).X);
        Assert.NotEqual(Diagram.Build(problem, 5).X, Diagram.Build(problem, 6).X);
    }

    [Fact]
    public void A_false_goal_is_reported_with_its_numbers()
    {
        var problem = Problem.Parse("a b c = triangle a b c; m = midpoint m a b ? cong a m a c", "wrong");
        var exception = Assert.Throws<GoalIsFalseException>(() => Diagram.Build(problem));
        Assert.StartsWith("wrong: the goal 'cong a m a c' is false in each of 30 diagrams: |am| = ", exception.Message, StringComparison.Ordinal);
        Assert.Equal(problem.Goals[0], exception.Goal);
        Assert.False(exception.Goal.Holds(exception.Diagram));
        Assert.False(problem.Goals[0].Holds(Diagram.Build(problem, 0, new DiagramOptions { NeedsGoals = false })));
    }

    /// <summary>Which of two points is taken is a choice of the drawing; where the goal needs one of them, the diagram has it.</summary>
    [Fact]
    public void A_goal_that_needs_a_choice_gets_it()
    {
        var problem = Problem.Parse("a b = segment a b; c = on_circle c a b; d = on_line d a b, on_circle d a c; e = mirror e b a ? cong d b b e");
        var diagrams = Enumerable.Range(0, 20).Select(seed => Diagram.Build(problem, (ulong)seed, new DiagramOptions { AllowsCoincidentPoints = true })).ToArray();
        Assert.All(diagrams, diagram => Assert.True(problem.Goals[0].Holds(diagram)));
    }

    [Theory]
    [InlineData("a b c = triangle a b c; d = on_pline d a b c, on_line d b c ? cong a d a b", "the lines or circles of 'd = on_pline d a b c, on_line d b c' did not meet")]
    [InlineData("a b = segment a b; m = midpoint m a b; n = midpoint n a b ? coll a b n", "'n = midpoint n a b' came too close to another point")]
    [InlineData("a b = segment a b; m = midpoint m a b; n = circle n a b m ? coll a b n", "'n = circle n a b m' needs 'ncoll a b m'")]
    [InlineData("a b = segment a b; c = lconst c a 1, lconst c b 30; d = lconst d a 3, lconst d b 1 ? coll a b c", "did not meet")]
    public void What_cannot_be_drawn_is_reported_with_the_clause(string text, string message) =>
        Assert.Contains(message, Assert.Throws<GeometryException>(() => Diagram.Build(Problem.Parse(text, needsGoal: false), 0, new DiagramOptions { Attempts = 50 })).Message, StringComparison.Ordinal);

    [Fact]
    public void Lengths_are_in_units()
    {
        var problem = Problem.Parse("a = free; b = lconst b a 30; c = lconst c a 40, on_tline c a a b ? lconst b c 50; l2const b c 2500; rconst a b a c 3/4");
        var diagram = Diagram.Build(problem, 3);
        Assert.Equal(50 * diagram.Unit, diagram.Distance(1, 2), 1e-12);
    }

    [Fact]
    public void Placed_points_keep_their_place_but_for_digits()
    {
        // Three digits of coordinates: Newton's method moves them to the nearest true diagram.
        var problem = Problem.Parse("a@0_0 = ; b@2_0.001 = ; c@1.001_1.732 = ; m@1_0 = coll a b m, cong a m m b, cong a b a c, cong a b b c ? perp c m a b; aconst a b a c 120; acompute a b a c");
        var diagram = Diagram.Build(problem, 0, new DiagramOptions { Normalises = false });
        Assert.All(problem.Premises, premise => Assert.True(premise.Error(diagram) < 1e-14));
        Assert.Equal(2, diagram.X[1], 2e-3);
        var wrong = Problem.Parse("a@0_0 = ; b@2_0 = ; c@1_1 = ; d@3_5 = cong a b a c, cong a b b c, perp a c c b ? cong a b c d");
        Assert.Contains("could not be drawn", Assert.Throws<GeometryException>(() => Diagram.Build(wrong)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_diagram_is_extended_without_moving_its_points()
    {
        var problem = Problem.Parse("a b c = triangle a b c; h = orthocenter h a b c ? perp h c a b");
        var diagram = Diagram.Build(problem, 1);
        var more = problem.With("e = on_line e a c, on_line e b h; f = on_line f a b");
        var extended = diagram.Extend(more, new SplitMix64(2));
        Assert.Equal(diagram.X, extended.X[..4]);
        Assert.All(more.Premises, premise => Assert.True(premise.Error(extended) < 1e-13));
        Assert.Null(diagram.TryExtend(problem.With("e = midpoint e a b; f = midpoint f a b"), new SplitMix64(2)));
        Assert.Contains("too close", Assert.Throws<GeometryException>(() => diagram.Extend(problem.With("e = midpoint e a b; f = midpoint f a b"), new SplitMix64(2))).Message, StringComparison.Ordinal);
        Assert.Equal((5, 0.5), (diagram.WithPoint(0.25, 0.5).Count, diagram.WithPoint(0.25, 0.5).Y[4]));
    }

    [Fact]
    public void Orientation_and_order()
    {
        var diagram = new Diagram([0, 1, 0, 2], [0, 0, 1, 0]);
        Assert.Equal(1, diagram.Area(0, 1, 2));
        Assert.Equal(-1, diagram.Area(0, 2, 1));
        Assert.True(diagram.IsBetween(0, 1, 3));
        Assert.False(diagram.IsBetween(1, 0, 3));
        Assert.Equal(0.5, diagram.Direction(0, 2), 1e-15);
        Assert.Equal(0.75, diagram.Direction(2, 1), 1e-15);
        Assert.Equal(0, diagram.Direction(1, 0));
    }
}
