namespace Tern.Run.Sampling;

/// <summary>
/// Top-n-sigma: tokens whose logit is within n standard deviations of the largest. Tang et al. 2024, "Top-nσ: Not All Logits Are
/// You Need", arXiv 2411.07641. It looks at the whole vocabulary, hence on logits, before any truncation.
/// </summary>
static class TopNSigma
{
    /// <summary>Sets the logits below max - n sigma to negative infinity; 0 or less is off. Banned tokens do not count.</summary>
    public static void Apply(Span<float> logits, double n)
    {
        if (n <= 0) return;
        var max = Softmax.Max(logits);
        if (float.IsInfinity(max)) return;
        var (count, sum, squares) = (0, 0.0, 0.0);             // about the maximum: no cancellation worth a second pass
        foreach (var logit in logits)
        {
            if (float.IsNegativeInfinity(logit)) continue;
            var below = (double)logit - max;
            count++;
            sum += below;
            squares += below * below;
        }
        var sigma = Math.Sqrt(Math.Max(0, squares / count - sum / count * (sum / count)));
        var threshold = (float)Math.Min(max, max - n * sigma);
        foreach (ref var logit in logits)
            if (logit < threshold) logit = float.NegativeInfinity;
    }
}
