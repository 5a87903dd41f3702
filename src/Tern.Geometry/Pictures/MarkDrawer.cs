namespace Tern.Geometry.Pictures;

/// <summary>Marks as strokes in pixels. What would lie upon another mark, or is too small to be seen, is left out.</summary>
sealed class MarkDrawer(Spot[] places, IReadOnlyList<SceneItem> strokes, double width, double height)
{
    /// <summary>Pixels.</summary>
    const double Square = 10, Stroke = 6, Gap = 4.5, ArcRadius = 20, ShortestSegment = 44, Apart = 14, Clear = 9;

    /// <summary>Kinds of equal lengths, of equal angles and of parallels that are still told apart.</summary>
    const int MostKinds = 3;

    readonly List<SceneItem> drawn = [];
    readonly List<Spot> taken = [];
    readonly HashSet<(int Vertex, int Radius)> arcs = [];

    public IReadOnlyList<SceneItem> Draw(IEnumerable<FigureMark> marks)
    {
        var (lengths, angles, parallels) = (0, 0, 0);
        foreach (var mark in marks)
        {
            switch (mark)
            {
                case RightAngleMark right: RightAngle(right); break;
                case EqualLengthsMark equal when lengths < MostKinds && Segments(equal.Segments, lengths + 1, equal.Role, Ticks): lengths++; break;
                case ParallelMark parallel when parallels < MostKinds && Segments(parallel.Segments, parallels + 1, parallel.Role, Chevrons): parallels++; break;
                case EqualAnglesMark equal when angles < MostKinds && Angles(equal, angles + 1): angles++; break;
                default: break;
            }
        }

        return drawn;
    }

    void Add(FigureRole role, params Spot[] path) => drawn.Add(new ScenePath(path, role, ScenePen.Mark, []));

    bool IsFree(Spot spot) => spot.X > 0 && spot.Y > 0 && spot.X < width && spot.Y < height && taken.All(other => (other - spot).Length >= Apart);

    void RightAngle(RightAngleMark mark)
    {
        var (a, b, c, d) = (places[mark.A], places[mark.B], places[mark.C], places[mark.D]);
        var turn = Spot.Cross(b - a, d - c);
        if (Math.Abs(turn) < 1e-9) return;
        var crossing = a + ((b - a) * (Spot.Cross(c - a, d - c) / turn));
        if (!Reaches(a, b, crossing) || !Reaches(c, d, crossing)) return;
        var (first, second) = (Arm(crossing, a, b), Arm(crossing, c, d));
        var corner = crossing + ((first + second) * Square);
        if (!IsFree(corner)) return;
        taken.Add(corner);
        Add(mark.Role, crossing + (first * Square), corner, crossing + (second * Square));
    }

    /// <summary>Towards the farther end: the nearer may be the crossing itself.</summary>
    static Spot Arm(Spot from, Spot a, Spot b) => ((a - from).Length > (b - from).Length ? a - from : b - from).Unit;

    /// <summary>Within the segment, or near it.</summary>
    static bool Reaches(Spot a, Spot b, Spot spot) => (spot - a).Length + (spot - b).Length < (b - a).Length + (2 * Square);

    /// <summary>Draws marks at the middles of all segments, or none.</summary>
    bool Segments(IReadOnlyList<(int A, int B)> segments, int count, FigureRole role, Action<Spot, Spot, int, FigureRole> draw)
    {
        var spots = segments.Select(segment => (From: places[segment.A], To: places[segment.B])).ToList();
        if (spots.Any(segment => (segment.To - segment.From).Length < ShortestSegment)) return false;
        var middles = spots.ConvertAll(segment => FreeMiddle(segment.From, segment.To));
        if (middles.Any(middle => middle is null)) return false;
        for (var i = 0; i < spots.Count; i++)
        {
            taken.Add(middles[i]!.Value);
            draw(middles[i]!.Value, (spots[i].To - spots[i].From).Unit, count, role);
        }

        return true;
    }

