namespace Tern.Plan.Laws;

/// <summary>
/// Steps to a target loss by the batch: S(B) = S_min + E_min / B, so tokens E(B) = E_min + S_min B. McCandlish et al. 2018, arXiv 1812.06162; Zhang et al. 2024, arXiv 2410.21676, with α = 1.
/// </summary>
/// <param name="LeastSteps">S_min (a in the second paper): steps at an infinite batch.</param>
/// <param name="LeastTokens">E_min (b): tokens at an infinitesimal batch. In the unit in which batches are counted.</param>
public sealed record CriticalBatchLaw(double LeastSteps, double LeastTokens)
{
    /// <summary>B_crit = E_min / S_min, at which steps and tokens are twice their least.</summary>
    public double Balance => LeastTokens / LeastSteps;

    /// <summary>S(B).</summary>
    public double Steps(double batch) => LeastSteps + (LeastTokens / batch);

    /// <summary>B S(B).</summary>
    public double Tokens(double batch) => LeastTokens + (LeastSteps * batch);

    /// <summary>The largest batch at which steps are at most 1 + p times what perfect scaling from an efficient batch gives: p b/a + (1 + p) B_opt.</summary>
    /// <param name="efficientBatch">B_opt, within the range where doubling the batch halves the steps.</param>
    /// <param name="overhead">p, 0.2 in the paper.</param>
    public double CriticalBatch(double efficientBatch, double overhead = 0.2) => (overhead * Balance) + ((1 + overhead) * efficientBatch);

    /// <summary>The law of a run whose length at an efficient batch and whose critical batch are known: <see cref="CriticalBatch"/> solved for b/a, and B_opt S(B_opt) = the tokens.</summary>
    /// <param name="tokens">D, read at the efficient batch.</param>
    /// <param name="efficientBatch">B_opt, in the unit of <paramref name="tokens"/>.</param>
    /// <param name="criticalBatch">Above (1 + p) B_opt.</param>
    /// <param name="overhead">p.</param>
    public static CriticalBatchLaw Of(double tokens, double efficientBatch, double criticalBatch, double overhead = 0.2)
    {
        var balance = (criticalBatch - ((1 + overhead) * efficientBatch)) / overhead;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(balance, nameof(criticalBatch));
        var leastSteps = tokens / (efficientBatch + balance);
        return new(leastSteps, balance * leastSteps);
    }

    /// <summary>The batch of the shortest run where a step takes t0 + t1 B: sqrt(E_min t0 / (S_min t1)).</summary>
    /// <param name="secondsPerStep">t0, whatever the batch.</param>
    /// <param name="secondsPerUnit">t1, for each token or sequence (the unit of batches).</param>
    public double FastestBatch(double secondsPerStep, double secondsPerUnit) => Math.Sqrt(LeastTokens * secondsPerStep / (LeastSteps * secondsPerUnit));
}
