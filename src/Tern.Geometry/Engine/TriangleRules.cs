using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>Similar triangles by two angles, three sides, or an angle and two sides: among those that look similar, the ones with equal normal forms.</summary>
sealed class TriangleRules(Knowledge knowledge)
{
    /// <summary>A side is the longer one only by this much of its logarithm.</summary>
    const double Longer = 1e-6;

    /// <summary>Ways to recognise a pair: which rule, and the triangle's corners in the order of the rule's text.</summary>
    static readonly (ProofRule Rule, int V, int W, int Z)[] Ways =
    [
        (ProofRule.SimilarByAngles, 0, 1, 2), (ProofRule.SimilarBySides, 0, 1, 2),
        (ProofRule.SimilarBySideAngleSide, 0, 1, 2), (ProofRule.SimilarBySideAngleSide, 1, 2, 0), (ProofRule.SimilarBySideAngleSide, 2, 0, 1),
        (ProofRule.SimilarBySideSideAngle, 1, 2, 0), (ProofRule.SimilarBySideSideAngle, 2, 1, 0), (ProofRule.SimilarBySideSideAngle, 2, 0, 1),
    ];

    readonly Triangle[][] _groups = [.. knowledge.Lookalikes.Triangles.Select(group => (Triangle[])group.Clone())];
    readonly Dictionary<ulong, int> _seen = [];

    public void Apply()
    {
        for (var i = 0; i < _groups.Length; i++)
            if (_groups[i].Length > 1) ApplyTo(ref _groups[i]);
    }

    /// <summary>Each group is left with one triangle of each class of those known to be similar.</summary>
    void ApplyTo(ref Triangle[] group)
    {
        var alive = group.Length;
        Span<int> corners = stackalloc int[3];
        for (var way = 0; way < Ways.Length; way++)
        {
            _seen.Clear();
            for (var i = 0; i < alive; i++)
            {
                if (!TryKey(group[i], way, out var key)) continue;
                if (_seen.TryAdd(key, i)) continue;
                if (!Match(group[_seen[key]], group[i], way)) continue;
                group[i--] = group[--alive];
            }
        }
        if (alive < group.Length) Array.Resize(ref group, alive);
    }

    static int Corner(in Triangle triangle, int corner) => corner switch { 0 => triangle.A, 1 => triangle.B, _ => triangle.C };

    bool TryKey(in Triangle triangle, int way, out ulong key)
    {
        var (rule, first, second, third) = Ways[way];
        var (v, w, z) = (Corner(triangle, first), Corner(triangle, second), Corner(triangle, third));
        var (vw, wz, zv) = (Figure.Pair(v, w), Figure.Pair(w, z), Figure.Pair(z, v));
        key = 0;
        var (one, two) = (0UL, 0UL);
        switch (rule)
        {
            case ProofRule.SimilarByAngles: (one, two) = (Angle(vw, zv, triangle.Orientation), Angle(vw, wz, triangle.Orientation)); break;
            case ProofRule.SimilarBySides: (one, two) = (Ratio(vw, zv), Ratio(vw, wz)); break;
            case ProofRule.SimilarBySideAngleSide: (one, two) = (Angle(vw, zv, triangle.Orientation), Ratio(vw, zv)); break;
            default:
                if (!IsLonger(knowledge.Figure, w, z, v, w)) return false;
                (one, two) = (Angle(vw, zv, triangle.Orientation), Ratio(vw, wz));
                break;
        }
        key = unchecked(one * 0x9E3779B97F4A7C15 + two * 0xD6E8FEB86659FD93 + (one ^ (two >> 7)));
        return true;
    }

    ulong Angle(int one, int other, int orientation)
    {
        var directions = knowledge.Directions.Fingerprints;
        return orientation > 0 ? Fingerprint.Subtract(directions[one], directions[other]) : Fingerprint.Subtract(directions[other], directions[one]);
    }

    ulong Ratio(int one, int other) => Fingerprint.Subtract(knowledge.Logs.Fingerprint(one), knowledge.Logs.Fingerprint(other));

    /// <summary>True where the triangles are known to be similar now.</summary>
    bool Match(in Triangle one, in Triangle other, int way)
    {
        var (rule, v, w, z) = Ways[way];
        int[] points = [Corner(one, v), Corner(one, w), Corner(one, z), Corner(other, v), Corner(other, w), Corner(other, z)];
        var sign = one.Orientation * other.Orientation;
        if (!Confirm(points, rule, sign)) return false;
        if (IsKnown(points, sign)) return true;
        var statement = new Statement(sign > 0 ? Predicate.Similar : Predicate.MirroredSimilar, points);
        knowledge.AddTriangles(statement, knowledge.Learn(statement, rule));
        return true;
    }

    bool Confirm(ReadOnlySpan<int> p, ProofRule rule, int sign)
    {
        foreach (var (system, form) in Conditions(knowledge.Figure, p, rule, sign))
            if (form is null || !knowledge[system].Implies(form)) return false;
        return true;
    }

    /// <summary>What a rule asks of triangles whose corners are in the order of its text.</summary>
    public static (EquationSystem System, LinearForm? Form)[] Conditions(Figure figure, ReadOnlySpan<int> p, ProofRule rule, int sign) => rule switch
    {
        ProofRule.SimilarByAngles => [(EquationSystem.Directions, Equations.TriangleAngles(figure, p, 0, sign)), (EquationSystem.Directions, Equations.TriangleAngles(figure, p, 1, sign))],
        ProofRule.SimilarBySides => [(EquationSystem.Logs, Sides(figure, p, 0, 1, 1, 2)), (EquationSystem.Logs, Sides(figure, p, 1, 2, 2, 0))],
        ProofRule.SimilarBySideAngleSide => [(EquationSystem.Directions, Equations.TriangleAngles(figure, p, 2, sign)), (EquationSystem.Logs, Sides(figure, p, 0, 1, 0, 2))],
        _ when IsLonger(figure, p[1], p[2], p[0], p[1]) && IsLonger(figure, p[4], p[5], p[3], p[4]) => [(EquationSystem.Directions, Equations.TriangleAngles(figure, p, 2, sign)), (EquationSystem.Logs, Sides(figure, p, 0, 1, 1, 2))],
        _ => [(EquationSystem.Directions, null)],
    };

    static bool IsLonger(Figure figure, int a, int b, int c, int d) => figure.LogLengths[Figure.Pair(a, b)] - figure.LogLengths[Figure.Pair(c, d)] > Longer;

    static LinearForm? Sides(Figure figure, ReadOnlySpan<int> p, int a, int b, int c, int d) => Equations.EqualRatios(figure, p[a], p[b], p[a + 3], p[b + 3], p[c], p[d], p[c + 3], p[d + 3]);

    bool IsKnown(ReadOnlySpan<int> p, int sign) =>
        Seems(Equations.TriangleAngles(knowledge.Figure, p, 0, sign), knowledge.Directions) && Seems(Equations.TriangleAngles(knowledge.Figure, p, 1, sign), knowledge.Directions)
        && Seems(Sides(knowledge.Figure, p, 0, 1, 1, 2), knowledge.Logs) && Seems(Sides(knowledge.Figure, p, 1, 2, 2, 0), knowledge.Logs);

    static bool Seems(LinearForm? form, LinearSystem system) => form is not null && system.SeemsImplied(form);
}
