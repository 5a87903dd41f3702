using System.Collections.Immutable;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Checking;

/// <summary>Whether a conclusion follows from premises by a rule, as <see cref="ProofRule"/> defines it. That premises and conclusion hold in the diagram is checked before.</summary>
static class RuleChecks
{
    public static bool Follows(ProofRule rule, StepGeometry step, Statement conclusion)
    {
        var (predicate, p) = (conclusion.Predicate, conclusion.Points);
        return rule switch
        {
            ProofRule.Angles => predicate is Predicate.Parallel or Predicate.Perpendicular or Predicate.EqualAngles or Predicate.AngleValue or Predicate.AngleSum && step.DirectionsGive(conclusion),
            ProofRule.Ratios => predicate is Predicate.EqualLengths or Predicate.EqualRatios or Predicate.RatioValue or Predicate.SquaredRatioValue or Predicate.LengthValue or Predicate.SquaredLengthValue or Predicate.LengthProduct
                && step.LogarithmsGive(conclusion),
            ProofRule.Lengths => predicate is Predicate.EqualLengths or Predicate.RatioValue or Predicate.LengthValue or Predicate.LengthSum && step.LengthsGive(conclusion),
            ProofRule.Squares => predicate is Predicate.EqualLengths or Predicate.RatioValue or Predicate.SquaredRatioValue or Predicate.LengthValue or Predicate.SquaredLengthValue or Predicate.SquaredLengthSum or Predicate.Perpendicular
                && step.SquaresGive(conclusion),
            ProofRule.Line => predicate == Predicate.Collinear && p.Any(a => Neighbours(p, a).All(pair => step.SameDirection(a, pair.X, a, pair.Y))),
            ProofRule.Circle => predicate == Predicate.Concyclic && Pairs(p).Any(chord => IsChord(step, p, chord) && HasOneInscribedAngle(step, p, chord)),
            ProofRule.Centre => predicate == Predicate.CircleCentre && p.Skip(2).All(x => step.SameLength(p[0], p[1], p[0], x)),
            ProofRule.CentralAngle => predicate == Predicate.CircleCentre && Pairs(p[1..]).Any(chord => IsCentralAngle(step, p, chord.A, chord.B) || IsCentralAngle(step, p, chord.B, chord.A)),
            ProofRule.TwoChords => predicate == Predicate.CircleCentre && IsOnTwoBisectors(step, p),
            ProofRule.Middle => predicate == Predicate.Midpoint && step.SameDirection(p[0], p[1], p[0], p[2]) && step.Truth.Dot(p[0], p[1], p[2]) < 0
                && (step.SameLength(p[0], p[1], p[0], p[2]) || step.SameLengthBySums(p[0], p[1], p[0], p[2])),
            ProofRule.SimilarByAngles => IsSimilar(predicate) && AreTriangles(step, p) && step.DirectionsGive(conclusion),
            ProofRule.SimilarBySides => IsSimilar(predicate) && AreTriangles(step, p) && AreOriented(step, conclusion) && step.LogarithmsGive(conclusion),
            ProofRule.SimilarBySideAngleSide => IsSimilar(predicate) && AreTriangles(step, p) && AreOriented(step, conclusion) && Orders.Any(order => HasSideAngleSide(step, conclusion, order)),
            ProofRule.SimilarBySideSideAngle => IsSimilar(predicate) && AreTriangles(step, p) && AreOriented(step, conclusion) && Orders.Any(order => HasSideSideAngle(step, conclusion, order)),
            ProofRule.CongruentBySide => predicate is Predicate.Congruent or Predicate.MirroredCongruent && AreTriangles(step, p) && AreOriented(step, conclusion) && IsCongruent(step, conclusion),
            ProofRule.EqualBaseAngles => predicate == Predicate.EqualLengths && StatementEquations.Apex(p) is var (o, a, b) && step.Truth.AreTriangle(o, a, b) && step.BaseAngles(o, a, b),
            ProofRule.DividedAlike => predicate == Predicate.EqualRatios && Proportions(p).Any(form => IsDividedAlike(step, form)),
            ProofRule.EqualArcs => predicate == Predicate.EqualLengths && HasEqualArcs(step, p),
            ProofRule.EqualChords => predicate == Predicate.EqualAngles && Proportions(p).Any(form => HasEqualChords(step, form)),
            ProofRule.SamePlace => predicate == Predicate.Coincident && IsOnTwoLoci(step, p[0], p[1]),
            ProofRule.Incentre => predicate == Predicate.EqualAngles && Proportions(p).Any(form => IsThirdBisector(step, form)),
            ProofRule.TouchingCircles => predicate == Predicate.Coincident && IsWhereCirclesTouch(step, p[0], p[1]),
            _ => false,
        };
    }

