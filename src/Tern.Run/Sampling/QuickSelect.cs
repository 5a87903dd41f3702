using System.Numerics;

namespace Tern.Run.Sampling;

/// <summary>
/// Partial orders in linear expected time (Hoare 1961, "Find"), over distinct keys. A budget of rounds, then a sort, bounds
/// the worst case as in introselect (Musser 1997).
/// </summary>
static class QuickSelect
{
    const int SmallEnoughToSort = 48;

    /// <summary>Brings the <paramref name="k"/> smallest keys to the front, the k-th smallest to index k - 1.</summary>
    public static void Smallest(Span<ulong> keys, int k)
    {
        var (low, high) = (0, keys.Length);                    // the k-th smallest is in [low, high)
        for (var rounds = Budget(keys.Length); high - low > SmallEnoughToSort && rounds > 0; rounds--)
        {
            var split = low + Partition(keys[low..high], []);
            if (k <= split) high = split;
            else low = split;
        }
        keys[low..high].Sort();
    }

    /// <summary>
    /// Brings to the front the fewest keys, in ascending order of key, whose weights sum to <paramref name="mass"/> or more
    /// (to more, if <paramref name="strictly"/>). Returns how many these are: at least one, all if the sum is never reached.
    /// </summary>
    public static int SmallestWithMass(Span<ulong> keys, Span<float> weights, double mass, bool strictly)
    {
        var (low, high) = (0, keys.Length);
        double below = 0;                                      // weight of [0, low), all of which are taken
        for (var rounds = Budget(keys.Length); high - low > SmallEnoughToSort && rounds > 0; rounds--)
        {
            var split = low + Partition(keys[low..high], weights[low..high]);
            var withFront = below + Sum(weights[low..split]);
            if (strictly ? withFront > mass : withFront >= mass) high = split;
            else (low, below) = (split, withFront);
        }
        keys[low..high].Sort(weights[low..high]);
        for (; low < high; low++)
        {
            below += weights[low];
            if (strictly ? below > mass : below >= mass) return low + 1;
        }
        return high;
    }

    static int Budget(int length) => 4 * BitOperations.Log2((uint)length | 1);

    static double Sum(ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (var weight in weights) sum += weight;
        return sum;
    }

    /// <summary>
    /// Hoare's partition around the median of three; returns the start of the part with the larger keys. Keys are distinct, so
    /// neither part is empty. Weights, if there are any, move with their keys.
    /// </summary>
    static int Partition(Span<ulong> keys, Span<float> weights)
    {
        var pivot = MedianOfThree(keys[0], keys[keys.Length / 2], keys[^1]);
        var (i, j) = (0, keys.Length - 1);
        while (true)
        {
            while (keys[i] < pivot) i++;
            while (keys[j] > pivot) j--;
            if (i >= j) return j == i && keys[i] <= pivot ? i + 1 : i;
            (keys[i], keys[j]) = (keys[j], keys[i]);
            if (!weights.IsEmpty) (weights[i], weights[j]) = (weights[j], weights[i]);
            i++;
            j--;
        }
    }

    static ulong MedianOfThree(ulong a, ulong b, ulong c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
