using System.Runtime.Intrinsics;
using Tern.Models;

namespace Tern.Run.Evaluation;

/// <summary>Softmax statistics of logit rows in double precision.</summary>
static class LogSoftmax
{
    /// <summary>log(sum(exp(logits))) and the index of the largest logit (the first of equals).</summary>
    /// <exception cref="TernException">A logit is NaN or positive infinity, or all are negative infinity.</exception>
    public static (double LogSumExp, int Best) Normalizer(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNaN(logits[i])) throw Bad(i, logits[i]);
            if (logits[i] > logits[best]) best = i;
        }
        double max = logits[best];
        if (double.IsInfinity(max)) throw Bad(best, logits[best]);
        var sums = Vector256<double>.Zero;
        var shift = Vector256.Create(max);
        var n = 0;
        for (; n + 4 <= logits.Length; n += 4) sums += Vector256.Exp(Widen(logits[n..]) - shift);
        var sum = Vector256.Sum(sums);
        for (; n < logits.Length; n++) sum += Math.Exp(logits[n] - max);
        return (max + Math.Log(sum), best);
    }

    /// <summary>
    /// sum over v of p(v) (log p(v) - log q(v)), p and q the softmax of two rows of logits: the divergence KL(p || q) in nats. Infinite where q rules
    /// out what p allows.
    /// </summary>
    public static double Divergence(ReadOnlySpan<float> p, double normalizerP, ReadOnlySpan<float> q, double normalizerQ)
    {
        var sums = Vector256<double>.Zero;
        var (shiftP, shiftQ) = (Vector256.Create(normalizerP), Vector256.Create(normalizerQ));
        var n = 0;
        for (; n + 4 <= p.Length; n += 4)
        {
            var logP = Widen(p[n..]) - shiftP;
            var probability = Vector256.Exp(logP);
            // 0 log 0 = 0: also where both logits are -infinity and their difference is NaN.
            var term = probability * (logP - (Widen(q[n..]) - shiftQ));
            sums += Vector256.ConditionalSelect(Vector256.Equals(probability, Vector256<double>.Zero), Vector256<double>.Zero, term);
        }
        var sum = Vector256.Sum(sums);
        for (; n < p.Length; n++)
        {
            var logP = p[n] - normalizerP;
            var probability = Math.Exp(logP);
            if (probability > 0) sum += probability * (logP - (q[n] - normalizerQ));
        }
        return sum;
    }

    static Vector256<double> Widen(ReadOnlySpan<float> four)
    {
        var single = Vector128.Create(four);
        return Vector256.Create(Vector128.WidenLower(single), Vector128.WidenUpper(single));
    }

    static TernException Bad(int token, float logit) =>
        new($"The logit of token {token} is {logit}: the weights are damaged or an activation overflowed. Check the model file, or run it with a wider number format.");
}
