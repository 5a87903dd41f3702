using Tern.Plan.Fitting.Minimisation;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>How L(N, D) is fitted.</summary>
public sealed record ChinchillaFitOptions
{
    /// <summary>δ of Huber's loss, in nats of log loss; 1e-3 in the paper.</summary>
    public double Huber { get; init; } = 1e-3;

    /// <summary>β = α: the law of over-training of Gadre et al. 2024, arXiv 2403.08540, and the choice of Kumar et al. 2024, arXiv 2411.04330.</summary>
    public bool TieExponents { get; init; }

    /// <summary>0: one per core. The result does not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>A fitted law, and how the search went.</summary>
/// <param name="Law">The fitted law.</param>
/// <param name="Objective">The sum of Huber's losses of the residuals of log loss.</param>
/// <param name="GradientNorm">Of the objective at the law, by the variables of the search.</param>
/// <param name="Starts">Searches that were begun.</param>
/// <param name="Agreeing">Searches that ended there; the others ended elsewhere, which is why there are many.</param>
public sealed record ChinchillaFitResult(ChinchillaLaw Law, double Objective, double GradientNorm, int Starts, int Agreeing);

/// <summary>
/// Approach 3 of Hoffmann et al. 2022, arXiv 2203.15556, section 3.3: the constants of L(N, D) for which the sum of Huber's losses of log loss is least, searched from the grid of starts of
/// the paper and polished. Differs: BFGS with an exact gradient in place of L-BFGS, as five variables need no limit of memory.
/// </summary>
public static class ChinchillaFit
{
    /// <summary>Searches from 4,500 starts (900 where exponents are tied).</summary>
    /// <exception cref="Tern.Models.TernException">Too few runs, or runs that cannot tell the constants apart.</exception>
    public static ChinchillaFitResult Fit(IReadOnlyList<TrainedModel> runs, ChinchillaFitOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ChinchillaFitOptions();
        RunsCheck.RequireSpread(runs, constants: options.TieExponents ? 4 : 5);
        var objective = new ChinchillaObjective(runs, options.Huber, options.TieExponents);
        var starts = Starts(options.TieExponents);
        var (best, agreeing) = ManyStarts.Minimize(objective, starts, options.Threads, cancellationToken);
        return new(ChinchillaObjective.Law(best.At), best.Value, best.GradientNorm, starts.Count, agreeing);
    }

    /// <summary>Searches from one law, for runs that are a resampling of those that it was fitted to.</summary>
    public static ChinchillaFitResult Refit(IReadOnlyList<TrainedModel> runs, ChinchillaLaw from, ChinchillaFitOptions? options = null)
    {
        options ??= new ChinchillaFitOptions();
        var objective = new ChinchillaObjective(runs, options.Huber, options.TieExponents);
        var start = objective.Point(from);
        var best = Bfgs.Minimize(objective, start, relativeProgress: 1e-11);
        return new(ChinchillaObjective.Law(best.At), best.Value, best.GradientNorm, 1, 1);
    }

    /// <summary>The objective at a law that need not be its minimum.</summary>
    public static double Objective(IReadOnlyList<TrainedModel> runs, ChinchillaLaw law, double huber = 1e-3)
    {
        var objective = new ChinchillaObjective(runs, huber, tied: false);
        return objective.Evaluate(objective.Point(law), stackalloc double[5]);
    }

    /// <summary>The grid of Hoffmann et al. 2022, appendix D.2.</summary>
    static List<double[]> Starts(bool tied)
    {
        double[] exponents = [0, 0.5, 1, 1.5, 2], lnE = [-1, -0.5, 0, 0.5, 1], lnScale = [0, 5, 10, 15, 20, 25];
        return [.. from a in lnScale from b in lnScale from e in lnE from alpha in exponents from beta in tied ? [alpha] : exponents
            select tied ? (double[])[a, b, e, alpha] : [a, b, e, alpha, beta]];
    }
}
