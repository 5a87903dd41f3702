using System.Runtime.InteropServices;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;

namespace Tern.Geometry.Search;

/// <summary>
/// Places where a new point would have something to say, after HAGeo (arXiv 2512.00097): meetings of lines and circles, middles, mirror images, feet, centres,
/// each with the number of further lines and circles that pass there in the diagram. What passes there by chance, one in 10⁷, costs an attempt and no more.
/// </summary>
sealed class CandidateFinder
{
    /// <summary>Of places that are one, of places that are too near for a point of its own, and the largest coordinate. The diagram has radius one.</summary>
    const double Same = 1e-8, TooNear = 1e-3, TooFar = 4;

    /// <summary>Places are one where their coordinates round to the same multiples of its inverse.</summary>
    const double Grid = 1e6;

    /// <summary>Least sine of the angle at which lines and circles cross.</summary>
    const double Crossing = 1e-5;

    /// <summary>What a double point counts: it has no incidences of its own to be scored by.</summary>
    const double ScoreOfDouble = 1.5;

    const int MostWays = 4, MostWaysOfDouble = 16;

    readonly Knowledge _knowledge;
    readonly Figure _figure;
    readonly Definitions _definitions;
    readonly ulong _new, _goal;
    readonly Dictionary<(long, long), int> _groupOf = [];
    readonly List<Group> _groups = [];
    readonly List<FoundWay> _ways = [];

    /// <summary>What constructs one place.</summary>
    /// <param name="Own">How many of the incidences there the construction itself makes.</param>
    /// <param name="First">The last way that was found, which names the one before.</param>
    record struct Group(Vector Place, CandidateKind Kind, int Own, int First, int Count);

    readonly record struct FoundWay(Way Way, double Weight, int Next);

    CandidateFinder(Closure closure, int firstNew)
    {
        (_knowledge, _figure, _definitions) = (closure.Knowledge, closure.Knowledge.Figure, closure.Problem.Definitions);
        _new = firstNew == 0 ? ~0UL : ~((1UL << firstNew) - 1);
        foreach (var goal in closure.Problem.Goals) _goal |= Bits.Of(goal.Points.AsSpan());
    }

    /// <summary>Candidates in an order that is always the same.</summary>
    /// <param name="firstNew">Only those that are constructed from a point of this number or a later one.</param>
    /// <param name="triples">Also circles through any three points.</param>
    public static Candidate[] Find(Closure closure, int firstNew = 0, bool triples = false)
    {
        var finder = new CandidateFinder(closure, firstNew);
        var curves = CurveFinder.Find(finder._knowledge, triples);
        finder.AddMeetings(curves);
        finder.AddDoubles(curves);
        finder.AddPairs();
        finder.AddTriples();
        finder.AddMirrors(curves);
        finder.AddArcMidpoints(curves);
        return finder.Scored();
    }

    bool IsNew(ulong points) => (points & _new) != 0;

    Vector At(int point) => CurveFinder.Place(_figure, point);

    void AddMeetings(List<Curve> curves)
    {
        for (var i = 0; i < curves.Count; i++)
            for (var j = i + 1; j < curves.Count; j++)
            {
                var (one, other) = (curves[i], curves[j]);
                if (one.IsChance && other.IsChance || !IsNew(one.Needs | other.Needs)) continue;
                var count = Locus.Meet(one.Locus, other.Locus, out var first, out var second);
                if (count == 0 || count == 1 && !(one.IsLine && other.IsLine)) continue;
                AddMeeting(one, other, first);
                if (count == 2) AddMeeting(one, other, second);
            }
    }

    void AddMeeting(Curve one, Curve other, Vector place)
    {
        var kind = one.IsLine && other.IsLine ? CandidateKind.TwoLines : one.IsLine || other.IsLine ? CandidateKind.LineAndCircle : CandidateKind.TwoCircles;
        Add(place, kind, Own(one) + Own(other), Weight(one) + Weight(other), one.Recipe, other.Recipe);
    }

    static int Own(Curve curve) => curve.IsLine || curve.Points.Count() >= 3 ? 1 : 0;

    /// <summary>Of the ways to one place, those by richer curves come first.</summary>
    double Weight(Curve curve) => curve.Points.Count() + ((curve.Points & _goal).Count() >= 2 ? 0.5 : 0);

    /// <summary>Points named again by two lines or circles that look as if they passed through them. Where both are known to do so, the double would say nothing.</summary>
    void AddDoubles(List<Curve> curves)
    {
        for (var twin = 0; twin < _figure.Count; twin++)
        {
            var place = At(twin);
            Curve[] through = [.. curves.Where(curve => !curve.Needs.Has(twin) && curve.Locus.DistanceTo(place) < Same), .. CurveFinder.Angles(_knowledge, twin)];
            for (var i = 0; i < through.Length; i++)
                for (var j = i + 1; j < through.Length; j++)
                {
                    var (one, other) = (through[i], through[j]);
                    if (one.Points.Has(twin) && other.Points.Has(twin) || !IsNew(Bits.Of(twin) | one.Needs | other.Needs)) continue;
                    if (Math.Abs(one.Locus.NormalAt(place).Cross(other.Locus.NormalAt(place))) < Crossing) continue;
                    Add(place, CandidateKind.DoublePoint, 0, Weight(one) + Weight(other), one.Recipe, other.Recipe);
                }
        }
    }

    void AddPairs()
    {
        for (var b = 0; b < _figure.Count; b++)
            for (var a = 0; a < _figure.Count; a++)
            {
                if (!IsNew(Bits.Of(a, b)) || !_figure.AreDistinct(a, b)) continue;
                if (a < b) Add((At(a) + At(b)) / 2, CandidateKind.Midpoint, 2, 0, new Recipe("midpoint", a, b));
                Add(At(b) * 2 - At(a), CandidateKind.Mirror, 1, 0, new Recipe("mirror", a, b));
            }
    }

