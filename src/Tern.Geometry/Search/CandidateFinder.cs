using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;

namespace Tern.Geometry.Search;

/// <summary>
/// Places where a new point would have something to say, after HAGeo (Gao et al. 2025, arXiv 2512.00097): meetings of lines and circles, middles, mirror images, feet, centres,
/// each with the number of further lines and circles that pass there in the diagram. What passes there by chance of the diagram's seed, one in 10⁷, is taken for true and costs an attempt.
/// </summary>
sealed class CandidateFinder
{
    /// <summary>Of places that are one, of places that are too near for a point of its own, and the largest coordinate. The diagram has radius one.</summary>
    const double Same = 1e-8, TooNear = 1e-3, TooFar = 4;

    /// <summary>Least sine of the angle at which lines and circles cross.</summary>
    const double Crossing = 1e-5;

    const int MostWays = 4, MostWaysOfDouble = 16;

    readonly Knowledge _knowledge;
    readonly Figure _figure;
    readonly Definitions _definitions;
    readonly ulong _new, _goal;
    readonly Dictionary<(long, long), Found> _found = [];

    sealed class Found
    {
        public required Vector Place { get; init; }

        public required CandidateKind Kind { get; set; }

        /// <summary>How many of the incidences at the place the construction itself makes.</summary>
        public int Own { get; set; }

        public double Bonus { get; set; }

        public List<(Recipe[] Way, double Weight)> Ways { get; } = [];
    }

    CandidateFinder(Closure closure, int firstNew)
    {
        (_knowledge, _figure, _definitions) = (closure.Knowledge, closure.Knowledge.Figure, closure.Problem.Definitions);
        _new = firstNew == 0 ? ~0UL : ~((1UL << firstNew) - 1);
        foreach (var goal in closure.Problem.Goals) _goal |= Bits.Of([.. goal.Points]);
    }

    /// <summary>Candidates by falling score, in an order that is always the same.</summary>
    /// <param name="firstNew">Only those that are constructed from a point of this number or a later one.</param>
    /// <param name="triples">Also circles through any three points.</param>
    public static List<Candidate> Find(Closure closure, int firstNew = 0, bool triples = false)
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

