namespace Tern.Plan.Fitting;

/// <summary>How far constants scatter when runs are drawn anew from the runs that there are. Efron 1979, Bootstrap methods: another look at the jackknife; percentile intervals.</summary>
static class Bootstrap
{
    /// <summary>Constants of each replicate whose runs determine them. The same bits for any number of threads: each replicate has a seed of its own.</summary>
    /// <param name="fitter">The way to fit.</param>
    /// <param name="runs">The runs that there are.</param>
    /// <param name="constants">Fitted to them.</param>
    /// <param name="options">How often, in which blocks, by which seed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static IReadOnlyList<double[]> Samples(LawFitter fitter, IReadOnlyList<TrainedModel> runs, double[] constants, FitOptions options, CancellationToken cancellationToken)
    {
        var seeds = new Random(options.Seed);
        var own = Enumerable.Range(0, options.Bootstrap).Select(_ => seeds.Next()).ToArray();
        var samples = new double[]?[options.Bootstrap];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads == 0 ? Environment.ProcessorCount : options.Threads, CancellationToken = cancellationToken };
        Parallel.For(0, samples.Length, parallel, i =>
        {
            var random = new Random(own[i]);
            var drawn = options.BlockBySize ? SizeBlocks.Resample(runs, random) : fitter.Resample(runs, random);
            samples[i] = drawn is null ? null : fitter.Refit(drawn, constants);
        });
        return [.. samples.OfType<double[]>().Where(sample => sample.All(double.IsFinite))];
    }

    /// <summary>The middle share of the values, by linear interpolation between neighbours; null for fewer than ten values.</summary>
    public static Interval? Middle(IEnumerable<double> values, double share)
    {
        const int Fewest = 10;
        var sorted = values.Order().ToArray();
        return sorted.Length < Fewest ? null : new(Quantile(sorted, (1 - share) / 2), Quantile(sorted, (1 + share) / 2));
    }

    static double Quantile(double[] sorted, double at)
    {
        var place = at * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
    }
}
