using System.Xml.Linq;
using CsCheck;
using SkiaSharp;
using Tern.Geometry.Pictures;

namespace Tern.Geometry.Tests.Pictures;

public class FigureTests
{
    /// <summary>A triangle, a point within it, and lines between all.</summary>
    static FigureContent Triangle() => new()
    {
        Points = [new("a", new(0, 0), Free: true), new("b", new(4, 0), Free: true), new("c1", new(1, 3), Free: true), new("h", new(1.5, 1), Free: false, FigureRole.Auxiliary)],
        Lines = [new([0, 1]), new([1, 2]), new([0, 2]), new([0, 3], FigureRole.Auxiliary), new([2, 3], FigureRole.Goal)],
        Circles = [new(null, [0, 1, 2])],
        Marks = [new EqualLengthsMark([(0, 1), (1, 2)]), new RightAngleMark(0, 1, 2, 3, FigureRole.Goal)],
    };

    [Fact]
    public void Svg_is_xml_that_names_every_point_and_line()
    {
        var svg = XDocument.Parse(new Figure("A triangle", Triangle()).ToSvg()).Root!;
        XNamespace names = "http://www.w3.org/2000/svg";
        Assert.Equal(["A", "B", "C1", "H"], svg.Descendants(names + "text").Where(text => (string?)text.Attribute("class") == "name").Select(text => text.Value));
        Assert.Equal(4, svg.Descendants(names + "circle").Count(circle => (string?)circle.Attribute("class") == "point"));
        Assert.Equal(5, svg.Descendants(names + "polyline").Count(line => line.Attribute("data-line") is not null && ((string)line.Attribute("class")!).StartsWith("line ", StringComparison.Ordinal)));
        Assert.Contains(svg.Descendants(names + "polyline"), line => (string?)line.Attribute("class") == "line auxiliary" && line.Attribute("stroke-dasharray") is not null);
        Assert.Contains(svg.Descendants(names + "polyline"), line => (string?)line.Attribute("class") == "glow goal");
        Assert.Equal(["to be proved", "added for the proof"], svg.Descendants(names + "text").Where(text => (string?)text.Attribute("class") == "legend").Select(text => text.Value));
    }

    [Fact]
    public void Png_has_two_pixels_for_each_of_the_svg()
    {
        var figure = new Figure("A triangle", Triangle());
        var svg = XDocument.Parse(figure.ToSvg()).Root!;
        using var png = SKBitmap.Decode(figure.ToPng());
        Assert.Equal((2 * (double)svg.Attribute("width")!, 2 * (double)svg.Attribute("height")!), (png.Width, png.Height));
        Assert.Contains(Enumerable.Range(0, png.Width * png.Height).Select(i => png.GetPixel(i % png.Width, i / png.Width)), pixel => pixel == new SKColor(0xC2, 0x55, 0x00));
    }

    [Fact]
    public void A_huge_circle_is_drawn_where_it_passes_through_the_picture_only()
    {
        // Its radius is 500 times the distance of its points.
        var content = new FigureContent
        {
            Points = [new("a", new(0, 0), true), new("b", new(1, 0.001), true), new("c", new(2, 0), true), new("d", new(1, 1), true)],
            Circles = [new(null, [0, 1, 2])],
        };
        var scene = FigureScene.Of(content);
        var arc = Assert.Single(scene.Items.OfType<ScenePath>());
        Assert.Empty(scene.Items.OfType<SceneCircle>());
        Assert.All(arc.Points, spot => Assert.InRange(spot.X, -2 * scene.Width, 3 * scene.Width));
        // It passes through its points: pixels.
        foreach (var dot in scene.Items.OfType<SceneDot>().Take(3)) Assert.True(arc.Points.Min(spot => (spot - dot.Centre).Length) < 10);
    }

    [Fact]
    public void Names_stay_inside_and_apart_where_there_is_room()
    {
        // Eight points of a grid of 64 pixels, each with lines to two others.
        var place = Gen.Int[0, 8].Select(Gen.Int[0, 8], (x, y) => new Spot(x, y));
        place.HashSet[8].Select(spots => spots.ToList()).Sample(spots =>
        {
            var scene = FigureScene.Of(new()
            {
                Points = [.. spots.Select((spot, i) => new FigurePoint("abcdefgh"[i].ToString(), spot, Free: true))],
                Lines = [.. Enumerable.Range(0, 8).Select(i => new FigureLine([i, (i + 3) % 8]))],
            });
            var names = scene.Items.OfType<SceneLabel>().ToList();
            var sizes = names.ConvertAll(name => LabelPlacement.Size(new(name.Letters, name.Index)));
            for (var i = 0; i < names.Count; i++)
            {
                Assert.InRange(names[i].Centre.X, sizes[i].X / 2, scene.Width - (sizes[i].X / 2));
                Assert.InRange(names[i].Centre.Y, sizes[i].Y / 2, scene.Height - (sizes[i].Y / 2));
                for (var j = 0; j < i; j++)
                    Assert.True(Math.Abs(names[i].Centre.X - names[j].Centre.X) >= (sizes[i].X + sizes[j].X) / 2 || Math.Abs(names[i].Centre.Y - names[j].Centre.Y) >= (sizes[i].Y + sizes[j].Y) / 2);
            }
        }, iter: 100);
    }

    [Fact]
    public void A_name_moves_off_the_lines_through_its_point()
    {
        // Lines in four of the sixteen directions leave room for a name between them.
        var content = new FigureContent
        {
            Points = [new("o", new(0, 0), true), new("a", new(1, 0), true), new("b", new(0, 1), true), new("c", new(-1, 0), true), new("d", new(0, -1), true)],
            Lines = [new([1, 0, 3]), new([2, 0, 4])],
        };
        var scene = FigureScene.Of(content);
        var (name, size) = (scene.Items.OfType<SceneLabel>().First(), LabelPlacement.Size(new("O", "")));
        var dot = scene.Items.OfType<SceneDot>().First();
        Assert.True(Math.Abs(name.Centre.X - dot.Centre.X) > size.X / 2 && Math.Abs(name.Centre.Y - dot.Centre.Y) > size.Y / 2);
    }

    [Theory]
    [InlineData("a", "A", "A")]
    [InlineData("b12", "B₁₂", "B_{12}")]
    [InlineData("xy", "Xy", "\\mathit{Xy}")]
    [InlineData("7", "7", "7")]
    public void Names_are_written_as_people_write_them(string name, string text, string latex)
    {
        Assert.Equal(text, DisplayName.Of(name).ToString());
        Assert.Equal(latex, DisplayName.Of(name).ToLatex());
    }
}
