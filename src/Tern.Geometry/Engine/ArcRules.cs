using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>Chords of one circle are equal where the angles over them are, up to sign.</summary>
static class ArcRules
{
    public static void Apply(Knowledge knowledge)
    {
        for (var i = 0; i < knowledge.Circles.Count; i++) ApplyTo(knowledge, knowledge.Circles[i]);
    }

    static void ApplyTo(Knowledge knowledge, ulong circle)
    {
        var figure = knowledge.Figure;
        var chords = new List<(int A, int B)>();
        foreach (var a in Bits.Of(circle))
            foreach (var b in Bits.Of(circle))
                if (a < b && figure.AreDistinct(a, b)) chords.Add((a, b));
        chords.Sort((one, other) => Log(one).CompareTo(Log(other)));
        for (var i = 0; i < chords.Count; i++)
            for (var j = i + 1; j < chords.Count && Log(chords[j]) - Log(chords[j - 1]) <= Lookalikes.Tolerance; j++) Compare(knowledge, circle, chords[i], chords[j]);

        double Log((int A, int B) chord) => figure.LogLengths[Figure.Pair(chord.A, chord.B)];
    }

    static void Compare(Knowledge knowledge, ulong circle, (int A, int B) one, (int A, int B) other)
    {
        var (a, b) = one;
        var (c, d) = other;
        var (x, y) = (Third(knowledge.Figure, circle, a, b, Bits.Of(c, d)), Third(knowledge.Figure, circle, c, d, Bits.Of(a, b)));
        // Three points are an isosceles triangle, of which the rules of radii say more.
        if (x < 0 || y < 0 || Bits.Of(a, b, c, d, x, y).Count() < 4) return;
        if (Equations.EqualAngles(knowledge.Figure, x, a, x, b, y, c, y, d) is not { } angles)
        {
            (c, d) = (d, c);
            if (Equations.EqualAngles(knowledge.Figure, x, a, x, b, y, c, y, d) is not { } turned) return;
            angles = turned;
        }
        // Right angles are equal with either sign; the chords do not say with which.
        var isRight = Equations.EqualAngles(knowledge.Figure, x, a, x, b, y, d, y, c) is not null;
        var lengths = Equations.EqualLogs(knowledge.Figure, a, b, c, d)!;
        var areEqual = knowledge.Logs.SeemsImplied(lengths);
        if (areEqual == knowledge.Directions.SeemsImplied(angles)) return;
        if (areEqual && !isRight && knowledge.Logs.Implies(lengths))
            knowledge.Add(EquationSystem.Directions, angles, knowledge.Learn(new Statement(Predicate.EqualAngles, [x, a, x, b, y, c, y, d]), ProofRule.EqualChords, a, b, c, d, x, y));
        else if (!areEqual && knowledge.Directions.Implies(angles))
            knowledge.AddEqualLengths(a, b, c, d, knowledge.Learn(new Statement(Predicate.EqualLengths, [a, b, c, d]), ProofRule.EqualArcs, a, b, c, d, x, y));
    }

    /// <summary>A further point of the circle, better one of <paramref name="preferred"/>.</summary>
    static int Third(Figure figure, ulong circle, int a, int b, ulong preferred)
    {
        foreach (var x in Bits.Of(circle & preferred))
            if (figure.AreDistinct(x, a) && figure.AreDistinct(x, b)) return x;
        foreach (var x in Bits.Of(circle))
            if (figure.AreDistinct(x, a) && figure.AreDistinct(x, b)) return x;
        return -1;
    }
}
