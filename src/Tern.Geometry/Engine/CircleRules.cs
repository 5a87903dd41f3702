using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>Circles from inscribed angles, centres from central angles, and the isosceles triangles of radii.</summary>
static class CircleRules
{
    public static void Apply(Knowledge knowledge)
    {
        foreach (var (centre, points) in knowledge.Lookalikes.Centres) ApplyRadii(knowledge, centre, points);
        foreach (var circle in knowledge.Lookalikes.Circles)
            if (!knowledge.OnOneCircle(circle)) ApplyInscribed(knowledge, circle);
        foreach (var (centre, points) in knowledge.Lookalikes.Centres)
            if (points.Count() >= 3) ApplyCentres(knowledge, centre, points);
    }

    /// <summary>Equal sides and equal base angles of a triangle.</summary>
    static void ApplyRadii(Knowledge knowledge, int o, ulong points)
    {
        var figure = knowledge.Figure;
        foreach (var a in Bits.Of(points))
            foreach (var b in Bits.Of(points))
            {
                if (a >= b || !figure.AreDistinct(a, b) || Equations.BaseAngles(figure, o, a, b) is not { } angles || Equations.EqualLogs(figure, o, a, o, b) is not { } sides) continue;
                var areSides = knowledge.Logs.SeemsImplied(sides);
                if (figure.AreCollinear(o, a, b) || areSides == knowledge.Directions.SeemsImplied(angles)) continue;
                var equal = new Statement(Predicate.EqualLengths, [o, a, o, b]);
                if (areSides && knowledge.Logs.Implies(sides)) knowledge.Add(EquationSystem.Directions, angles, knowledge.Learn(equal, ProofRule.Ratios));
                else if (!areSides && knowledge.Directions.Implies(angles)) knowledge.AddEqualLengths(o, a, o, b, knowledge.Learn(equal, ProofRule.EqualBaseAngles, o, a, b));
            }
    }

    /// <summary>Points that see two points under one angle.</summary>
    static void ApplyInscribed(Knowledge knowledge, ulong circle)
    {
        var figure = knowledge.Figure;
        foreach (var a in Bits.Of(circle))
            foreach (var b in Bits.Of(circle))
            {
                if (a >= b || !figure.AreDistinct(a, b)) continue;
                foreach (var x in Bits.Of(circle))
                {
                    if (!figure.AreDistinct(a, x) || !figure.AreDistinct(b, x)) continue;
                    var angle = Angle(knowledge, x, a, b);
                    foreach (var y in Bits.Of(circle))
                    {
                        if (x >= y || !figure.AreDistinct(a, y) || !figure.AreDistinct(b, y) || Angle(knowledge, y, a, b) != angle || knowledge.OnOneCircle(Bits.Of(a, b, x, y))) continue;
                        if (Equations.EqualAngles(figure, x, a, x, b, y, a, y, b) is { } form && knowledge.Directions.Implies(form))
                            knowledge.AddCircle(Bits.Of(a, b, x, y), knowledge.Learn(new Statement(Predicate.Concyclic, [a, b, x, y]), ProofRule.Circle));
                    }
                }
            }
    }

    /// <summary>Fingerprint of d(XA) - d(XB).</summary>
    static ulong Angle(Knowledge knowledge, int x, int a, int b)
    {
        var directions = knowledge.Directions.Fingerprints;
        return Fingerprint.Subtract(directions[Figure.Pair(x, a)], directions[Figure.Pair(x, b)]);
    }

    static void ApplyCentres(Knowledge knowledge, int o, ulong points)
    {
        foreach (var a in Bits.Of(points))
            foreach (var b in Bits.Of(points))
            {
                if (a == b || !knowledge.Figure.AreDistinct(a, b) || !AreEqual(knowledge, o, a, b)) continue;
                foreach (var x in Bits.Of(points))
                    if (x != a && x != b && !AreEqual(knowledge, o, a, x)) ApplyCentralAngle(knowledge, o, a, b, x);
            }
        foreach (var circle in knowledge.Circles)
            if ((circle & points).Count() >= 4) ApplyTwoChords(knowledge, o, circle & points);
    }

    static bool AreEqual(Knowledge knowledge, int o, int a, int b) => knowledge.Logs.Fingerprint(Figure.Pair(o, a)) == knowledge.Logs.Fingerprint(Figure.Pair(o, b));

    /// <summary>d(XB) - d(XA) = d(OB) - d(AB) + 1/2.</summary>
    static void ApplyCentralAngle(Knowledge knowledge, int o, int a, int b, int x)
    {
        var figure = knowledge.Figure;
        if (!figure.AreDistinct(a, x) || !figure.AreDistinct(b, x)) return;
        var directions = knowledge.Directions.Fingerprints;
        if (Angle(knowledge, x, b, a) != Fingerprint.Subtract(directions[Figure.Pair(o, b)], directions[Figure.Pair(a, b)])) return;
        if (CentralAngle(figure, o, a, b, x) is not { } form || !knowledge.Directions.Implies(form)) return;
        knowledge.AddEqualLengths(o, a, o, x, knowledge.Learn(new Statement(Predicate.CircleCentre, [o, a, b, x]), ProofRule.CentralAngle, a, b));
    }

    public static LinearForm? CentralAngle(Figure figure, int o, int a, int b, int x) => Equations.Directions(figure, Rational.Half,
        new Term(Figure.Pair(x, b), Rational.One), new Term(Figure.Pair(x, a), Rational.MinusOne), new Term(Figure.Pair(o, b), Rational.MinusOne), new Term(Figure.Pair(a, b), Rational.One));

    /// <summary>A point on the perpendicular bisectors of two chords.</summary>
    static void ApplyTwoChords(Knowledge knowledge, int o, ulong circle)
    {
        var points = Bits.ToArray(circle);
        if (points.All(point => AreEqual(knowledge, o, points[0], point))) return;
        for (var i = 0; i < points.Length; i++)
            for (var j = i + 1; j < points.Length; j++)
            {
                if (!knowledge.Figure.AreDistinct(points[i], points[j]) || !AreEqual(knowledge, o, points[i], points[j])) continue;
                for (var k = i; k < points.Length; k++)
                    for (var l = k + 1; l < points.Length; l++)
                    {
                        var (a, b, c, d) = (points[i], points[j], points[k], points[l]);
                        if (!AreEqual(knowledge, o, c, d) || !knowledge.Figure.AreDistinct(c, d) || !AreTransversal(knowledge.Figure, a, b, c, d)) continue;
                        var fact = knowledge.Learn(new Statement(Predicate.CircleCentre, [o, .. points]), ProofRule.TwoChords, a, b, c, d);
                        foreach (var point in points) knowledge.AddEqualLengths(o, a, o, point, fact);
                        return;
                    }
            }
    }

    static bool AreTransversal(Figure figure, int a, int b, int c, int d) =>
        Math.Abs(Figure.Centred(figure.Directions[Figure.Pair(a, b)] - figure.Directions[Figure.Pair(c, d)])) > 1e-5;
}
