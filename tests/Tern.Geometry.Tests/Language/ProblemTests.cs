using Fractions;
using Tern.Geometry.Language;
using Tern.Testing;

namespace Tern.Geometry.Tests.Language;

public sealed class ProblemTests
{
    const string Orthocentre = "a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h b c";

    [Fact]
    public void A_statement_has_points_clauses_premises_and_a_goal()
    {
        var problem = Problem.Parse(Orthocentre, "orthocentre");
        Assert.Equal("orthocentre", problem.Name);
        Assert.Equal(["a", "b", "c", "h"], problem.PointNames);
        Assert.Equal(2, problem.Clauses.Length);
        Assert.Equal(["triangle"], problem.Clauses[0].Constructions.Select(construction => construction.Definition.Name));
        Assert.Equal(["perp h b a c", "perp h c a b"], problem.Premises.Select(problem.TextOf));
        Assert.Equal(["perp a h b c"], problem.Goals.Select(problem.TextOf));
        Assert.Equal(Orthocentre, problem.ToText());
        Assert.Same(problem.Clauses[1], problem.ClauseOf(3));
    }

    [Theory]
    [InlineData("a b c = triangle; m = midpoint a b; n = on_line b c ? coll a b m", "a b c = triangle a b c; m = midpoint m a b; n = on_line n b c ? coll a b m")]
    [InlineData("a b c = triangle; d = parallelogram a b c ? cong a b c d", "a b c = triangle a b c; d = parallelogram a b c d ? cong a b c d")]
    [InlineData("a b = segment b a; x = s_angle a b 30 ? cong a b b x", "a b = segment b a; x = s_angle a b x 30 ? cong a b b x")]
    [InlineData("a b c = triangle; d = parallelogram d a b c ? cong a b c d", "a b c = triangle a b c; d = parallelogram a b c d ? cong a b c d")]
    public void New_points_may_be_left_out_or_come_first(string text, string full) => Assert.Equal(full, Problem.Parse(text).ToText());

    [Fact]
    public void Remarks_of_constructions_are_premises_unless_switched_off()
    {
        const string Text = "a b c = triangle a b c; h = orthocenter h a b c ? perp h c a b";
        var problem = Problem.Parse(Text);
        Assert.Equal(["perp h a b c", "perp h b c a", "perp h c a b"], problem.Premises.Select(problem.TextOf));
        Assert.True(problem.AssertsRemarks);
        Assert.Equal(["perp h a b c", "perp h b c a"], Problem.Parse(Text, assertsRemarks: false).Premises.Select(problem.TextOf));
        Assert.Equal(["perp h c a b"], problem.WithRemarks(false).Clauses[1].Remarks.Select(problem.TextOf));
        Assert.Equal(2, problem.WithRemarks(false).Premises.Length);
    }

    [Fact]
    public void Several_goals_and_auxiliary_clauses()
    {
        const string Text = "a b c = triangle a b c; h = orthocenter h a b c | e = on_line e a c, on_line e b h ? perp a h b c; coll b e h";
        var problem = Problem.Parse(Text);
        Assert.Equal([false, false, true], problem.Clauses.Select(clause => clause.IsAuxiliary));
        Assert.Equal(2, problem.Goals.Length);
        Assert.Equal(Text, problem.ToText());
    }

    [Fact]
    public void Auxiliary_clauses_are_added_and_dropped()
    {
        var problem = Problem.Parse(Orthocentre);
        var more = problem.With("e = on_line e a c, on_line e b h; f = midpoint b c");
        Assert.Equal(6, more.PointNames.Length);
        Assert.True(more.Clauses[^1].IsAuxiliary);
        Assert.Equal("a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b | e = on_line e a c, on_line e b h; f = midpoint f b c ? perp a h b c", more.ToText());
        Assert.Equal(["a", "b", "c", "h", "f"], more.Without([more.Clauses[2]]).PointNames);
        Assert.Equal("a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b | f = midpoint f b c ? perp a h b c", more.Without([more.Clauses[2]]).ToText());
        Assert.Equal(Orthocentre, more.Without([.. more.Clauses.Where(clause => clause.IsAuxiliary)]).ToText());
        var e = Definitions.BuiltIn["on_line"].With(4, 0, 2);
        Assert.Equal("e = on_line e a c", problem.With(["e"], [new Clause([4], [e], isAuxiliary: true)]) is var built ? built.TextOf(built.Clauses[^1]) : "");
    }

