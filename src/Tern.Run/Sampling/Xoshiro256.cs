using System.Numerics;
using System.Security.Cryptography;

namespace Tern.Run.Sampling;

/// <summary>
/// xoshiro256**: the random numbers of the sampler, the same on every platform and in every version of .NET.
/// Blackman and Vigna 2018, arXiv 1805.01407; the state is filled from the seed by SplitMix64, as its authors advise.
/// </summary>
struct Xoshiro256
{
    ulong s0, s1, s2, s3;

    public Xoshiro256(ulong seed) : this(SplitMix64(ref seed), SplitMix64(ref seed), SplitMix64(ref seed), SplitMix64(ref seed)) { }

    public Xoshiro256(ulong s0, ulong s1, ulong s2, ulong s3) => (this.s0, this.s1, this.s2, this.s3) = (s0, s1, s2, s3);

    /// <summary>A seed from the operating system, in the 32 bits that users can type back.</summary>
    public static long RandomSeed() => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));

    public ulong Next()
    {
        var result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        var t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1) with all 53 bits of a double.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    internal static ulong SplitMix64(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
