namespace Tern.Geometry.Diagrams;

/// <summary>A small random generator whose numbers are the same everywhere. Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators, OOPSLA.</summary>
public sealed class SplitMix64(ulong seed)
{
    ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>In [0, <paramref name="count"/>).</summary>
    public int Next(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>In [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1ul << 53));

    public double NextDouble(double from, double to) => from + (to - from) * NextDouble();
}
