namespace Tern.Run.Sampling;

/// <summary>
/// Locally typical sampling: tokens whose surprise -ln p(x) is nearest to the entropy H, nearest first, until their probabilities
/// sum to more than p. Meister et al. 2022, "Locally Typical Sampling", arXiv 2202.00666, equation 9.
/// </summary>
sealed class TypicalP
{
    float[] distances = [];

    /// <summary>1 keeps all; at least one token stays.</summary>
    public void Apply(Candidates candidates, double p)
    {
        if (p >= 1) return;
        if (distances.Length < candidates.Count) distances = new float[candidates.Count];
        var entropy = Entropy(candidates);
        var logSumExp = candidates.MaxLogit + Math.Log(candidates.Mass);
        for (var i = 0; i < candidates.Count; i++)
            distances[i] = (float)Math.Abs(logSumExp - candidates.Logit(i) - entropy);
        candidates.KeepShareByScore(distances.AsSpan(0, candidates.Count), p);
    }

    /// <summary>H = -sum p ln p of the candidates, in nats; with p = w / Z and w = exp(l - max): ln Z - sum w (l - max) / Z.</summary>
    public static double Entropy(Candidates candidates)
    {
        var weights = candidates.Weights;
        var max = candidates.MaxLogit;
        double sum = 0;
        for (var i = 0; i < weights.Length; i++)
            if (weights[i] > 0) sum += weights[i] * ((double)candidates.Logit(i) - max);
        return Math.Log(candidates.Mass) - sum / candidates.Mass;
    }
}