    /// <summary>Near the middle, where no other mark and no point is, and no line crosses if there is such a place; null: nowhere.</summary>
    Spot? FreeMiddle(Spot from, Spot to)
    {
        Spot? crossed = null;
        foreach (var share in (ReadOnlySpan<double>)[0.5, 0.45, 0.55, 0.4, 0.6, 0.34, 0.66, 0.28, 0.72])
        {
            var spot = from + ((to - from) * share);
            if (!IsFree(spot) || places.Any(place => (place - spot).Length <= Apart / 2)) continue;
            if (!strokes.Any(stroke => Crosses(stroke, spot, (to - from).Unit))) return spot;
            crossed ??= spot;
        }

        return crossed;
    }

    /// <summary>A line or circle passes a place on a line of this direction, and is not that line.</summary>
    static bool Crosses(SceneItem stroke, Spot spot, Spot along) => stroke switch
    {
        SceneCircle circle => Math.Abs((circle.Centre - spot).Length - circle.Radius) < Clear,
        ScenePath { Points: [var from, var to] } => Math.Abs(Spot.Cross((to - from).Unit, along)) > 0.02 && (from - spot).Length + (to - spot).Length < (to - from).Length + 1
            && Math.Abs(Spot.Cross((to - from).Unit, spot - from)) < Clear,
        _ => false,
    };

    void Ticks(Spot middle, Spot along, int count, FigureRole role)
    {
        for (var i = 0; i < count; i++)
        {
            var at = middle + (along * (Gap * (i - ((count - 1) / 2.0))));
            Add(role, at + (along.Normal * Stroke), at - (along.Normal * Stroke));
        }
    }

    void Chevrons(Spot middle, Spot along, int count, FigureRole role)
    {
        // All arrows of a kind point the same way: to the right, or up where there is no right.
        if (along.X < -1e-9 || (Math.Abs(along.X) < 1e-9 && along.Y > 0)) along *= -1;
        for (var i = 0; i < count; i++)
        {
            var tip = middle + (along * ((Gap * (i - ((count - 1) / 2.0))) + 2));
            Add(role, tip - (along * Stroke) + (along.Normal * 4), tip, tip - (along * Stroke) - (along.Normal * 4));
        }
    }

    /// <summary>Draws all angles, or none.</summary>
    bool Angles(EqualAnglesMark mark, int count)
    {
        var sizes = mark.Angles.Select(angle => (angle.V, Start: Heading(angle.V, angle.A), Sweep: Sweep(angle))).ToList();
        // An angle as small as its arcs would be a blot.
        if (sizes.Any(angle => Math.Abs(angle.Sweep) < 0.12) || mark.Angles.Any(angle => Shortest(angle) < ArcRadius)) return false;
        foreach (var (vertex, start, sweep) in sizes)
        {
            var radius = Enumerable.Range(0, 5).First(step => step == 4 || arcs.Add((vertex, step)));
            for (var i = 0; i < count; i++) Arc(places[vertex], ArcRadius + (9 * radius) + (3.5 * i), start, sweep, mark.Role);
        }

        return true;
    }

    double Heading(int from, int to) => Math.Atan2(places[to].Y - places[from].Y, places[to].X - places[from].X);

    double Shortest((int A, int V, int B) angle) => Math.Min((places[angle.A] - places[angle.V]).Length, (places[angle.B] - places[angle.V]).Length);

    double Sweep((int A, int V, int B) angle) => Math.IEEERemainder(Heading(angle.V, angle.B) - Heading(angle.V, angle.A), 2 * Math.PI);

    void Arc(Spot centre, double radius, double start, double sweep, FigureRole role)
    {
        var steps = Math.Max(4, (int)(Math.Abs(sweep) * 8));
        Add(role, [.. Enumerable.Range(0, steps + 1).Select(step => centre + Spot.Polar(start + (sweep * step / steps), radius))]);
    }
}