    [Fact]
    public void Points_are_renamed_in_their_order()
    {
        var problem = Problem.Parse("p q r = triangle p q r; h1 = orthocenter h1 p q r ? perp p h1 q r").Translated();
        Assert.Equal("a b c = triangle a b c; d = orthocenter d a b c ? perp a d b c", problem.ToText());
        Assert.Equal(["a", "z", "a1", "z1", "a2"], ((int[])[0, 25, 26, 51, 52]).Select(Problem.NameOf));
    }

    [Fact]
    public void Numbers_are_degrees_parts_of_pi_and_ratios()
    {
        var problem = Problem.Parse("a b = segment a b; c = s_angle a b c -40; d = aconst a b c d 2pi/3; e = aconst a b c e 45o; f = rconst a b c f 3/4; g = rconst2 g a b 1.5; h = lconst h a 2 ? aconst a b c d 2pi/3");
        var values = problem.Premises.Select(premise => premise.Value).ToArray();
        Assert.Equal([new Fraction(7, 9), new Fraction(2, 3), new Fraction(1, 4), new Fraction(3, 4), new Fraction(3, 2), new Fraction(2)], values);
        Assert.Equal(problem.Goals[0], problem.Premises[1]);
        Assert.Equal(problem.ToText(), Problem.Parse(problem.ToText()).ToText());
    }

    /// <summary>From the tests of google-deepmind/alphageometry2, which reads ∠(AB, CD) in aconst and acompute as d(AB) - d(CD).</summary>
    [Fact]
    public void Statements_of_placed_points()
    {
        var problem = Problem.Parse("a@0_0 = ; b@2_0 = ; c@1_1.7320508075688772 = ; m@1_0 = coll a b m, cong a m m b, aconst a c a b 60, distseq a m m b a b 1 1 -1 ? acompute a c b c");
        Assert.True(problem.IsPlaced);
        Assert.Equal((1, 1.7320508075688772), problem.Coordinates[2]);
        Assert.Equal(Predicate.LengthSum, problem.Premises[3].Predicate);
        Assert.Equal(new Statement(Predicate.AngleValue, [0, 1, 0, 2], new Fraction(1, 3)), problem.Premises[2]);
        Assert.Equal(new Statement(Predicate.FindAngle, [1, 2, 0, 2]), problem.Goals[0]);
        var again = Problem.Parse(problem.ToText());
        Assert.Equal(problem.Premises, again.Premises);
        Assert.Equal(problem.Goals, again.Goals);
        Assert.Equal(problem.ToText(), again.ToText());
    }

    [Fact]
    public void Some_points_may_be_placed()
    {
        const string Text = "x@4.96_-0.13 y@-1_2 z@0_0 = triangle x y z; o = circle o x y z ? cong o x o y";
        var problem = Problem.Parse(Text);
        Assert.False(problem.IsPlaced);
        Assert.Equal(Text, problem.ToText());
    }

