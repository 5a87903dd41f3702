namespace Tern.Geometry.Pictures;

/// <summary>One thing of the picture, in pixels.</summary>
abstract record SceneItem(FigureRole Role);

/// <summary>A polygonal line.</summary>
sealed record ScenePath(IReadOnlyList<Spot> Points, FigureRole Role, ScenePen Pen, IReadOnlyList<int> Line) : SceneItem(Role);

/// <summary>A circle that a browser can draw; what is outside of the picture is cut off.</summary>
sealed record SceneCircle(Spot Centre, double Radius, FigureRole Role, ScenePen Pen, FigureCircle Circle) : SceneItem(Role);

/// <summary>A point.</summary>
sealed record SceneDot(int Point, Spot Centre, bool Filled, FigureRole Role) : SceneItem(Role);

/// <summary>A name, centred at its place.</summary>
sealed record SceneLabel(int Point, string Letters, string Index, Spot Centre, FigureRole Role) : SceneItem(Role);

/// <summary>Words of the legend; they begin at their place, and its height is that of their middle.</summary>
sealed record SceneWords(string Text, Spot Left, FigureRole Role) : SceneItem(Role);

/// <summary>How a stroke looks.</summary>
enum ScenePen
{
    /// <summary>Of the figure; dashed where auxiliary.</summary>
    Line,

    /// <summary>Wide and pale, behind what is to be proved.</summary>
    Glow,

    /// <summary>Of marks: thin, never dashed.</summary>
    Mark,
}

/// <summary>A figure in pixels, from which all files are drawn.</summary>
sealed class FigureScene
{
    public const double DotRadius = 3.4, LabelSize = 16, IndexSize = 11, LegendSize = 13;

    /// <summary>Pixels: a row of the legend, its strokes, and what a letter takes in any font.</summary>
    const double LegendRow = 24, LegendStroke = 28, LegendLetter = 7.5, LegendMargin = 16;

    FigureScene(FigureLayout layout, double height, IReadOnlyList<SceneItem> items) => (Width, Height, PixelsPerLength, Items) = (layout.Width, height, layout.PixelsPerLength, items);

    public double Width { get; }

    public double Height { get; }

    public double PixelsPerLength { get; }

    /// <summary>In the order of drawing.</summary>
    public IReadOnlyList<SceneItem> Items { get; }

    /// <param name="content">What to show.</param>
    /// <param name="legend">Below the figure stands what its colours mean, where it has any.</param>
    public static FigureScene Of(FigureContent content, bool legend = false)
    {
        var layout = new FigureLayout(content);
        var places = content.Points.Select(point => layout.Pixel(point.Place)).ToArray();
        var strokes = new List<SceneItem>();
        foreach (var circle in content.Circles.OrderBy(circle => circle.Role)) AddCircle(strokes, circle, places, layout);
        foreach (var line in content.Lines.OrderBy(line => line.Role)) AddLine(strokes, line, places);
        var marks = new MarkDrawer(places, strokes, layout.Width, layout.Height).Draw(content.Marks);
        var labels = new LabelPlacement(places, [.. strokes, .. marks], layout.Width, layout.Height).Place([.. content.Points.Select(point => DisplayName.Of(point.Name))]);

        var glows = strokes.Where(item => item is ScenePath { Pen: ScenePen.Glow } or SceneCircle { Pen: ScenePen.Glow });
        var dots = content.Points.Select((point, index) => new SceneDot(index, places[index], point.Free, point.Role));
        var names = content.Points.Select((point, index) => new SceneLabel(index, DisplayName.Of(point.Name).Letters, DisplayName.Of(point.Name).Index, labels[index], point.Role));
        IReadOnlyList<SceneItem> items = [.. glows, .. strokes.Except(glows), .. marks, .. dots, .. names];
        if (!legend) return new(layout, layout.Height, items);
        var (keys, below) = Legend([.. items.Select(item => item.Role).Distinct()], layout);
        return new(layout, below, [.. items, .. keys]);
    }

    /// <summary>A stroke and words for each colour, in as many rows as they need; and where the picture then ends.</summary>
    static (List<SceneItem> Items, double Height) Legend(IReadOnlyList<FigureRole> roles, FigureLayout layout)
    {
        var items = new List<SceneItem>();
        var (x, y) = (LegendMargin, layout.Height + (LegendRow / 2) - 4);
        foreach (var (role, words) in (ReadOnlySpan<(FigureRole, string)>)[(FigureRole.Goal, "to be proved"), (FigureRole.Auxiliary, "added for the proof")])
        {
            if (!roles.Contains(role)) continue;
            var wide = LegendStroke + 8 + (LegendLetter * words.Length);
            if (x > LegendMargin && x + wide > layout.Width - LegendMargin) (x, y) = (LegendMargin, y + LegendRow);
            items.Add(new ScenePath([new(x, y), new(x + LegendStroke, y)], role, ScenePen.Line, []));
            items.Add(new SceneWords(words, new(x + LegendStroke + 8, y), role));
            x += wide + LegendMargin;
        }

        return (items, items.Count == 0 ? layout.Height : y + (LegendRow / 2) + 4);
    }

    static void AddLine(List<SceneItem> items, FigureLine line, Spot[] places)
    {
        // The extreme points along the direction of the farthest two.
        var (from, to) = line.Points.SelectMany(a => line.Points.Select(b => (a, b))).MaxBy(pair => (places[pair.a] - places[pair.b]).Length);
        Spot[] path = [places[from], places[to]];
        if (line.Role == FigureRole.Goal) items.Add(new ScenePath(path, line.Role, ScenePen.Glow, line.Points));
        items.Add(new ScenePath(path, line.Role, ScenePen.Line, line.Points));
    }

    static void AddCircle(List<SceneItem> items, FigureCircle circle, Spot[] places, FigureLayout layout)
    {
        var (centre, radius) = FigureLayout.Round(circle, point => places[point]);
        ScenePen[] pens = circle.Role == FigureRole.Goal ? [ScenePen.Glow, ScenePen.Line] : [ScenePen.Line];
        foreach (var pen in pens)
        {
            if (radius <= layout.Width + layout.Height) items.Add(new SceneCircle(centre, radius, circle.Role, pen, circle));
            else if (Arc(centre, radius, layout) is { } arc) items.Add(new ScenePath(arc, circle.Role, pen, []));
        }
    }

    /// <summary>The part of a huge circle that passes through the picture, which renderers of single precision would draw in the wrong place; null: none does.</summary>
    static List<Spot>? Arc(Spot centre, double radius, FigureLayout layout)
    {
        var middle = new Spot(layout.Width / 2, layout.Height / 2);
        var reach = middle.Length;
        var (away, distance) = ((middle - centre).Unit, (middle - centre).Length);
        if (Math.Abs(distance - radius) > reach) return null;
        const int steps = 128;
        var towards = Math.Atan2(away.Y, away.X);
        var half = 2 * Math.Asin(Math.Min(1, reach / radius));
        return [.. Enumerable.Range(-steps / 2, steps + 1).Select(step => centre + Spot.Polar(towards + (half * step / (steps / 2)), radius))];
    }
}
