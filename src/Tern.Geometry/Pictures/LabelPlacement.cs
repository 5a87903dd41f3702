namespace Tern.Geometry.Pictures;

/// <summary>Puts names beside their points where they cover least: 16 directions, a few distances, each name in turn until none moves.</summary>
sealed class LabelPlacement(Spot[] places, IReadOnlyList<SceneItem> strokes, double width, double height)
{
    const int Directions = 16, MostSweeps = 12;

    /// <summary>Pixels between a point and the box of its name.</summary>
    static readonly double[] Gaps = [6, 9, 13, 19];

    /// <summary>Costs, in pixels of a line under the name.</summary>
    const double Outside = 1000, OnName = 40, OnPoint = 60, OnMark = 0.6, PerPixelAway = 0.4, Crowded = 1.2;

    readonly List<(Spot From, Spot To, double Weight)> segments = [.. strokes.SelectMany(Pieces)];

    /// <summary>Centres of the names.</summary>
    public Spot[] Place(IReadOnlyList<DisplayName> names)
    {
        var sizes = names.Select(Size).ToArray();
        var options = places.Select((place, point) => Options(place, sizes[point], point)).ToArray();
        var chosen = new int[places.Length];
        for (var i = 0; i < chosen.Length; i++) chosen[i] = -1;
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var moved = false;
            for (var point = 0; point < chosen.Length; point++)
            {
                var best = Enumerable.Range(0, options[point].Count).MinBy(option => options[point][option].Cost + Overlap(point, options[point][option].Centre));
                moved |= best != chosen[point];
                chosen[point] = best;
            }

            if (!moved) break;
        }

        return [.. chosen.Select((option, point) => options[point][option].Centre)];

        double Overlap(int point, Spot centre) => Enumerable.Range(0, chosen.Length).Where(other => other != point && chosen[other] >= 0)
            .Sum(other => Overlaps(centre, sizes[point], options[other][chosen[other]].Centre, sizes[other]) ? OnName : 0);
    }

    /// <summary>Of the box around a name in pixels: an estimate by wide capitals, as only the reader's fonts know.</summary>
    public static Spot Size(DisplayName name) => new((name.Letters.Length * FigureScene.LabelSize * 0.86) + (name.Index.Length * FigureScene.IndexSize * 0.6), FigureScene.LabelSize * (name.Index.Length > 0 ? 1.0 : 0.85));

    List<(Spot Centre, double Cost)> Options(Spot place, Spot size, int point)
    {
        var options = new List<(Spot, double)>();
        foreach (var gap in Gaps)
        {
            for (var direction = 0; direction < Directions; direction++)
            {
                var way = Spot.Polar(2 * Math.PI * direction / Directions, 1);
                // From the middle of the box to its rim.
                var half = Math.Min(size.X / 2 / Math.Max(1e-9, Math.Abs(way.X)), size.Y / 2 / Math.Max(1e-9, Math.Abs(way.Y)));
                var centre = place + (way * (gap + half));
                options.Add((centre, Cost(centre, size, point) + (PerPixelAway * gap)));
            }
        }

        return options;
    }

    double Cost(Spot centre, Spot size, int point)
    {
        var (low, high) = (centre - (size * 0.5) - new Spot(1, 1), centre + (size * 0.5) + new Spot(1, 1));
        var cost = low.X < 0 || low.Y < 0 || high.X > width || high.Y > height ? Outside : 0;
        foreach (var (from, to, weight) in segments) cost += weight * LengthInside(from, to, low, high);
        for (var other = 0; other < places.Length; other++)
        {
            if (other == point) continue;
            if (Near(places[other], low, high) < FigureScene.DotRadius + 2) cost += OnPoint;
            // A name that is nearer to another point is read as that point's.
            else if ((places[other] - centre).Length < (places[point] - centre).Length * 1.15) cost += Crowded * 10;
        }

        return cost;
    }

    static IEnumerable<(Spot From, Spot To, double Weight)> Pieces(SceneItem item) => item switch
    {
        ScenePath { Pen: ScenePen.Glow } or SceneCircle { Pen: ScenePen.Glow } => [],
        ScenePath path => path.Points.Zip(path.Points.Skip(1), (from, to) => (from, to, path.Pen == ScenePen.Mark ? OnMark : 1)),
        SceneCircle circle => Enumerable.Range(0, 90).Select(step => (circle.Centre + Spot.Polar(2 * Math.PI * step / 90, circle.Radius), circle.Centre + Spot.Polar(2 * Math.PI * (step + 1) / 90, circle.Radius), 1.0)),
        _ => [],
    };

    static bool Overlaps(Spot a, Spot sizeA, Spot b, Spot sizeB) => Math.Abs(a.X - b.X) < (sizeA.X + sizeB.X) / 2 && Math.Abs(a.Y - b.Y) < (sizeA.Y + sizeB.Y) / 2;

    static double Near(Spot spot, Spot low, Spot high) => new Spot(Math.Max(0, Math.Max(low.X - spot.X, spot.X - high.X)), Math.Max(0, Math.Max(low.Y - spot.Y, spot.Y - high.Y))).Length;

    /// <summary>Of a segment within a box, by clipping at its four sides (Liang and Barsky).</summary>
    static double LengthInside(Spot from, Spot to, Spot low, Spot high)
    {
        var (way, first, last) = (to - from, 0.0, 1.0);
        foreach (var (step, room) in (ReadOnlySpan<(double, double)>)[(-way.X, from.X - low.X), (way.X, high.X - from.X), (-way.Y, from.Y - low.Y), (way.Y, high.Y - from.Y)])
        {
            if (step == 0)
            {
                if (room < 0) return 0;
                continue;
            }

            if (step < 0) first = Math.Max(first, room / step);
            else last = Math.Min(last, room / step);
        }

        return first < last ? (last - first) * way.Length : 0;
    }
}
