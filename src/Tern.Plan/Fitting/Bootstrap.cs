namespace Tern.Plan.Fitting;

/// <summary>How far constants scatter when runs are drawn anew from the runs that there are. Efron 1979, Bootstrap methods: another look at the jackknife; percentile intervals.</summary>
static class Bootstrap
{
    /// <summary>Replicates for an interval.</summary>
    public const int FewestDraws = 10;

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
}
