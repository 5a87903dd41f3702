namespace Tern.Geometry.Pictures;

/// <summary>The map from the plane to the picture, whose y axis points down.</summary>
sealed class FigureLayout
{
    /// <summary>Pixels: the longer side at most, the shorter at least, and the rim that keeps room for names.</summary>
    const double Longest = 640, Shortest = 300, Rim = 44;

    /// <summary>Circles whose radius is larger than this, in diagonals of the box around the points, are drawn in part.</summary>
    const double WholeCircle = 0.8;

    readonly Spot low;
    readonly double scale;
    readonly Spot shift;

    public FigureLayout(FigureContent content)
    {
        var (boxLow, boxHigh) = Box(content.Points.Select(point => point.Place));
        var diagonal = (boxHigh - boxLow).Length;
        foreach (var circle in content.Circles.Where(circle => circle.Radius <= WholeCircle * diagonal))
            (boxLow, boxHigh) = Box([boxLow, boxHigh, circle.Centre - new Spot(circle.Radius, circle.Radius), circle.Centre + new Spot(circle.Radius, circle.Radius)]);

        var size = boxHigh - boxLow;
        var longest = Math.Max(size.X, size.Y);
        scale = longest > 0 ? (Longest - (2 * Rim)) / longest : 1;
        (Width, Height) = (Math.Max(Shortest, Math.Ceiling((size.X * scale) + (2 * Rim))), Math.Max(Shortest, Math.Ceiling((size.Y * scale) + (2 * Rim))));
        low = boxLow;
        shift = new Spot((Width - (size.X * scale)) / 2, (Height - (size.Y * scale)) / 2);
    }

    /// <summary>Pixels.</summary>
    public double Width { get; }

    /// <summary>Pixels.</summary>
    public double Height { get; }

    public Spot Pixel(Spot place) => new(((place.X - low.X) * scale) + shift.X, Height - ((place.Y - low.Y) * scale) - shift.Y);

    public double Pixels(double length) => length * scale;

    static (Spot Low, Spot High) Box(IEnumerable<Spot> spots)
    {
        var all = spots.ToList();
        return all.Count == 0 ? (default, default) : (new(all.Min(spot => spot.X), all.Min(spot => spot.Y)), new(all.Max(spot => spot.X), all.Max(spot => spot.Y)));
    }
}
