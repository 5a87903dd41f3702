namespace Tern.Geometry.Pictures;

/// <summary>The map from the plane to the picture, whose y axis points down.</summary>
sealed class FigureLayout
{
    /// <summary>Pixels: the longer side at most, the shorter at least, and the rim that keeps room for names.</summary>
    const double Longest = 640, Shortest = 300, Rim = 44;

    /// <summary>Circles whose radius is larger than this, in diagonals of the box around the points, are drawn in part.</summary>
    const double WholeCircle = 0.8;

    readonly Spot low;
    readonly Spot shift;

    public FigureLayout(FigureContent content)
    {
        var (boxLow, boxHigh) = Box(content.Points.Select(point => point.Place));
        var diagonal = (boxHigh - boxLow).Length;
        foreach (var (centre, radius) in content.Circles.Select(circle => Round(circle, point => content.Points[point].Place)).Where(circle => circle.Radius <= WholeCircle * diagonal))
            (boxLow, boxHigh) = Box([boxLow, boxHigh, centre - new Spot(radius, radius), centre + new Spot(radius, radius)]);

        var size = boxHigh - boxLow;
        var longest = Math.Max(size.X, size.Y);
        PixelsPerLength = longest > 0 ? (Longest - (2 * Rim)) / longest : 1;
        (Width, Height) = (Math.Max(Shortest, Math.Ceiling((size.X * PixelsPerLength) + (2 * Rim))), Math.Max(Shortest, Math.Ceiling((size.Y * PixelsPerLength) + (2 * Rim))));
        low = boxLow;
        shift = new Spot((Width - (size.X * PixelsPerLength)) / 2, (Height - (size.Y * PixelsPerLength)) / 2);
    }

    /// <summary>Pixels.</summary>
    public double Width { get; }

    /// <summary>Pixels.</summary>
    public double Height { get; }

    public double PixelsPerLength { get; }

    public Spot Pixel(Spot place) => new(((place.X - low.X) * PixelsPerLength) + shift.X, Height - ((place.Y - low.Y) * PixelsPerLength) - shift.Y);

    /// <summary>Centre and radius of a circle, in the unit of the places.</summary>
    public static (Spot Centre, double Radius) Round(FigureCircle circle, Func<int, Spot> place)
    {
        var a = place(circle.Points[0]);
        if (circle.Centre is { } named) return (place(named), (place(named) - a).Length);
        var (b, c) = (place(circle.Points[1]) - a, place(circle.Points[2]) - a);
        var (bb, cc, turn) = (Spot.Dot(b, b), Spot.Dot(c, c), 2 * Spot.Cross(b, c));
        var centre = new Spot(((c.Y * bb) - (b.Y * cc)) / turn, ((b.X * cc) - (c.X * bb)) / turn);
        return (a + centre, centre.Length);
    }

    static (Spot Low, Spot High) Box(IEnumerable<Spot> spots)
    {
        var all = spots.ToList();
        return all.Count == 0 ? (default, default) : (new(all.Min(spot => spot.X), all.Min(spot => spot.Y)), new(all.Max(spot => spot.X), all.Max(spot => spot.Y)));
    }
}
