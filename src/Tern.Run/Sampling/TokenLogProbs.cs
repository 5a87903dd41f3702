namespace Tern.Run.Sampling;

/// <summary>A token and its natural log-probability.</summary>
public readonly record struct TokenLogProb(int Token, float LogProb);

/// <summary>
/// Log-probabilities under the model itself: log-softmax of the raw logits, before bias, constraint and every sampling step.
/// </summary>
public readonly struct TokenLogProbs(TokenLogProb sampled, ReadOnlyMemory<TokenLogProb> top)
{
    public TokenLogProb Sampled { get; } = sampled;

    /// <summary>The most probable tokens, best first; the buffer is reused by the next sample.</summary>
    public ReadOnlyMemory<TokenLogProb> Top { get; } = top;
}

/// <summary>Remembers the raw logits of one step.</summary>
sealed class LogProbRecorder(int vocabSize, int top)
{
    readonly float[] raw = new float[vocabSize];
    readonly TokenLogProb[] best = new TokenLogProb[top];
    readonly Candidates candidates = new();
    float max;
    double logSumExp;

    public int Top => top;

    /// <param name="logits">[vocabSize], without NaN.</param>
    /// <param name="largest">The largest logit, above negative infinity.</param>
    public void Record(ReadOnlySpan<float> logits, float largest)
    {
        logits.CopyTo(raw);
        max = largest;
        logSumExp = float.IsInfinity(max) ? Math.Log(logits.Count(max)) : Softmax.LogSumExp(logits, max);
    }

    public TokenLogProbs Of(int token)
    {
        var count = 0;
        if (top > 0)
        {
            candidates.Load(raw, top);
            candidates.Sort();
            for (; count < candidates.Count; count++)
                best[count] = new TokenLogProb(candidates.Id(count), LogProb(candidates.Id(count)));
        }
        return new TokenLogProbs(new TokenLogProb(token, LogProb(token)), best.AsMemory(0, count));
    }

    float LogProb(int token)
    {
        var logit = raw[token];
        if (float.IsInfinity(max)) return logit == max ? (float)-logSumExp : float.NegativeInfinity;
        return (float)(logit - logSumExp);
    }
}