    bool Knows(string word) => _definitions.Contains(word);

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
        var own = Own(one) + Own(other);
        Add(place, kind, own, Weight(one) + Weight(other), new Recipe(one.Word, one.Arguments), new Recipe(other.Word, other.Arguments));
    }

    double Weight(Curve curve) => curve.Points.Count() + ((curve.Points & _goal).Count() >= 2 ? 0.5 : 0);

    /// <summary>Points named again by two lines or circles that look as if they passed through them. Where both are known to do so, the double would say nothing.</summary>
    void AddDoubles(List<Curve> curves)
    {
        for (var twin = 0; twin < _figure.Count; twin++)
        {
            var place = At(twin);
            var through = curves.Where(curve => !curve.Needs.Has(twin) && curve.Locus.DistanceTo(place) < Same).ToArray();
            for (var i = 0; i < through.Length; i++)
                for (var j = i + 1; j < through.Length; j++)
                {
                    var (one, other) = (through[i], through[j]);
                    if (one.Points.Has(twin) && other.Points.Has(twin) || !IsNew(Bits.Of(twin) | one.Needs | other.Needs)) continue;
                    if (Math.Abs(one.Locus.NormalAt(place).Cross(other.Locus.NormalAt(place))) < Crossing) continue;
                    Add(place, CandidateKind.DoublePoint, 0, Weight(one) + Weight(other), new Recipe(one.Word, one.Arguments), new Recipe(other.Word, other.Arguments));
                }
        }
    }

    static int Own(Curve curve) => curve.IsLine || curve.Points.Count() >= 3 ? 1 : 0;

    Vector At(int point) => CurveFinder.Place(_figure, point);

    void AddPairs()
    {
        for (var b = 0; b < _figure.Count; b++)
            for (var a = 0; a < _figure.Count; a++)
            {
                if (!_figure.AreDistinct(a, b) || !IsNew(Bits.Of(a, b))) continue;
                if (a < b) Add((At(a) + At(b)) / 2, CandidateKind.Midpoint, 2, 0, new Recipe("midpoint", [a, b]));
                Add(At(b) * 2 - At(a), CandidateKind.Mirror, 1, 0, new Recipe("mirror", [a, b]));
            }
    }

    void AddTriples()
    {
        for (var a = 0; a < _figure.Count; a++)
            for (var b = 0; b < _figure.Count; b++)
                for (var c = b + 1; c < _figure.Count; c++)
                {
                    if (!IsNew(Bits.Of(a, b, c)) || !_figure.AreDistinct(a, b) || !_figure.AreDistinct(b, c) || !_figure.AreDistinct(a, c) || _figure.AreCollinear(a, b, c)) continue;
                    if (a < b) Add(Locus.Circumcentre(At(a), At(b), At(c)), CandidateKind.Circumcentre, 3, 0, new Recipe("circumcenter", [a, b, c]));
                    Add(At(b) + At(c) - At(a), CandidateKind.Parallelogram, 0, 0, new Recipe("on_pline", [b, a, c]), new Recipe("on_pline", [c, a, b]));
                }
    }

    /// <summary>Feet on lines, and points reflected in them.</summary>
    void AddMirrors(List<Curve> curves)
    {
        foreach (var line in curves)
        {
            if (!line.IsLine) continue;
            for (var a = 0; a < _figure.Count; a++)
            {
                var foot = line.Locus.Point + line.Locus.Direction * (At(a) - line.Locus.Point).Dot(line.Locus.Direction);
                if (!IsNew(line.Needs | Bits.Of(a)) || foot.DistanceTo(At(a)) < TooNear) continue;
                Add(foot, CandidateKind.Foot, 1, 0, new Recipe("foot", [a, .. line.Arguments]));
                Add(foot * 2 - At(a), CandidateKind.Reflection, 0, 0, new Recipe("reflect", [a, .. line.Arguments]));
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
                    if (a >= b || !_figure.AreDistinct(a, b) || !IsNew(circle.Needs | Bits.Of(a, b))) continue;
                    var bisector = Locus.Line((At(a) + At(b)) / 2, (At(b) - At(a)).Normal);
                    var count = Locus.Meet(circle.Locus, bisector, out var one, out var other);
                    if (count < 2) continue;
                    Add(one, CandidateKind.ArcMidpoint, Own(circle) + 1, 1, new Recipe(circle.Word, circle.Arguments), new Recipe("iso_triangle_vertex", [a, b]));
                    Add(other, CandidateKind.ArcMidpoint, Own(circle) + 1, 1, new Recipe(circle.Word, circle.Arguments), new Recipe("iso_triangle_vertex", [a, b]));
                }
        }
    }

    void Add(Vector place, CandidateKind kind, int own, double weight, params Recipe[] way)
    {
        if (!place.IsFinite || Math.Abs(place.X) > TooFar || Math.Abs(place.Y) > TooFar || !way.All(recipe => Knows(recipe.Word))) return;
        if (kind != CandidateKind.DoublePoint && IsTooNear(place)) return;
        var key = ((long)Math.Round(place.X * 1e6), (long)Math.Round(place.Y * 1e6));
        if (!_found.TryGetValue(key, out var found)) _found[key] = found = new Found { Place = place, Kind = kind, Own = own };
        found.Ways.Add((way, weight));
    }

    bool IsTooNear(Vector place)
    {
        for (var i = 0; i < _figure.Count; i++)
            if (Math.Abs(_figure.X(i) - place.X) < TooNear && Math.Abs(_figure.Y(i) - place.Y) < TooNear) return true;
        return false;
    }

    List<Candidate> Scored()
    {
        var incidence = new Incidence(_figure);
        var candidates = new List<(Candidate Candidate, (long, long) Key)>(_found.Count);
        foreach (var (key, found) in _found)
        {
            var score = found.Kind == CandidateKind.DoublePoint ? 1.5 : Math.Max(0, incidence.Count(found.Place) - found.Own);
            var ways = found.Ways.OrderByDescending(way => way.Weight).Take(found.Kind == CandidateKind.DoublePoint ? MostWaysOfDouble : MostWays).Select(way => way.Way).ToArray();
            candidates.Add((new Candidate(found.Place, found.Kind, score, ways), key));
        }
        return [.. candidates.OrderByDescending(entry => entry.Candidate.Score).ThenBy(entry => entry.Key).Select(entry => entry.Candidate)];
    }
}
