using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

[assembly: InternalsVisibleTo("Tern.Run.Tests")]

namespace Tern.Run.Sampling;

/// <summary>
/// The tokens that may still come next. Each is one integer, logit above id, such that ascending integers are descending logits
/// and, among equal logits, ascending ids: every order here is total, so ties never depend on how a list came about.
/// The buffers are reused from token to token.
/// </summary>
sealed class Candidates
{
    /// <summary>Longer lists are not sorted: the steps then select in linear time.</summary>
    const int WorthSorting = 4096;

    /// <summary>The biased exponent of 1f.</summary>
    const int OneExponent = 127;

    ulong[] keys = [];
    float[] weights = [];
    ulong[] ranks = [];
    bool sorted;
    bool weighed;
    double mass;

    public int Count { get; private set; }

    public int Id(int index) => (int)(uint)keys[index];

    public float Logit(int index) => LogitOf(keys[index]);

    /// <summary>The largest logit.</summary>
    public float MaxLogit
    {
        get
        {
            if (sorted) return LogitOf(keys[0]);
            var best = keys[0];
            foreach (var key in keys.AsSpan(1, Count - 1)) best = Math.Min(best, key);
            return LogitOf(best);
        }
    }

    /// <summary>exp(logit - largest logit) of each candidate; probabilities once divided by <see cref="Mass"/>.</summary>
    public ReadOnlySpan<float> Weights
    {
        get
        {
            Weigh();
            return weights.AsSpan(0, Count);
        }
    }

    /// <summary>The sum of the weights.</summary>
    public double Mass
    {
        get
        {
            Weigh();
            return mass;
        }
    }

    /// <summary>
    /// Starts from logits [vocabSize], of which only the <paramref name="k"/> largest stay (all, if k is 0 or less). Negative
    /// infinity is never a candidate. One pass: a block is looked at closely only if it beats the k best seen so far.
    /// </summary>
    public void Load(ReadOnlySpan<float> logits, int k)
    {
        if (k <= 0 || k > logits.Length) k = logits.Length;
        var full = (int)Math.Min(2L * k, logits.Length);       // then the smaller ones are thrown out
        Reserve(full + Vector256<float>.Count);
        (Count, sorted, weighed) = (0, false, false);
        var bar = float.NegativeInfinity;
        var i = 0;
        for (; i <= logits.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var block = Vector256.Create(logits.Slice(i, Vector256<float>.Count));
            var hits = Vector256.GreaterThan(block, Vector256.Create(bar)).ExtractMostSignificantBits();
            for (; hits != 0; hits &= hits - 1)
            {
                var id = i + BitOperations.TrailingZeroCount(hits);
                keys[Count++] = Key(logits[id], id);
            }
            if (Count < full || full < 2L * k) continue;
            Shrink(k);
            bar = LogitOf(keys[k - 1]);                        // a later token of the same logit has the higher id: it loses
        }
        for (; i < logits.Length; i++)
            if (logits[i] > bar) keys[Count++] = Key(logits[i], i);
        Shrink(k);
        if (Count <= WorthSorting) Sort();
        KeepInfinite();
    }

    /// <summary>Keeps the k largest logits.</summary>
    void Shrink(int k)
    {
        if (Count <= k) return;
        if (!sorted) QuickSelect.Smallest(keys.AsSpan(0, Count), k);
        Keep(k);
    }

    /// <summary>Keeps the first <paramref name="count"/> candidates.</summary>
    public void Keep(int count) => (Count, weighed) = (count, weighed && count == Count);

    /// <summary>Drops the first <paramref name="count"/> candidates.</summary>
    public void Drop(int count)
    {
        keys.AsSpan(count, Count - count).CopyTo(keys);
        Keep(Count - count);
    }

    /// <summary>Keeps the logits of at least <paramref name="threshold"/>, and always the largest one.</summary>
    public void KeepFrom(float threshold)
    {
        threshold = MathF.Min(threshold, MaxLogit);
        var kept = 0;
        if (sorted)
            while (kept < Count && Logit(kept) >= threshold) kept++;
        else
            for (var i = 0; i < Count; i++)
                if (Logit(i) >= threshold) keys[kept++] = keys[i];
        Keep(kept);
    }

    /// <summary>Keeps the fewest of the most probable candidates that together reach <paramref name="share"/>.</summary>
    public void KeepShare(double share)
    {
        Weigh();
        var wanted = share * mass;
        if (Count > WorthSorting && !sorted) DropTail(wanted);
        var kept = Count <= WorthSorting || sorted
            ? CountWithMass(wanted)
            : QuickSelect.SmallestWithMass(keys.AsSpan(0, Count), weights.AsSpan(0, Count), wanted, strictly: false);
        Count = kept;
        weighed = false;
        if (Count <= WorthSorting) Sort();
    }

