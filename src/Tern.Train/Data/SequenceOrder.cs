using System.Numerics;

namespace Tern.Train.Data;

/// <summary>
/// A random order of 0 ... count - 1 that needs no memory: a Feistel network over the next power of four is a bijection whatever its round function
/// (Luby and Rackoff 1988), and walking its cycles until they come back below count makes it one of count numbers (Black and Rogaway 2002,
/// "Ciphers with arbitrary finite domains", method 2). Less than four steps of the walk are expected.
/// </summary>
readonly struct SequenceOrder
{
    const int Rounds = 8;

    readonly long count;
    readonly ulong key;
    readonly int halfBits;

    /// <param name="count">Numbers to put into order; at least 1.</param>
    /// <param name="key">Gives the order.</param>
    public SequenceOrder(long count, ulong key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        this.count = count;
        this.key = key;
        halfBits = Math.Max(1, (65 - BitOperations.LeadingZeroCount((ulong)count - 1)) / 2);
    }

    /// <summary>Which number stands at <paramref name="place"/>.</summary>
    public long this[long place]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(place);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, count);
            var walked = (ulong)place;
            do walked = Encrypt(walked);
            while (walked >= (ulong)count);
            return (long)walked;
        }
    }

    /// <summary>The finaliser of SplitMix64 (Steele et al. 2014): every bit of the state changes half the bits of the result.</summary>
    public static ulong Mix(ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
        return state ^ (state >> 31);
    }

    ulong Encrypt(ulong block)
    {
        var mask = (1UL << halfBits) - 1;
        var (left, right) = (block >> halfBits, block & mask);
        for (var round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (Mix(key ^ Mix(((ulong)round << 32) | right)) & mask));
        return (left << halfBits) | right;
    }
}
