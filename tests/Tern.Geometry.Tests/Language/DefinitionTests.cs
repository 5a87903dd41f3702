using Tern.Geometry.Language;
using Tern.Testing;

namespace Tern.Geometry.Tests.Language;

public sealed class DefinitionTests
{
    [Fact]
    public void All_constructions_of_AlphaGeometry_are_built_in_and_say_the_same()
    {
        var published = Definitions.Read(RealData.Path("geometry/alphageometry/defs.txt"));
        Assert.Equal(68, published.All.Count);
        foreach (var definition in published.All)
        {
            var own = Definitions.BuiltIn[definition.Name];
            Assert.Equal(definition.Parameters, own.Parameters);
            Assert.Equal(definition.NewPoints, own.NewPoints);
            Assert.Equal(definition.Numbers, own.Numbers);
            Assert.Equal(Instances(definition, definition.Facts), Instances(own, own.Facts));
            Assert.Equal(Instances(definition, definition.Remarks), Instances(own, own.Remarks));
            // Whether a point of a locus also moves with itself makes no difference to what a proof may need, and the published file is not consistent in it.
            Assert.Equal(definition.MovesWith.Select(Text).Order(), own.MovesWith.Select(Text).Order());
        }

        static string Text((System.Collections.Immutable.ImmutableArray<int> Points, System.Collections.Immutable.ImmutableArray<int> With) group) =>
            $"{string.Join(' ', group.Points)}: {string.Join(' ', group.With.Except(group.Points).Order())}";
    }

    static HashSet<Statement> Instances(Definition definition, IEnumerable<FactTemplate> templates)
    {
        var number = Quantity.TryParse("30", out var thirty) ? thirty : null;
        var arguments = Enumerable.Range(0, definition.Parameters.Length).Select(position => definition.Numbers.Contains(position) ? new Argument(-1, number) : new Argument(position));
        var construction = new Construction(definition, arguments);
        return [.. templates.Select(template => template.With(construction.Arguments))];
    }

    [Fact]
    public void Own_definitions_are_read()
    {
        var definitions = Definitions.Parse("""
            segment a b

             =
            a : ; b :
            segment

            # a point from which a segment is seen at a right angle and twice as long on one side
            corner x a b
            x : x a b
            a b = diff a b
            x : perp x a x b, rconst x a x b 2; ncoll x a b
            dia a b, rconst2 a b a
            """.Replace("rconst2 a b a", "bline a b", StringComparison.Ordinal));
        var corner = definitions["corner"];
        Assert.Equal("corner x a b", corner.Signature);
        Assert.Equal([0], corner.NewPoints);
        Assert.Empty(corner.Numbers);
        Assert.Equal(2, corner.Facts.Length);
        Assert.Single(corner.Remarks);
        Assert.Single(corner.Guards);
        Assert.False(corner.IsLocus);
        var problem = Problem.Parse("a b = segment a b; x = corner a b ? perp x a x b", definitions: definitions);
        Assert.Equal(["perp x a x b", "rconst x a x b 2", "ncoll x a b"], problem.Premises.Select(problem.TextOf));
    }

    [Theory]
    [InlineData("x : x a b", "x : x c b", 3, "'c' is not a parameter of on_line; they are x, a, b.")]
    [InlineData("coll x a b", "col x a b", 5, "there is no predicate 'col'; did you mean 'coll'?")]
    [InlineData("line a b\n", "lime a b\n", 6, "there is no way of drawing called 'lime'; did you mean 'line'?")]
    [InlineData("line a b\n", "line a\n", 6, "'line' takes 2 points and 0 numbers, not 1 and 0.")]
    [InlineData("line a b\n", "line a x\n", 6, "cannot be drawn from itself")]
    [InlineData("line a b\n", "segment\n", 6, "this draws 2 points, and on_line introduces 1.")]
    [InlineData("a b = diff a b", "diff a b", 4, "is not a parameter")]
    [InlineData("on_line x a b", "on_line x a a", 2, "the parameter 'a' is there twice.")]
    public void A_mistake_in_definitions_is_shown_with_its_place(string good, string bad, int line, string message)
    {
        var text = "# lines\non_line x a b\nx : x a b\na b = diff a b\nx : coll x a b\nline a b\n";
        Assert.Single(Definitions.Parse(text).All);
        var exception = Assert.Throws<GeometryException>(() => Definitions.Parse(text.Replace(good, bad, StringComparison.Ordinal), "own.txt"));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith($"own.txt({line},", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_definition_cut_off_is_refused() => Assert.Contains("the file ends within", Assert.Throws<GeometryException>(() => Definitions.Parse("on_line x a b\nx : x a b\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void Rules_are_read_and_written()
    {
        var path = RealData.Path("geometry/alphageometry/rules.txt");
        var rules = Rule.Read(path);
        Assert.Equal(43, rules.Count);
        Assert.Equal(File.ReadLines(path).Select(line => line.Trim()), rules.Select(rule => rule.ToString()));
        Assert.Equal(["midp", "midp"], rules[6].Premises.Select(term => term.Word));
        Assert.Equal(["E", "F", "B", "C"], rules[6].Conclusions[0].Variables);
    }

    [Theory]
    [InlineData("perp A B C D, perpp C D E F => para A B E F", 15, "did you mean 'perp'?")]
    [InlineData("perp A B C D", 13, "expected '=>'")]
    [InlineData("perp A B C D => ", 16, "expected a predicate and its points")]
    public void A_mistake_in_rules_is_shown_with_its_place(string text, int column, string message)
    {
        var exception = Assert.Throws<GeometryException>(() => Rule.Parse(text));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Equal(column, exception.Place!.Column);
    }
}