    /// <summary>The six orders of a triangle's corners.</summary>
    static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    static bool IsSimilar(Predicate predicate) => predicate is Predicate.Similar or Predicate.MirroredSimilar;

    static bool IsMirrored(Statement statement) => statement.Predicate is Predicate.MirroredSimilar or Predicate.MirroredCongruent;

    static bool AreTriangles(StepGeometry step, ImmutableArray<int> p) => step.Truth.AreTriangle(p[0], p[1], p[2]) && step.Truth.AreTriangle(p[3], p[4], p[5]);

    static bool AreOriented(StepGeometry step, Statement conclusion)
    {
        var p = conclusion.Points;
        return step.Truth.Orientation(p[0], p[1], p[2]) == step.Truth.Orientation(p[3], p[4], p[5]) * (IsMirrored(conclusion) ? -1 : 1);
    }

    static IEnumerable<(int A, int B)> Pairs(IReadOnlyList<int> p) => p.SelectMany((a, i) => p.Skip(i + 1).Select(b => (a, b)));

    /// <summary>All others, each with the one before.</summary>
    static IEnumerable<(int X, int Y)> Neighbours(IEnumerable<int> p, params int[] without)
    {
        var others = p.Where(x => !without.Contains(x)).ToList();
        return others.Zip(others.Skip(1));
    }

    static bool IsChord(StepGeometry step, IEnumerable<int> circle, (int A, int B) chord) => circle.All(x => x == chord.A || x == chord.B || step.Truth.AreTriangle(x, chord.A, chord.B));

    static bool HasOneInscribedAngle(StepGeometry step, IEnumerable<int> circle, (int A, int B) chord) =>
        Neighbours(circle, chord.A, chord.B).All(pair => step.SameInscribedAngle(pair.X, pair.Y, chord.A, chord.B));

    /// <summary>|OA| = |OB| and d(XB) - d(XA) = d(OB) - d(AB) + 1/2.</summary>
    static bool IsCentralAngle(StepGeometry step, ImmutableArray<int> p, int a, int b) =>
        IsChord(step, p.Skip(1), (a, b)) && step.SameLength(p[0], a, p[0], b)
        && p.Skip(1).All(x => x == a || x == b || step.Turn(new(1, 2), (1, x, b), (-1, x, a), (-1, p[0], b), (1, a, b)));

    static bool IsOnTwoBisectors(StepGeometry step, ImmutableArray<int> p)
    {
        var circle = p[1..];
        if (!Pairs(circle).Any(chord => IsChord(step, circle, chord) && HasOneInscribedAngle(step, circle, chord))) return false;
        var bisected = Pairs(circle).Where(chord => step.Truth.Differ(chord.A, chord.B) && step.SameLength(p[0], chord.A, p[0], chord.B)).ToList();
        return bisected.Exists(first => bisected.Exists(second => step.Truth.Holds(new(Predicate.NotParallel, [first.A, first.B, second.A, second.B]))));
    }