    [Theory]
    [InlineData("a b c = triangle a b c; d = midpiont d a b ? coll a b d", 29, "there is no construction 'midpiont'; did you mean 'midpoint'?")]
    [InlineData("a b c = triangle a b c; d = midpoint d a e ? coll a b d", 42, "there is no point 'e' here")]
    [InlineData("a b c = triangle a b c; a = midpoint a b c ? coll a b c", 25, "there is already a point 'a'.")]
    [InlineData("a b c = triangle a b c; d = on_line d a b c ? coll a b d", 29, "'on_line x a b' takes 3 arguments, or 2 without the new point, not 4.")]
    [InlineData("a b c = triangle a b c; d = on_line d a, on_line d b c ? coll a b d", 29, "'on_line x a b' takes 3 arguments, or 2 without the new point, not 2 with it.")]
    [InlineData("a b c = triangle a b c; d = midpoint d a b", 43, "the goal is missing")]
    [InlineData("a b c = triangle a b c; d midpoint d a b ? coll a b d", 42, "expected '='")]
    [InlineData("a b c = triangle a b c ? colll a b c", 26, "there is no predicate 'colll'; did you mean 'coll'?")]
    [InlineData("a b c = triangle a b c ? para a b c", 26, "para: takes 4 points, not 3.")]
    [InlineData("a b c = triangle a b c ? para a a b c", 26, "para: needs different points where one was given twice.")]
    [InlineData("a b c = triangle a b c; d = on_line d a a ? coll a b d", 29, "coll: needs different points")]
    [InlineData("a b c = triangle a b c; d = s_angle a b d c ? coll a b d", 43, "the y of 's_angle a b x y' is a number")]
    [InlineData("a b c = triangle a b c; d e = midpoint d a b ? coll a b d", 31, "introduces 1 point, and there are 2")]
    [InlineData("a b c = triangle a b c; d = midpoint a d b ? coll a b d", 38, "is a new point, but 'a' is there already")]
    [InlineData("a b c = triangle a b c; d = on_line d d b ? coll a b d", 39, "'d' is being constructed here")]
    [InlineData("a b c = triangle a b c; d = coll d a b ? coll a b d", 29, "'coll' is a statement, not a construction")]
    [InlineData("a b c = triangle a b c; d = ? coll a b d", 29, "expected a construction")]
    [InlineData("a b c = triangle a b c; = midpoint a b ? coll a b c", 25, "a clause begins with the names of its new points")]
    [InlineData("a b c = triangle a b c; d = midpoint a b, midpoint a c ? coll a b d", 29, "places its point, and so does the other")]
    [InlineData("a b c = triangle a b c; d = on_line a b, on_line b c, on_line c a ? coll a b d", 55, "one construction, or two")]
    [InlineData("a b c = triangle a b c ? lequation 1 a b 1 b c", 26, "lequation: takes terms, each a coefficient and points, and a value at the end.")]
    [InlineData("a b c = triangle a b c ? lequation 1 a b 1 b c * b c 0", 26, "lequation: takes lengths, 'a b', or in all terms their squares")]
    [InlineData("a@1 b c = triangle a b c ? coll a b c", 1, "expected coordinates after '@'")]
    public void A_mistake_is_shown_with_its_place(string text, int column, string message)
    {
        var exception = Assert.Throws<GeometryException>(() => ProblemFile.Parse($"first\n{Orthocentre}\n\nsecond\n{text}\n? \n", "problems.txt"));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Equal((5, column, text), (exception.Place!.Line, exception.Place.Column, exception.Place.Text));
        Assert.StartsWith($"problems.txt(5,{column}): ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith($"\n  {text}\n  {new string(' ', column - 1)}^", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_ends_with_a_name_or_is_not_there_says_so()
    {
        Assert.Contains("'alone'", Assert.Throws<GeometryException>(() => ProblemFile.Parse("alone\n")).Message, StringComparison.Ordinal);
        Assert.Contains("no-such-file.txt", Assert.Throws<GeometryException>(() => ProblemFile.Read("no-such-file.txt")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_statement_without_name_is_counted() => Assert.Equal("problem 1", ProblemFile.Parse(Orthocentre)[0].Name);

    [Theory]
    [InlineData("imo_ag_30.txt", 30)]
    [InlineData("jgex_ag_231.txt", 231)]
    [InlineData("examples.txt", 4)]
    public void Published_problems_are_written_as_they_were_read(string file, int count)
    {
        var path = RealData.Path($"geometry/alphageometry/{file}");
        var problems = ProblemFile.Read(path);
        Assert.Equal(count, problems.Count);
        var published = Definitions.Read(RealData.Path("geometry/alphageometry/defs.txt"));
        var lines = File.ReadLines(path).Where(line => line.Contains('?', StringComparison.Ordinal)).ToArray();
        for (var i = 0; i < count; i++)
        {
            var text = problems[i].ToText();
            var again = Problem.Parse(text, problems[i].Name);
            Assert.Equal(text, again.ToText());
            Assert.Equal(problems[i].Premises, again.Premises);
            Assert.Equal(problems[i].Goals, again.Goals);
            // Coordinates lose digits that no number of double precision has, and points left out are written.
            if (lines[i].Split().Length == text.Split().Length && !lines[i].Contains('@', StringComparison.Ordinal)) Assert.Equal(string.Join(' ', lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries)), text);
            // The definitions that AlphaGeometry ships say the same as the built-in ones.
            Assert.Equal(problems[i].Premises.ToHashSet(), Problem.Parse(lines[i], definitions: published).Premises.ToHashSet());
        }
        Assert.Equal(problems.Select(problem => problem.ToText()), ProblemFile.Parse(ProblemFile.ToText(problems)).Select(problem => problem.ToText()));
    }
}
