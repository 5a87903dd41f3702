using Fractions;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;

namespace Tern.Geometry.Search;

/// <summary>The lines and circles of a closure on which new points are looked for. What is proved to be one line is one; what only looks like it is not.</summary>
static class CurveFinder
{
    public static List<Curve> Find(Knowledge knowledge, bool triples)
    {
        var curves = new List<Curve>();
        AddLines(knowledge, curves);
        AddCircles(knowledge, curves, triples);
        return curves;
    }

    public static Vector Place(Figure figure, int point) => new(figure.X(point), figure.Y(point));

    static void AddLines(Knowledge knowledge, List<Curve> curves)
    {
        var figure = knowledge.Figure;
        foreach (var line in knowledge.Lines)
        {
            var (a, b) = Farthest(figure, line);
            curves.Add(Line(figure, a, b, line));
        }
        for (var b = 1; b < figure.Count; b++)
            for (var a = 0; a < b; a++)
                if (figure.AreDistinct(a, b) && !knowledge.OnOneLine(Bits.Of(a, b))) curves.Add(Line(figure, a, b, Bits.Of(a, b)));
    }

    static Curve Line(Figure figure, int a, int b, ulong points) =>
        new(Locus.Line(Place(figure, a), Place(figure, b) - Place(figure, a)), points, Bits.Of(a, b), new Recipe("on_line", a, b));

    /// <summary>The two points that determine the line best.</summary>
    static (int A, int B) Farthest(Figure figure, ulong points)
    {
        var (best, length) = ((0, 0), -1.0);
        foreach (var a in Bits.Of(points))
            foreach (var b in Bits.Of(points))
                if (a < b && figure.Lengths[Figure.Pair(a, b)] > length) (best, length) = ((a, b), figure.Lengths[Figure.Pair(a, b)]);
        return best;
    }

    static void AddCircles(Knowledge knowledge, List<Curve> curves, bool triples)
    {
        var figure = knowledge.Figure;
        var centred = new List<ulong>();
        foreach (var (centre, group) in knowledge.Lookalikes.Centres)
            foreach (var points in Equidistant(knowledge, centre, group))
            {
                var a = Bits.ToArray(points)[0];
                curves.Add(new Curve(Locus.Circle(Place(figure, centre), Place(figure, centre).DistanceTo(Place(figure, a))), points, Bits.Of(centre, a), new Recipe("on_circle", centre, a)));
                centred.Add(points);
            }
        foreach (var circle in knowledge.Circles)
            if (!centred.Exists(points => (circle & ~points) == 0) && Circle(figure, circle) is { } curve) curves.Add(curve);
        if (!triples) return;
        for (var c = 2; c < figure.Count; c++)
            for (var b = 1; b < c; b++)
                for (var a = 0; a < b; a++)
                {
                    var triple = Bits.Of(a, b, c);
                    if (!knowledge.OnOneCircle(triple) && !centred.Exists(points => (triple & ~points) == 0) && Circle(figure, triple) is { } curve) curves.Add(curve with { IsChance = true });
                }
    }

    /// <summary>Of points that look equally far from a centre, those that are proved to be.</summary>
    static IEnumerable<ulong> Equidistant(Knowledge knowledge, int centre, ulong group)
    {
        while (group != 0)
        {
            var first = Bits.ToArray(group)[0];
            var key = knowledge.Logs.Fingerprint(Figure.Pair(centre, first));
            var equal = 0UL;
            foreach (var point in Bits.Of(group))
                if (knowledge.Logs.Fingerprint(Figure.Pair(centre, point)) == key) equal |= 1UL << point;
            group &= ~equal;
            if (equal.Count() >= 2) yield return equal;
        }
    }

    /// <summary>Lines through a point that make a multiple of 15° with a line of the figure, not a right angle: unless it is known that they do.</summary>
    public static IEnumerable<Curve> Angles(Knowledge knowledge, int point)
    {
        const int step = 15;
        var figure = knowledge.Figure;
        for (var b = 0; b < figure.Count; b++)
        {
            if (!figure.AreDistinct(b, point)) continue;
            for (var a = 0; a < figure.Count; a++)
            {
                if (a == point || !figure.AreDistinct(a, b)) continue;
                var angle = figure.Directions[Figure.Pair(b, point)] - figure.Directions[Figure.Pair(b, a)];
                var steps = (angle - Math.Floor(angle)) * 180 / step;
                var degrees = (int)Math.Round(steps) * step % 180;
                if (Math.Abs(steps - Math.Round(steps)) > Lookalikes.Tolerance * 10 || degrees % 90 == 0) continue;
                var statement = new Statement(Predicate.AngleValue, [b, a, b, point], new Fraction(degrees, 180));
                if (Equations.Of(statement, EquationSystem.Directions, figure) is { } form && knowledge.Directions.SeemsImplied(form)) continue;
                yield return new Curve(Locus.Line(Place(figure, b), Place(figure, point) - Place(figure, b)), Bits.Of(a, b), Bits.Of(a, b), new Recipe(Recipe.Angle, a, b, -1, degrees));
            }
        }
    }

    static Curve? Circle(Figure figure, ulong points)
    {
        var all = Bits.ToArray(points);
        var (a, b) = Farthest(figure, points);
        foreach (var c in all)
        {
            if (c == a || c == b || !figure.AreDistinct(a, b) || !figure.AreDistinct(a, c) || !figure.AreDistinct(b, c) || figure.AreCollinear(a, b, c)) continue;
            return new Curve(Locus.Circle(Place(figure, a), Place(figure, b), Place(figure, c)), points, Bits.Of(a, b, c), new Recipe("on_circum", a, b, c));
        }
        return null;
    }
}
