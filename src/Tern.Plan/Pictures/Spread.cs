namespace Tern.Plan.Pictures;

/// <summary>Points along an axis.</summary>
static class Spread
{
    /// <summary>Equal ratios from the first to the last, both included.</summary>
    public static IReadOnlyList<double> Logarithmic(double from, double to, int points) =>
        [.. Enumerable.Range(0, points).Select(i => from * Math.Pow(to / from, i / (points - 1.0)))];

    /// <summary>Equal differences from the first to the last, both included.</summary>
    public static IReadOnlyList<double> Linear(double from, double to, int points) =>
        [.. Enumerable.Range(0, points).Select(i => from + ((to - from) * i / (points - 1.0)))];
}