    /// <summary>
    /// Keeps the fewest candidates, in ascending order of <paramref name="scores"/> [Count], that together exceed
    /// <paramref name="share"/>; equal scores in the present order. Scores are 0 or more.
    /// </summary>
    public void KeepShareByScore(ReadOnlySpan<float> scores, double share)
    {
        Weigh();
        if (ranks.Length < Count) ranks = new ulong[keys.Length];
        var order = ranks.AsSpan(0, Count);
        for (var i = 0; i < Count; i++)                        // bits of floats >= 0 are in the order of the floats
            order[i] = ((ulong)BitConverter.SingleToUInt32Bits(scores[i]) << 32) | (uint)i;
        var kept = order[..QuickSelect.SmallestWithMass(order, weights.AsSpan(0, Count), share * mass, strictly: true)];
        foreach (ref var rank in kept) rank = keys[(uint)rank];
        kept.CopyTo(keys);
        weighed = false;                                       // the weights moved with the ranks
        Keep(kept.Length);
        if (sorted || Count <= WorthSorting) keys.AsSpan(0, Count).Sort();
        sorted |= Count <= WorthSorting;
    }

    /// <summary>Orders by descending logit.</summary>
    public void Sort()
    {
        if (sorted) return;
        if (weighed) keys.AsSpan(0, Count).Sort(weights.AsSpan(0, Count));
        else keys.AsSpan(0, Count).Sort();
        sorted = true;
    }

    /// <summary>logit := (logit - largest) / temperature, which keeps the order and cannot overflow upwards.</summary>
    public void Scale(double temperature)
    {
        var max = MaxLogit;
        for (var i = 0; i < Count; i++)
            keys[i] = Key((float)((Logit(i) - (double)max) / temperature), Id(i));
        weighed = false;
    }

    /// <summary>The index of the candidate at which the running sum of probabilities passes <paramref name="uniform"/>, in [0, 1).</summary>
    public int Draw(double uniform)
    {
        Weigh();
        var left = uniform * mass;
        var last = 0;
        for (var i = 0; i < Count; i++)
        {
            if (weights[i] == 0) continue;
            last = i;
            left -= weights[i];
            if (left < 0) break;
        }
        return last;
    }

    /// <summary>
    /// Drops most of what <see cref="KeepShare"/> will drop, in two passes without a branch to mispredict: sums the weights by
    /// power of two, and keeps the powers down to the one at which the mass is reached.
    /// </summary>
    void DropTail(double wanted)
    {
        Span<double> massOf = stackalloc double[OneExponent + 1];
        massOf.Clear();
        foreach (var weight in weights.AsSpan(0, Count)) massOf[Halvings(weight)] += weight;
        var (last, sum) = (0, massOf[0]);
        while (sum < wanted && last < OneExponent) sum += massOf[++last];
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            (keys[kept], weights[kept]) = (keys[i], weights[i]);
            kept += Halvings(weights[i]) <= last ? 1 : 0;
        }
        Count = kept;                                          // weights and mass stay those of the whole list
    }

    /// <summary>How often 1 must be halved to come to the power of two below a weight in [0, 1].</summary>
    static int Halvings(float weight) => OneExponent - (int)(BitConverter.SingleToUInt32Bits(weight) >> 23);

    int CountWithMass(double wanted)
    {
        Sort();
        double sum = 0;
        for (var i = 0; i < Count; i++)
        {
            sum += weights[i];
            if (sum >= wanted) return i + 1;
        }
        return Count;
    }

    void Weigh()
    {
        if (weighed) return;
        if (weights.Length < Count) weights = new float[keys.Length];
        var max = MaxLogit;
        for (var i = 0; i < Count; i++) weights[i] = LogitOf(keys[i]) - max;
        mass = Softmax.ExpInPlace(weights.AsSpan(0, Count));
        weighed = true;
    }

    /// <summary>Positive infinity is the limit of large logits: such tokens share the whole probability.</summary>
    void KeepInfinite()
    {
        if (Count == 0 || !float.IsPositiveInfinity(MaxLogit)) return;
        KeepFrom(float.PositiveInfinity);
        for (var i = 0; i < Count; i++) keys[i] = Key(0, Id(i));
    }

    void Reserve(int count)
    {
        if (keys.Length < count) keys = new ulong[count];
    }

    /// <summary>Flips the bits of the logit so that unsigned order is descending; + 0f turns -0 into 0, which must tie.</summary>
    static ulong Key(float logit, int id)
    {
        var bits = BitConverter.SingleToUInt32Bits(logit + 0f);
        var descending = (bits & 0x8000_0000) != 0 ? bits : ~bits & 0x7FFF_FFFF;
        return ((ulong)descending << 32) | (uint)id;
    }

    static float LogitOf(ulong key)
    {
        var descending = (uint)(key >> 32);
        return BitConverter.UInt32BitsToSingle((descending & 0x8000_0000) != 0 ? descending : ~descending & 0x7FFF_FFFF);
    }
}
