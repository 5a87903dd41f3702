namespace Tern.Plan.Fitting.Minimisation;

/// <summary>The best of the searches from many starts. The same bits for any number of threads: every search is its own, and the first of equals wins.</summary>
static class ManyStarts
{
    /// <summary>Searches that are polished: neighbours of the best may lie lower once they are.</summary>
    const int Polished = 8;

    /// <summary>Searches count as having found the same minimum within this, relative.</summary>
    const double Agreement = 1e-5;

    /// <param name="objective">What is made small.</param>
    /// <param name="starts">At least one.</param>
    /// <param name="threads">0: one per core.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The lowest minimum, and how many of the starts led there.</returns>
    public static (Minimum Best, int Agreeing) Minimize(IObjective objective, IReadOnlyList<double[]> starts, int threads, CancellationToken cancellationToken)
    {
        var found = new Minimum[starts.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads, CancellationToken = cancellationToken };
        Parallel.For(0, starts.Count, options, i => found[i] = Bfgs.Minimize(objective, starts[i], relativeProgress: 1e-7, maxIterations: 200));
        var best = found.OrderBy(minimum => minimum.Value).Take(Polished).Select(minimum => Refined(objective, minimum)).MinBy(minimum => minimum.Value)!;
        return (best, found.Count(minimum => minimum.Value <= best.Value * (1 + Agreement)));
    }

    /// <summary>From a start that is known to be near, to the last digit: searches and steps of Newton's method in turn, as the one may put rows on other sides of a kink than the other.</summary>
    public static Minimum Refined(IObjective objective, Minimum near)
    {
        const int Rounds = 6;
        var at = near;
        for (var round = 0; round < Rounds && at.GradientNorm > NewtonPolish.GradientNorm; round++)
            at = NewtonPolish.Polish(objective, Bfgs.Minimize(objective, at.At, relativeProgress: 1e-15));
        return at;
    }
}
