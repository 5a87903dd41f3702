using Tern.Plan.Fitting;

namespace Tern.Papers.Sweeps;

/// <summary>Intervals of what is computed from few numbers, by computing it again from numbers that scatter as the measured ones do. Efron 1979; percentile intervals.</summary>
static class Scatter
{
    const int Draws = 400, Seed = 1;

    /// <summary>Of the middle 80 %.</summary>
    const double Tail = 0.1;

    /// <summary>Null where fewer than half of the draws have an answer.</summary>
    /// <param name="draw">Computes it anew; null: these numbers have no answer.</param>
    public static Interval? IntervalOf(Func<Random, double?> draw)
    {
        var random = new Random(Seed);
        var values = Enumerable.Range(0, Draws).Select(_ => draw(random)).OfType<double>().Where(double.IsFinite).Order().ToList();
        return values.Count < Draws / 2 ? null : new(Quantile(values, Tail), Quantile(values, 1 - Tail));
    }

    /// <summary>Drawn with replacement.</summary>
    public static IReadOnlyList<T> Resampled<T>(IReadOnlyList<T> items, Random random) => [.. items.Select(_ => items[random.Next(items.Count)])];

    /// <summary>Normal, of mean 0 and deviation 1 (Box and Muller 1958).</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    static double Quantile(List<double> ordered, double share)
    {
        var at = share * (ordered.Count - 1);
        var below = (int)at;
        return below + 1 < ordered.Count ? ordered[below] + ((at - below) * (ordered[below + 1] - ordered[below])) : ordered[^1];
    }
}
