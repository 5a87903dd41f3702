using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

/// <summary>
/// The whole chain again, in float64, from the definitions: sorts everything, renormalises after every step, and shares no code
/// with the sampler. XTC is left out of the random part: the caller says whether it acts.
/// </summary>
static class ReferenceChain
{
    public static double[] Probabilities(IReadOnlyList<float> logits, SamplingOptions o, IReadOnlyList<int> history, bool xtcActs = false)
    {
        var l = logits.Select(x => (double)x).ToArray();
        foreach (var (token, bias) in o.LogitBias) l[token] += bias;
        Penalise(l, o, history);
        Dry(l, o.Dry, history);
        if (o.TopNSigma > 0) NSigma(l, o.TopNSigma);
        var kept = Enumerable.Range(0, l.Length).Where(id => !double.IsNegativeInfinity(l[id]))
            .OrderByDescending(id => l[id]).ThenBy(id => id).ToList();
        if (o.TopK > 0) kept = kept.Take(o.TopK).ToList();
        if (o.TypicalP < 1) kept = Typical(l, kept, o.TypicalP);
        if (o.TopP < 1) kept = Reach(kept, Softmax(l, kept), o.TopP);
        if (o.MinP > 0) kept = AtLeast(l, kept, o.MinP);
        if (xtcActs) kept = ExcludeTop(l, kept, o.Xtc.Threshold);
        var temperature = o.Temperature;
        if (o.DynaTemp.Range > 0) temperature = Dynamic(l, kept, o);
        foreach (var id in kept) l[id] /= temperature;
        var result = new double[l.Length];
        var p = Softmax(l, kept);
        for (var i = 0; i < kept.Count; i++) result[kept[i]] = p[i];
        return result;
    }

    public static double[] Softmax(double[] l, List<int> ids)
    {
        var max = ids.Max(id => l[id]);
        var sum = ids.Sum(id => Math.Exp(l[id] - max));
        return ids.Select(id => Math.Exp(l[id] - max) / sum).ToArray();
    }

    static void Penalise(double[] l, SamplingOptions o, IReadOnlyList<int> history)
    {
        var window = o.RepeatLastN < 0 ? history : history.Skip(Math.Max(0, history.Count - o.RepeatLastN)).ToList();
        foreach (var group in window.GroupBy(token => token))
        {
            l[group.Key] = l[group.Key] > 0 ? l[group.Key] / o.RepeatPenalty : l[group.Key] * o.RepeatPenalty;
            l[group.Key] -= group.Count() * o.FrequencyPenalty + o.PresencePenalty;
        }
    }

    /// <summary>No breakers: they have tests of their own.</summary>
    static void Dry(double[] l, Dry dry, IReadOnlyList<int> history)
    {
        if (dry.Multiplier == 0) return;
        var longest = LongestRepetitions(history, dry.PenaltyLastN, history.Count);
        foreach (var (token, length) in longest)
            if (length >= dry.AllowedLength) l[token] -= dry.Multiplier * Math.Pow(dry.Base, length - dry.AllowedLength);
    }

    /// <summary>For each token that followed an earlier occurrence of the end of the text: the longest such occurrence.</summary>
    public static Dictionary<int, int> LongestRepetitions(IReadOnlyList<int> history, int lastN, int limit)
    {
        var text = lastN < 0 ? history.ToArray() : history.Skip(Math.Max(0, history.Count - lastN)).ToArray();
        var longest = new Dictionary<int, int>();
        for (var next = 1; next < text.Length; next++)
        {
            var length = 0;
            while (length < next && text[next - 1 - length] == text[text.Length - 1 - length]) length++;
            length = Math.Min(length, limit);
            if (length > 0) longest[text[next]] = Math.Max(length, longest.GetValueOrDefault(text[next]));
        }
        return longest;
    }

    static void NSigma(double[] l, double n)
    {
        var finite = l.Where(double.IsFinite).ToArray();
        var mean = finite.Average();
        var sigma = Math.Sqrt(finite.Average(x => (x - mean) * (x - mean)));
        var threshold = finite.Max() - n * sigma;
        for (var id = 0; id < l.Length; id++)
            if (l[id] < threshold) l[id] = double.NegativeInfinity;
    }

    static List<int> Typical(double[] l, List<int> ids, double share)
    {
        var p = Softmax(l, ids);
        var entropy = -p.Sum(x => x > 0 ? x * Math.Log(x) : 0);
        var order = Enumerable.Range(0, ids.Count).OrderBy(i => Math.Abs(-Math.Log(p[i]) - entropy)).ToList();
        double sum = 0;
        var count = 0;
        while (count < order.Count && sum <= share) sum += p[order[count++]];
        return order.Take(count).Order().Select(i => ids[i]).ToList();
    }

    static List<int> Reach(List<int> ids, double[] p, double share)
    {
        double sum = 0;
        var count = 0;
        do sum += p[count++]; while (count < ids.Count && sum < share);
        return ids.Take(count).ToList();
    }

    static List<int> AtLeast(double[] l, List<int> ids, double share)
    {
        var p = Softmax(l, ids);
        var threshold = share * p.Max();
        return ids.Where((_, i) => p[i] >= threshold).ToList();
    }

    static List<int> ExcludeTop(double[] l, List<int> ids, double threshold)
    {
        var above = Softmax(l, ids).Count(p => p >= threshold);
        return ids.Skip(Math.Max(0, above - 1)).ToList();
    }

    static double Dynamic(double[] l, List<int> ids, SamplingOptions o)
    {
        if (ids.Count == 1) return 1;
        var entropy = -Softmax(l, ids).Sum(p => p > 0 ? p * Math.Log(p) : 0);
        var low = Math.Max(0, o.Temperature - o.DynaTemp.Range);
        var high = o.Temperature + o.DynaTemp.Range;
        return low + (high - low) * Math.Pow(entropy / Math.Log(ids.Count), o.DynaTemp.Exponent);
    }
}
