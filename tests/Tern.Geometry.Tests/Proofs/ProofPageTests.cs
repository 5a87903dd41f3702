using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Jint;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;
using Tern.Geometry.Tests.Checking;

namespace Tern.Geometry.Tests.Proofs;

public partial class ProofPageTests
{
    [Fact]
    public void The_page_needs_nothing_else_and_has_every_step()
    {
        var proof = ProofSamples.Orthocentre();
        var page = ProofPage.Of(proof);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href=", page, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, proof.Steps.Length), StepItem().Matches(page).Select(item => int.Parse(item.Groups[1].Value)).Order());
        Assert.Equal(proof.Steps.Length, Data(page)["steps"]!.AsArray().Count);
        XElement.Parse(Svg().Match(page).Value);
        Assert.Equal(page, ProofPage.Of(proof));
    }

    [Fact]
    public void Names_cannot_break_out_of_the_page()
    {
        var problem = Problem.Parse("a b c = triangle a b c ? coll a b c", "</script><b>&\"");
        var page = ProofPage.Of(new(problem, Diagram.Build(problem, 1, DiagramOptions.Default with { NeedsGoals = false }), problem.Goals[0], []));
        Assert.DoesNotContain("</script><b>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b c = triangle a b c; h = orthocenter h a b c; o = circle o a b c; x y z g = centroid x y z g a b c")]
    [InlineData("a b c = triangle a b c; i = incenter i a b c; d = foot d i b c; m = midpoint m b c; r = mirror r a m")]
    [InlineData("a b c = triangle a b c; d = on_circum d a b c; e = on_line e a b; f = on_circle f d a; p = intersection_lc p a d b")]
    [InlineData("a b c d = trapezoid a b c d; m = intersection_ll m a c b d; n = on_pline n m a b, on_line n b c")]
    [InlineData("a b c = triangle a b c; d = on_circle d b a; e = angle_mirror e a b c, on_circle e b d; s = s_angle a b s 30, on_line s a c")]
    [InlineData("a b = segment a b; c = eq_triangle c a b; d = psquare d a b; t = on_dia t a b; k = on_bline k a c")]
    public void A_dragged_point_takes_the_others_with_it(string text)
    {
        var problem = Problem.Parse(text, needsGoal: false);
        var diagram = Diagram.Build(problem, 2);
        var goal = problem.Premises[0];
        var data = Data(ProofPage.Of(new(problem, diagram, goal, [new(ProofRule.Given, goal, [])])));
        var engine = new Jint.Engine().Execute(ProofPage.Part("dragging.js"));
        engine.Execute($"const data = {data.ToJsonString()};");
        for (var point = 0; point < problem.PointNames.Length; point++)
        {
            // Twelve pixels aside, as a pointer moves in a few steps.
            var moved = engine.Evaluate($"let places{point} = data.points; for (let i = 1; i <= 4 && places{point}; i++) places{point} = dragged(data, places{point}, {point}, [data.points[{point}][0] + 3 * i, data.points[{point}][1] + 2 * i]); JSON.stringify(places{point})").AsString();
            var places = JsonNode.Parse(moved)!.AsArray();
            var place = new Diagram([.. places.Select(pixel => (double)pixel![0]!)], [.. places.Select(pixel => -(double)pixel![1]!)], (double)data["scale"]!);
            Assert.All(problem.Premises, premise => Assert.True(premise.Holds(place, 1e-5), $"{problem.PointNames[point]}: {problem.TextOf(premise)}"));
            // A free point goes where it is put.
            if (problem.ClauseOf(point).Facts.IsEmpty) Assert.Equal((double)data["points"]![point]![0]! + 12, place.X[point], 1e-6);
        }
    }

    static JsonNode Data(string page) => JsonNode.Parse(DataScript().Match(page).Groups[1].Value)!;

    [GeneratedRegex("<li tabindex=\"0\" data-step=\"(\\d+)\"")]
    private static partial Regex StepItem();

    [GeneratedRegex("<svg .*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Svg();

    [GeneratedRegex("id=\"data\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex DataScript();
}
