using Tern.Plan.Fitting.Minimisation;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>
/// Least squares of L = E + A N^-α + B D^-β by variable projection (Golub and Pereyra 1973): for given exponents the best E, A, B ≥ 0 are linear least squares in three variables, so that
/// the search has only two. Has none of the biases of parabolas in isoFLOP runs. Squares of nats, not of log loss, and without Huber's limit: outliers pull.
/// </summary>
public static class VariableProjectionFit
{
    /// <summary>Starts along each exponent.</summary>
    static readonly double[] Grid = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5];

    /// <summary>Searches from a grid of exponents.</summary>
    /// <exception cref="Tern.Models.TernException">Too few runs, or runs that cannot tell the constants apart.</exception>
    public static ChinchillaFitResult Fit(IReadOnlyList<TrainedModel> runs, bool tieExponents = false, int threads = 0, CancellationToken cancellationToken = default)
    {
        RunsCheck.RequireSpread(runs, tieExponents ? 4 : 5);
        var objective = new VariableProjectionObjective(runs, tieExponents);
        var starts = (from alpha in Grid from beta in tieExponents ? [alpha] : Grid select tieExponents ? new[] { alpha } : [alpha, beta]).ToList();
        var (best, agreeing) = ManyStarts.Minimize(objective, starts, threads, cancellationToken);
        return new(objective.Law(best.At), best.Value, best.GradientNorm, starts.Count, agreeing);
    }

    /// <summary>Searches from one law, for runs that are a resampling of those that it was fitted to.</summary>
    public static ChinchillaFitResult Refit(IReadOnlyList<TrainedModel> runs, ChinchillaLaw from, bool tieExponents = false)
    {
        var objective = new VariableProjectionObjective(runs, tieExponents);
        var best = Bfgs.Minimize(objective, tieExponents ? [from.Alpha] : [from.Alpha, from.Beta], relativeProgress: 1e-11);
        return new(objective.Law(best.At), best.Value, best.GradientNorm, 1, 1);
    }
}

/// <summary>½ Σ (L(N, D) - loss)² at the best E, A, B ≥ 0 for the exponents (α, β), or (α) where β = α. At the best linear constants the gradient is that with them held fast (Kaufman 1975 has no further term here).</summary>
sealed class VariableProjectionObjective : IObjective
{
    readonly double[] _lnN, _lnD, _loss;
    readonly double _meanLnN, _meanLnD;
    readonly bool _tied;

    public VariableProjectionObjective(IReadOnlyList<TrainedModel> runs, bool tied)
    {
        _tied = tied;
        var (lnN, lnD) = (runs.Select(run => Math.Log(run.Allocation.Parameters)).ToArray(), runs.Select(run => Math.Log(run.Allocation.Tokens)).ToArray());
        (_meanLnN, _meanLnD) = (lnN.Average(), lnD.Average());
        // Powers of N over its middle: columns of the least squares stay near 1.
        (_lnN, _lnD, _loss) = ([.. lnN.Select(value => value - _meanLnN)], [.. lnD.Select(value => value - _meanLnD)], [.. runs.Select(run => run.Loss)]);
    }

    public int Dimension => _tied ? 1 : 2;

    public ChinchillaLaw Law(ReadOnlySpan<double> at)
    {
        var (e, a, b) = Linear(at[0], at[^1]);
        return new(a * Math.Exp(at[0] * _meanLnN), b * Math.Exp(at[^1] * _meanLnD), e, at[0], at[^1]);
    }

    public double Evaluate(ReadOnlySpan<double> at, Span<double> gradient)
    {
        var (alpha, beta) = (at[0], at[^1]);
        var (e, a, b) = Linear(alpha, beta);
        var (value, byAlpha, byBeta) = (0.0, 0.0, 0.0);
        for (var i = 0; i < _loss.Length; i++)
        {
            var (ofN, ofD) = (a * Math.Exp(-alpha * _lnN[i]), b * Math.Exp(-beta * _lnD[i]));
            var residual = e + ofN + ofD - _loss[i];
            value += residual * residual / 2;
            (byAlpha, byBeta) = (byAlpha - (residual * ofN * _lnN[i]), byBeta - (residual * ofD * _lnD[i]));
        }
        gradient[0] = _tied ? byAlpha + byBeta : byAlpha;
        if (!_tied) gradient[1] = byBeta;
        return value;
    }

    (double E, double A, double B) Linear(double alpha, double beta)
    {
        var columns = new double[3][];
        columns[0] = [.. Enumerable.Repeat(1.0, _loss.Length)];
        columns[1] = [.. _lnN.Select(value => Math.Exp(-alpha * value))];
        columns[2] = [.. _lnD.Select(value => Math.Exp(-beta * value))];
        var best = NonNegativeLeastSquares.Solve(columns, _loss);
        return (best[0], best[1], best[2]);
    }
}
