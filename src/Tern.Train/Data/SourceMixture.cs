namespace Tern.Train.Data;

/// <summary>
/// Which source each sequence of a run is drawn from. Over every stretch from the beginning a source has been drawn its share of times, within one:
/// Tijdeman's rule ("The chairman assignment problem", Discrete Mathematics 32, 1980), which keeps every deviation at most 1 - 1/(2n - 2) for n sources.
/// The rule needs the past, so it is run once over <see cref="Period"/> draws; shares are whole parts of the period, at least one.
/// </summary>
sealed class SourceMixture
{
    /// <summary>Draws after which the pattern repeats; shares are rounded to multiples of its reciprocal.</summary>
    public const int Period = 1 << 16;

    readonly int[] parts;                                            // draws of each source in a period
    readonly int[] sources;                                          // [period] the source of each draw
    readonly int[] ranks;                                            // [period] earlier draws of the same source

    /// <param name="weights">Positive, of any sum; at most <see cref="Period"/> of them.</param>
    public SourceMixture(IReadOnlyList<double> weights)
    {
        parts = Apportion(weights);
        sources = new int[Period];
        ranks = new int[Period];
        var drawn = new int[parts.Length];
        for (var draw = 0; draw < Period; draw++)
        {
            var source = Next(drawn, draw + 1L);
            sources[draw] = source;
            ranks[draw] = drawn[source]++;
        }
    }

    /// <summary>The share of a source in all draws, rounded to the period.</summary>
    public double ShareOf(int source) => (double)parts[source] / Period;

    /// <summary>The source of a draw, and how many earlier draws were of the same source.</summary>
    public (int Source, long Rank) this[long draw]
    {
        get
        {
            var (period, place) = Math.DivRem(draw, Period);
            var source = sources[place];
            return (source, (period * parts[source]) + ranks[place]);
        }
    }

    /// <summary>Whole parts of the period in proportion to the weights, by largest remainder; nobody goes without.</summary>
    static int[] Apportion(IReadOnlyList<double> weights)
    {
        var sum = weights.Sum();
        var exact = weights.Select(weight => weight / sum * Period).ToArray();
        var parts = Array.ConvertAll(exact, share => Math.Max(1, (int)share));
        for (var missing = Period - parts.Sum(); missing != 0; missing -= Math.Sign(missing))
        {
            var step = Math.Sign(missing);
            var neediest = Enumerable.Range(0, parts.Length).Where(source => step > 0 || parts[source] > 1).MaxBy(source => (exact[source] - parts[source]) * step);
            parts[neediest] += step;
        }
        return parts;
    }

    /// <summary>
    /// Of the sources that are not too far ahead, the one whose deadline comes first: with lag = share * time - drawn (here times the period) and
    /// bound = 1 - 1/(2n - 2), those with lag >= 1 - bound may be drawn, and (bound - lag) / share is how long each can still wait.
    /// </summary>
    int Next(int[] drawn, long time)
    {
        if (parts.Length == 1) return 0;
        var slack = (double)Period / ((2 * parts.Length) - 2);
        var (next, earliest) = (-1, double.PositiveInfinity);
        for (var source = 0; source < parts.Length; source++)
        {
            double lag = (parts[source] * time) - ((long)drawn[source] * Period);
            var deadline = (Period - slack - lag) / parts[source];
            if (lag >= slack && deadline < earliest) (next, earliest) = (source, deadline);
        }
        return next;
    }
}