    void AddTriples()
    {
        for (var a = 0; a < _figure.Count; a++)
            for (var b = 0; b < _figure.Count; b++)
                for (var c = b + 1; c < _figure.Count; c++)
                {
                    if (!IsNew(Bits.Of(a, b, c)) || !_figure.AreDistinct(a, b) || !_figure.AreDistinct(b, c) || !_figure.AreDistinct(a, c) || _figure.AreCollinear(a, b, c)) continue;
                    if (a < b) Add(Locus.Circumcentre(At(a), At(b), At(c)), CandidateKind.Circumcentre, 3, 0, new Recipe("circumcenter", a, b, c));
                    Add(At(b) + At(c) - At(a), CandidateKind.Parallelogram, 0, 0, new Recipe("on_pline", b, a, c), new Recipe("on_pline", c, a, b));
                }
    }

    /// <summary>Feet on lines, and points reflected in them.</summary>
    void AddMirrors(List<Curve> curves)
    {
        foreach (var line in curves)
        {
            if (!line.IsLine) continue;
            var (b, c) = (line.Recipe.A, line.Recipe.B);
            for (var a = 0; a < _figure.Count; a++)
            {
                if (!IsNew(line.Needs | Bits.Of(a))) continue;
                var foot = line.Locus.Point + line.Locus.Direction * (At(a) - line.Locus.Point).Dot(line.Locus.Direction);
                if (foot.DistanceTo(At(a)) < TooNear) continue;
                Add(foot, CandidateKind.Foot, 1, 0, new Recipe("foot", a, b, c));
                Add(foot * 2 - At(a), CandidateKind.Reflection, 0, 0, new Recipe("reflect", a, b, c));
            }
        }
    }

    /// <summary>Where the bisector of a chord meets its circle.</summary>
    void AddArcMidpoints(List<Curve> curves)
    {
        foreach (var circle in curves)
        {
            if (circle.IsLine) continue;
            foreach (var a in Bits.Of(circle.Points))
                foreach (var b in Bits.Of(circle.Points))
                {
                    if (a >= b || !IsNew(circle.Needs | Bits.Of(a, b)) || !_figure.AreDistinct(a, b)) continue;
                    var bisector = Locus.Line((At(a) + At(b)) / 2, (At(b) - At(a)).Normal);
                    if (Locus.Meet(circle.Locus, bisector, out var one, out var other) < 2) continue;
                    Add(one, CandidateKind.ArcMidpoint, Own(circle) + 1, 1, circle.Recipe, new Recipe("iso_triangle_vertex", a, b));
                    Add(other, CandidateKind.ArcMidpoint, Own(circle) + 1, 1, circle.Recipe, new Recipe("iso_triangle_vertex", a, b));
                }
        }
    }

    void Add(Vector place, CandidateKind kind, int own, double weight, Recipe one, Recipe? other = null)
    {
        // Also false where a coordinate is not a number.
        if (!(Math.Abs(place.X) <= TooFar && Math.Abs(place.Y) <= TooFar) || (kind != CandidateKind.DoublePoint && IsTooNear(place))) return;
        if (!_definitions.Contains(one.Word) || (other is { } second && !_definitions.Contains(second.Word))) return;
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_groupOf, ((long)Math.Round(place.X * Grid), (long)Math.Round(place.Y * Grid)), out var isThere);
        if (!isThere)
        {
            number = _groups.Count;
            _groups.Add(new Group(place, kind, own, -1, 0));
        }
        ref var group = ref CollectionsMarshal.AsSpan(_groups)[number];
        _ways.Add(new FoundWay(new Way(one, other), weight, group.First));
        (group.First, group.Count) = (_ways.Count - 1, group.Count + 1);
    }

    bool IsTooNear(Vector place)
    {
        for (var i = 0; i < _figure.Count; i++)
            if (Math.Abs(_figure.X(i) - place.X) < TooNear && Math.Abs(_figure.Y(i) - place.Y) < TooNear) return true;
        return false;
    }

    Candidate[] Scored()
    {
        var incidence = new Incidence(_figure);
        var candidates = new Candidate[_groups.Count];
        // All candidates' ways in one array.
        var ways = new Way[_ways.Count];
        var (first, weights) = (0, new double[_ways.Count]);
        for (var i = 0; i < candidates.Length; i++)
        {
            var group = _groups[i];
            var count = 0;
            for (var way = group.First; way >= 0; way = _ways[way].Next) (ways[first + count], weights[first + count++]) = (_ways[way].Way, -_ways[way].Weight);
            // Found last came first; equal weights keep the order in which they were found.
            Array.Reverse(ways, first, count);
            Array.Reverse(weights, first, count);
            SortByWeight(weights.AsSpan(first, count), ways.AsSpan(first, count));
            var isDouble = group.Kind == CandidateKind.DoublePoint;
            var score = isDouble ? ScoreOfDouble : Math.Max(0, incidence.Count(group.Place) - group.Own);
            candidates[i] = new Candidate(group.Place, group.Kind, score, ways.AsMemory(first, Math.Min(count, isDouble ? MostWaysOfDouble : MostWays)));
            first += count;
        }
        return candidates;
    }

    /// <summary>By insertion: there are few, and equal ones must not change places.</summary>
    static void SortByWeight(Span<double> weights, Span<Way> ways)
    {
        for (var i = 1; i < weights.Length; i++)
            for (var j = i; j > 0 && weights[j] < weights[j - 1]; j--)
            {
                (weights[j], weights[j - 1]) = (weights[j - 1], weights[j]);
                (ways[j], ways[j - 1]) = (ways[j - 1], ways[j]);
            }
    }
}
