using Tern.Plan.Laws;

namespace Tern.Papers.Sweeps;

/// <summary>Intervals of what is computed from few numbers, by computing it again from numbers that scatter as the measured ones do. Efron 1979; percentile intervals that hold 80 %.</summary>
static class Scatter
{
    const int Draws = 400, Seed = 1;

    /// <summary>Null where fewer than half of the draws have an answer.</summary>
    /// <param name="draw">Computes it anew; null: these numbers have no answer.</param>
    public static Interval? IntervalOf(Func<Random, double?> draw)
    {
        var random = new Random(Seed);
        return Interval.Middle(Enumerable.Range(0, Draws).Select(_ => draw(random)).OfType<double>().ToList(), LawEstimate.Coverage, Draws / 2);
    }

    /// <summary>Drawn with replacement.</summary>
    public static IReadOnlyList<T> Resampled<T>(IReadOnlyList<T> items, Random random) => [.. items.Select(_ => items[random.Next(items.Count)])];

    /// <summary>Normal, of mean 0 and deviation 1 (Box and Muller 1958).</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