    /// <summary>d(AB) - d(DE) = d(AC) - d(DF), with + in mirrored triangles.</summary>
    static bool SameAngle(StepGeometry step, bool mirrored, int a, int b, int c, int d, int e, int f)
    {
        var sign = mirrored ? 1 : -1;
        return step.Turn(0, (1, a, b), (sign, d, e), (-1, a, c), (-sign, d, f));
    }

    static bool HasSideAngleSide(StepGeometry step, Statement conclusion, int[] order)
    {
        var (a, b, c, d, e, f) = Corners(conclusion, order);
        return step.SameRatio(a, b, d, e, a, c, d, f) && SameAngle(step, IsMirrored(conclusion), a, b, c, d, e, f);
    }

    static bool HasSideSideAngle(StepGeometry step, Statement conclusion, int[] order)
    {
        var (a, b, c, d, e, f) = Corners(conclusion, order);
        return IsLonger(step, b, c, a, b) && IsLonger(step, e, f, d, e) && step.SameRatio(a, b, d, e, b, c, e, f) && SameAngle(step, IsMirrored(conclusion), a, b, c, d, e, f);
    }

    static bool IsLonger(StepGeometry step, int a, int b, int c, int d) => Math.Pow(step.Truth.Length(a, b), 2) > (1 + NumericTruth.Tolerance) * Math.Pow(step.Truth.Length(c, d), 2);

    static (int A, int B, int C, int D, int E, int F) Corners(Statement conclusion, int[] order)
    {
        var p = conclusion.Points;
        return (p[order[0]], p[order[1]], p[order[2]], p[3 + order[0]], p[3 + order[1]], p[3 + order[2]]);
    }

    static bool IsCongruent(StepGeometry step, Statement conclusion)
    {
        var p = conclusion.Points;
        var similar = new Statement(IsMirrored(conclusion) ? Predicate.MirroredSimilar : Predicate.Similar, p);
        return (step.DirectionsGive(similar) || step.LogarithmsGive(similar))
            && (step.SameLength(p[0], p[1], p[3], p[4]) || step.SameLength(p[1], p[2], p[4], p[5]) || step.SameLength(p[2], p[0], p[5], p[3]));
    }

    /// <summary>The eight ways to write x - y = z - w, of pairs of points.</summary>
    static IEnumerable<(int A, int B)[]> Proportions(ImmutableArray<int> p)
    {
        (int A, int B)[] pairs = [(p[0], p[1]), (p[2], p[3]), (p[4], p[5]), (p[6], p[7])];
        return ((int[][])[[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0], [0, 2, 1, 3], [2, 0, 3, 1], [1, 3, 0, 2], [3, 1, 2, 0]]).Select(order => order.Select(i => pairs[i]).ToArray());
    }

    /// <summary>Two segments' common point, and their others; null: they have none, or both.</summary>
    static (int Apex, int A, int B)? Apex((int A, int B) first, (int A, int B) second) => StatementEquations.Apex([first.A, first.B, second.A, second.B]);

    /// <summary>Two lines with three points each, in the same order and divided in the same ratio.</summary>
    static bool IsDividedAlike(StepGeometry step, (int A, int B)[] form)
    {
        if (Apex(form[0], form[1]) is not var (b, a, c) || Apex(form[2], form[3]) is not var (e, d, f)) return false;
        return AreOnLine(step, a, b, c) && AreOnLine(step, d, e, f) && Middle(step, a, b, c) == Middle(step, d, e, f)
            && (step.SameRatio(a, b, a, c, d, e, d, f) || step.SameRatio(a, b, b, c, d, e, e, f) || step.SameRatio(a, c, b, c, d, f, e, f));
    }

    /// <summary>Two of their three lines have one direction.</summary>
    static bool AreOnLine(StepGeometry step, int a, int b, int c) => step.SameDirection(a, b, a, c) || step.SameDirection(b, a, b, c) || step.SameDirection(c, a, c, b);

