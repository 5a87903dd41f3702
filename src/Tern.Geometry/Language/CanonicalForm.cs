using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Fractions;

namespace Tern.Geometry.Language;

/// <summary>The first, in the order of numbers, of all ways to write a statement: what makes two equal.</summary>
readonly struct CanonicalForm : IEquatable<CanonicalForm>
{
    CanonicalForm(Predicate predicate, int[] points, Fraction? value, Fraction[]? coefficients)
    {
        Points = ImmutableCollectionsMarshal.AsImmutableArray(points);
        Value = value;
        Coefficients = coefficients is null ? [] : ImmutableCollectionsMarshal.AsImmutableArray(coefficients);
        // Not HashCode, which differs from run to run: a search that meets statements in the order of a table must repeat itself.
        var hash = (uint)predicate + 0x9E3779B9;
        foreach (var point in points) hash = Mix(hash, (uint)point);
        if (value is { } number) hash = Mix(hash, Of(number));
        foreach (var coefficient in Coefficients) hash = Mix(hash, Of(coefficient));
        Hash = (int)hash;

        static uint Mix(uint hash, uint next)
        {
            hash = (hash ^ next) * 0x85EBCA6B;
            return hash ^ (hash >> 15);
        }

        static uint Of(Fraction number) => Mix((uint)(number.Numerator & uint.MaxValue), (uint)(number.Denominator & uint.MaxValue));
    }

    public ImmutableArray<int> Points { get; }

    public Fraction? Value { get; }

    public ImmutableArray<Fraction> Coefficients { get; }

    public int Hash { get; }

    public bool Equals(CanonicalForm other) =>
        Hash == other.Hash && Points.AsSpan().SequenceEqual(other.Points.AsSpan()) && Value == other.Value && Coefficients.AsSpan().SequenceEqual(other.Coefficients.AsSpan());

    public override bool Equals(object? obj) => obj is CanonicalForm other && Equals(other);

    public override int GetHashCode() => Hash;

    public static CanonicalForm Of(Statement statement)
    {
        var predicate = statement.Predicate;
        var value = statement.Value;
        var points = statement.Points.AsSpan().ToArray();
        switch (predicate)
        {
            case Predicate.Collinear or Predicate.Concyclic or Predicate.NotCollinear or Predicate.Distinct or Predicate.Coincident or Predicate.LengthValue or Predicate.SquaredLengthValue:
                Array.Sort(points);
                break;
            case Predicate.Midpoint or Predicate.CircleCentre or Predicate.Between:
                Array.Sort(points, 1, points.Length - 1);
                break;
            case Predicate.Parallel or Predicate.Perpendicular or Predicate.EqualLengths or Predicate.NotParallel or Predicate.NotPerpendicular:
                SortPairs(points);
                if (Pair(points, 0) > Pair(points, 1)) SwapPairs(points, 0, 1);
                break;
            case Predicate.EqualAngles or Predicate.EqualRatios:
                SortPairs(points);
                SortProportion(points);
                break;
            case Predicate.Similar or Predicate.MirroredSimilar or Predicate.Congruent or Predicate.MirroredCongruent:
                SortTriangles(points);
                break;
            case Predicate.AngleValue:
                SortPairs(points);
                if (Pair(points, 0) > Pair(points, 1))
                {
                    SwapPairs(points, 0, 1);
                    value = (-value!.Value).ModuloOne();
                }
                break;
            case Predicate.RatioValue or Predicate.SquaredRatioValue:
                SortPairs(points);
                if (Pair(points, 0) > Pair(points, 1))
                {
                    SwapPairs(points, 0, 1);
                    value = 1 / value!.Value;
                }
                break;
            case Predicate.FindAngle or Predicate.FindRatio:
                SortPairs(points);
                break;
            case Predicate.AngleSum or Predicate.LengthProduct or Predicate.LengthSum or Predicate.SquaredLengthSum:
                return OfSum(predicate, points, value!.Value, statement.Coefficients);
            case Predicate.SameSide:
                Array.Sort(points, 1, 2);
                Array.Sort(points, 4, 2);
                if (points.AsSpan(3).SequenceCompareTo(points.AsSpan(0, 3)) < 0) SwapTriangles(points);
                break;
            case Predicate.SameOrientation:
                SortOriented(points);
                break;
            case Predicate.Obtuse:
                if (points[0] > points[2]) (points[0], points[2]) = (points[2], points[0]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(statement), predicate, null);
        }
        return new CanonicalForm(predicate, points, value, null);
    }

    static long Pair(ReadOnlySpan<int> points, int pair) => ((long)points[2 * pair] << 32) | (uint)points[2 * pair + 1];

    static void SortPairs(Span<int> points)
    {
        for (var i = 0; i < points.Length; i += 2)
            if (points[i] > points[i + 1]) (points[i], points[i + 1]) = (points[i + 1], points[i]);
    }

    static void SwapPairs(Span<int> points, int i, int j)
    {
        (points[2 * i], points[2 * j]) = (points[2 * j], points[2 * i]);
        (points[2 * i + 1], points[2 * j + 1]) = (points[2 * j + 1], points[2 * i + 1]);
    }

    /// <summary>p - q = r - s says the same with both sides swapped, with both signs changed and with the inner terms swapped: the eight symmetries of a square.</summary>
    static void SortProportion(Span<int> points)
    {
        var smallest = 0;
        for (var i = 1; i < 4; i++)
            if (Pair(points, i) < Pair(points, smallest)) smallest = i;
        // Equal pairs: which of them comes first decides the rest, so all eight are compared.
        Span<int> best = stackalloc int[8], trial = stackalloc int[8];
        points.CopyTo(best);
        for (var turn = 0; turn < 8; turn++)
        {
            points.CopyTo(trial);
            if ((turn & 1) != 0)
            {
                SwapPairs(trial, 0, 1);
                SwapPairs(trial, 2, 3);
            }
            if ((turn & 2) != 0)
            {
                SwapPairs(trial, 0, 2);
                SwapPairs(trial, 1, 3);
            }
            if ((turn & 4) != 0) SwapPairs(trial, 1, 2);
            if (Pair(trial, 0) == Pair(points, smallest) && trial.SequenceCompareTo(best) < 0) trial.CopyTo(best);
        }
        best.CopyTo(points);
    }

    static void SwapTriangles(Span<int> points)
    {
        for (var i = 0; i < 3; i++) (points[i], points[i + 3]) = (points[i + 3], points[i]);
    }

    /// <summary>Corresponding vertices stay together: they can be listed in any order, and either triangle first.</summary>
    static void SortTriangles(Span<int> points)
    {
        Span<int> other = stackalloc int[6];
        points.CopyTo(other);
        SwapTriangles(other);
        SortColumns(points);
        SortColumns(other);
        if (other.SequenceCompareTo(points) < 0) other.CopyTo(points);
    }

    static void SortColumns(Span<int> points)
    {
        for (var i = 1; i < 3; i++)
            for (var j = i; j > 0 && points[j - 1] > points[j]; j--)
            {
                (points[j - 1], points[j]) = (points[j], points[j - 1]);
                (points[j + 2], points[j + 3]) = (points[j + 3], points[j + 2]);
            }
    }

    /// <summary>Each triangle may be turned, both may be mirrored, and either may come first.</summary>
    static void SortOriented(Span<int> points)
    {
        var odd = SortTriangle(points[..3]) ^ SortTriangle(points[3..]);
        if (points[3..].SequenceCompareTo(points[..3]) < 0) SwapTriangles(points);
        if (odd) (points[4], points[5]) = (points[5], points[4]);
    }

    /// <summary>True where the order was an odd permutation of the sorted one.</summary>
    static bool SortTriangle(Span<int> points)
    {
        var odd = false;
        for (var i = 1; i < 3; i++)
            for (var j = i; j > 0 && points[j - 1] > points[j]; j--)
            {
                (points[j - 1], points[j]) = (points[j], points[j - 1]);
                odd = !odd;
            }
        return odd;
    }

    /// <summary>Terms sorted and equal pairs added up; the first coefficient is positive, and one where a sum may be scaled.</summary>
    static CanonicalForm OfSum(Predicate predicate, int[] points, Fraction value, ImmutableArray<Fraction> coefficients)
    {
        SortPairs(points);
        var terms = new SortedDictionary<(int, int), Fraction>();
        for (var i = 0; i < coefficients.Length; i++)
        {
            var pair = (points[2 * i], points[2 * i + 1]);
            terms[pair] = terms.GetValueOrDefault(pair, Fraction.Zero) + coefficients[i];
        }
        var kept = terms.Where(term => !term.Value.IsZero).ToArray();
        if (kept.Length > 0)
        {
            var first = kept[0].Value;
            var factor = predicate is Predicate.LengthSum or Predicate.SquaredLengthSum ? 1 / first : first.IsNegative ? Fraction.MinusOne : Fraction.One;
            if (factor != Fraction.One)
            {
                kept = [.. kept.Select(term => KeyValuePair.Create(term.Key, term.Value * factor))];
                value = predicate switch
                {
                    Predicate.AngleSum => (-value).ModuloOne(),
                    Predicate.LengthProduct => 1 / value,
                    _ => value * factor,
                };
            }
        }
        return new CanonicalForm(predicate, [.. kept.SelectMany(term => new[] { term.Key.Item1, term.Key.Item2 })], value, [.. kept.Select(term => term.Value)]);
    }
}
