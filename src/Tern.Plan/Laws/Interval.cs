namespace Tern.Plan.Laws;

/// <summary>From the lower to the upper bound.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The middle share of values, by linear interpolation between neighbours. Null for fewer than <paramref name="fewest"/>.</summary>
    /// <param name="values">What is not finite is left out.</param>
    /// <param name="share">0.8: from the 10 % below to the 10 % above.</param>
    /// <param name="fewest">Values for an interval.</param>
    public static Interval? Middle(IEnumerable<double> values, double share, int fewest = 2)
    {
        var ordered = values.Where(double.IsFinite).Order().ToArray();
        return ordered.Length < fewest ? null : new(Quantile(ordered, (1 - share) / 2), Quantile(ordered, (1 + share) / 2));
    }

    static double Quantile(double[] ordered, double share)
    {
        var at = share * (ordered.Length - 1);
        var below = (int)at;
        return below + 1 < ordered.Length ? ordered[below] + ((at - below) * (ordered[below + 1] - ordered[below])) : ordered[^1];
    }
}