    /// <summary>Which of three points on a line is between the others.</summary>
    static int Middle(StepGeometry step, int a, int b, int c) => step.Truth.Dot(a, b, c) < 0 ? 0 : step.Truth.Dot(b, a, c) < 0 ? 1 : 2;

    static bool HasEqualArcs(StepGeometry step, ImmutableArray<int> p)
    {
        var (a, b, c, d) = (p[0], p[1], p[2], p[3]);
        var all = Enumerable.Range(0, step.Diagram.Count).ToList();
        foreach (var x in all.Where(x => x != a && x != b && step.OnKnownCircle(a, b, c, d, x)))
        {
            foreach (var y in all.Where(y => y != c && y != d && step.OnKnownCircle(a, b, c, d, x, y)))
            {
                if (step.Turn(0, (1, x, b), (-1, x, a), (-1, y, d), (1, y, c)) || step.Turn(0, (1, x, b), (-1, x, a), (-1, y, c), (1, y, d))) return true;
            }
        }

        return false;
    }

    /// <summary>A right angle is its own negative, so that coordinates cannot tell which of the two equations is meant.</summary>
    static bool HasEqualChords(StepGeometry step, (int A, int B)[] form) =>
        Apex(form[0], form[1]) is var (x, a, b) && Apex(form[2], form[3]) is var (y, c, d) && !step.Truth.IsRight(x, a, b) && step.OnKnownCircle(a, b, c, d, x, y) && step.SameLength(a, b, c, d);

    /// <summary>Lines and circles that both points are on, by the directions of their tangents in the diagram: two are not parallel.</summary>
    static bool IsOnTwoLoci(StepGeometry step, int p, int q)
    {
        var elsewhere = Enumerable.Range(0, step.Diagram.Count).Where(a => a != p && a != q && step.Truth.Differ(a, p) && step.Truth.Differ(a, q)).ToList();
        var tangents = new List<double>();
        foreach (var a in elsewhere)
        {
            if (step.SameDirection(a, p, a, q)) tangents.Add(step.Diagram.Direction(a, p));
            if (step.SameLength(a, p, a, q)) tangents.Add(step.Diagram.Direction(a, p) + 0.5);
        }

        // d(tangent at P) - d(PA) = d(BP) - d(BA).
        tangents.AddRange(Pairs(elsewhere).Where(pair => step.Truth.AreTriangle(p, pair.A, pair.B) && step.SameInscribedAngle(p, q, pair.A, pair.B))
            .Select(pair => step.Diagram.Direction(p, pair.A) + step.Diagram.Direction(pair.B, p) - step.Diagram.Direction(pair.B, pair.A)));
        return tangents.Exists(first => tangents.Exists(second => Math.Abs(Math.IEEERemainder(first - second, 1)) > NumericTruth.Tolerance));
    }

    static bool IsWhereCirclesTouch(StepGeometry step, int p, int q)
    {
        var centres = Enumerable.Range(0, step.Diagram.Count).Where(a => a != p && a != q && step.Truth.Differ(a, p) && step.Truth.Differ(a, q) && step.SameLength(a, p, a, q)).ToList();
        return Pairs(centres).Any(pair => step.Truth.Differ(pair.A, pair.B) && (step.SameDirection(pair.A, p, pair.B, p) || step.SameDirection(pair.A, q, pair.B, q)));
    }

    /// <summary>d(CA) - d(CI) = d(CI) - d(CB).</summary>
    static bool IsThirdBisector(StepGeometry step, (int A, int B)[] form)
    {
        if (Apex(form[0], form[1]) is not var (c, a, i) || Apex(form[2], form[3]) is not var (apex, other, b) || apex != c || other != i) return false;
        return step.Truth.AreTriangle(a, b, c) && Bisects(a, b, c) && Bisects(b, c, a);

        bool Bisects(int corner, int one, int two) => step.Turn(0, (2, corner, i), (-1, corner, one), (-1, corner, two));
    }
}
