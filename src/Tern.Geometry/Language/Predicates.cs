using System.Collections.Frozen;
using Fractions;

namespace Tern.Geometry.Language;

/// <summary>Words of predicates, and which points and values they take.</summary>
public static class Predicates
{
    static readonly (string Word, Predicate Predicate)[] Words =
    [
        ("coll", Predicate.Collinear), ("cyclic", Predicate.Concyclic), ("para", Predicate.Parallel), ("perp", Predicate.Perpendicular), ("cong", Predicate.EqualLengths),
        ("eqangle", Predicate.EqualAngles), ("eqratio", Predicate.EqualRatios), ("midp", Predicate.Midpoint), ("circle", Predicate.CircleCentre),
        ("simtri", Predicate.Similar), ("simtri2", Predicate.MirroredSimilar), ("contri", Predicate.Congruent), ("contri2", Predicate.MirroredCongruent),
        ("overlap", Predicate.Coincident), ("aconst", Predicate.AngleValue), ("rconst", Predicate.RatioValue), ("r2const", Predicate.SquaredRatioValue),
        ("lconst", Predicate.LengthValue), ("l2const", Predicate.SquaredLengthValue), ("angeq", Predicate.AngleSum), ("distmeq", Predicate.LengthProduct),
        ("distseq", Predicate.LengthSum), ("dist2seq", Predicate.SquaredLengthSum), ("acompute", Predicate.FindAngle), ("rcompute", Predicate.FindRatio),
        ("ncoll", Predicate.NotCollinear), ("npara", Predicate.NotParallel), ("nperp", Predicate.NotPerpendicular), ("diff", Predicate.Distinct),
        ("sameside", Predicate.SameSide), ("sameclock", Predicate.SameOrientation), ("between", Predicate.Between), ("obtuse_angle", Predicate.Obtuse),
    ];

    static readonly FrozenDictionary<Predicate, string> Keywords = Words.ToFrozenDictionary(pair => pair.Predicate, pair => pair.Word);

    /// <summary>The words above and the further ones of other programs.</summary>
    static readonly FrozenDictionary<string, Predicate> ByWord = new (string Word, Predicate Predicate)[]
    {
        ("simtrir", Predicate.MirroredSimilar), ("contrir", Predicate.MirroredCongruent), ("eqangle6", Predicate.EqualAngles), ("eqratio6", Predicate.EqualRatios),
    }.Concat(Words).ToFrozenDictionary(pair => pair.Word, pair => pair.Predicate);

    public static IEnumerable<string> Known => ByWord.Keys;

    /// <summary>The word of problem files.</summary>
    public static string Keyword(this Predicate predicate) => Keywords[predicate];

    public static bool TryParse(string word, out Predicate predicate) => ByWord.TryGetValue(word, out predicate);

    /// <summary>The value is an angle in units of π, modulo 1.</summary>
    public static bool IsAngle(this Predicate predicate) => predicate is Predicate.AngleValue or Predicate.AngleSum;

    public static bool HasCoefficients(this Predicate predicate) => predicate is Predicate.AngleSum or Predicate.LengthProduct or Predicate.LengthSum or Predicate.SquaredLengthSum;

    public static bool HasValue(this Predicate predicate) =>
        predicate.HasCoefficients() || predicate is Predicate.AngleValue or Predicate.RatioValue or Predicate.SquaredRatioValue or Predicate.LengthValue or Predicate.SquaredLengthValue;

    /// <summary>Points come in pairs, each a line or a segment.</summary>
    public static bool TakesPairs(this Predicate predicate) =>
        predicate is Predicate.Parallel or Predicate.Perpendicular or Predicate.EqualLengths or Predicate.EqualAngles or Predicate.EqualRatios or Predicate.LengthValue
            or Predicate.SquaredLengthValue or Predicate.AngleValue or Predicate.RatioValue or Predicate.SquaredRatioValue or Predicate.FindAngle or Predicate.FindRatio
            or Predicate.NotParallel or Predicate.NotPerpendicular or Predicate.AngleSum or Predicate.LengthProduct or Predicate.LengthSum or Predicate.SquaredLengthSum;

    /// <summary>How many points the predicate takes, at least and at most.</summary>
    public static (int Least, int Most) PointCount(this Predicate predicate) => predicate switch
    {
        Predicate.Collinear or Predicate.NotCollinear => (3, int.MaxValue),
        Predicate.Concyclic or Predicate.CircleCentre => (4, int.MaxValue),
        Predicate.Distinct => (2, int.MaxValue),
        Predicate.AngleSum or Predicate.LengthProduct or Predicate.LengthSum or Predicate.SquaredLengthSum => (2, int.MaxValue),
        Predicate.Coincident or Predicate.LengthValue or Predicate.SquaredLengthValue => (2, 2),
        Predicate.Midpoint or Predicate.Between or Predicate.Obtuse => (3, 3),
        Predicate.EqualAngles or Predicate.EqualRatios => (8, 8),
        Predicate.Similar or Predicate.MirroredSimilar or Predicate.Congruent or Predicate.MirroredCongruent or Predicate.SameSide or Predicate.SameOrientation => (6, 6),
        _ => (4, 4),
    };

    /// <summary>What is wrong with these points and values; null where nothing is.</summary>
    internal static string? Problem(this Predicate predicate, ReadOnlySpan<int> points, Fraction? value, ReadOnlySpan<Fraction> coefficients)
    {
        var (least, most) = predicate.PointCount();
        if (points.Length < least || points.Length > most)
            return $"takes {(most == int.MaxValue ? $"{least} or more" : least)} points, not {points.Length}";
        foreach (var point in points)
            if (point < 0) return "the number of a point is negative";
        if (predicate.HasValue() != value.HasValue) return predicate.HasValue() ? "needs a value" : "takes no value";
        if (value is { } number && (number.IsNaN || number.IsInfinity)) return "the value is not a number";
        if (value is { IsPositive: false } && predicate is Predicate.RatioValue or Predicate.SquaredRatioValue or Predicate.LengthValue or Predicate.SquaredLengthValue or Predicate.LengthProduct)
            return "the value must be positive";
        if (predicate.HasCoefficients() ? coefficients.Length * 2 != points.Length : !coefficients.IsEmpty)
            return predicate.HasCoefficients() ? $"takes a coefficient for each of its {points.Length / 2} pairs of points, not {coefficients.Length}" : "takes no coefficients";
        return Repeats(predicate, points) ? "needs different points where one was given twice" : null;
    }

    static bool Repeats(Predicate predicate, ReadOnlySpan<int> points)
    {
        if (predicate.TakesPairs())
        {
            for (var i = 0; i + 1 < points.Length; i += 2)
                if (points[i] == points[i + 1]) return true;
            return false;
        }
        return predicate is Predicate.Similar or Predicate.MirroredSimilar or Predicate.Congruent or Predicate.MirroredCongruent or Predicate.SameSide or Predicate.SameOrientation
            ? AnyTwice(points[..3]) || AnyTwice(points[3..])
            : AnyTwice(points);
    }

    static bool AnyTwice(ReadOnlySpan<int> points)
    {
        for (var i = 1; i < points.Length; i++)
            if (points[..i].Contains(points[i])) return true;
        return false;
    }

    /// <summary>In [0, 1).</summary>
    internal static Fraction ModuloOne(this Fraction number)
    {
        var rest = number % 1;
        return rest.IsNegative ? rest + 1 : rest;
    }
}
