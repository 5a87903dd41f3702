using MathNet.Numerics.Statistics;

namespace Tern.Plan.Pictures;

/// <summary>Points along an axis, and intervals of samples.</summary>
static class Spread
{
    /// <summary>What an interval in a picture holds of the samples.</summary>
    public const double Share = 0.9;

    /// <summary>Equal ratios from the first to the last, both included.</summary>
    public static IReadOnlyList<double> Logarithmic(double from, double to, int points) =>
        [.. Enumerable.Range(0, points).Select(i => from * Math.Pow(to / from, i / (points - 1.0)))];

    /// <summary>Equal differences from the first to the last, both included.</summary>
    public static IReadOnlyList<double> Linear(double from, double to, int points) =>
        [.. Enumerable.Range(0, points).Select(i => from + ((to - from) * i / (points - 1.0)))];

    /// <summary>The central interval that holds <see cref="Share"/> of the samples. Samples that are not finite, those of fits that failed, do not count.</summary>
    public static (double Low, double High) Interval(IEnumerable<double> samples)
    {
        var finite = samples.Where(double.IsFinite).ToArray();
        return (finite.Quantile((1 - Share) / 2), finite.Quantile((1 + Share) / 2));
    }
}
