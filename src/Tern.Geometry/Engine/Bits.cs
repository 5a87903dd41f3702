using System.Numerics;

namespace Tern.Geometry.Engine;

/// <summary>Sets of points as the bits of a number.</summary>
static class Bits
{
    public static ulong Of(params ReadOnlySpan<int> points)
    {
        var mask = 0UL;
        foreach (var point in points) mask |= 1UL << point;
        return mask;
    }

    public static bool Has(this ulong mask, int point) => (mask >> point & 1) != 0;

    public static int Count(this ulong mask) => BitOperations.PopCount(mask);

    public static Enumerator Of(ulong mask) => new(mask);

    /// <summary>From the lowest bit to the highest.</summary>
    public struct Enumerator(ulong mask)
    {
        ulong _rest = mask;

        public int Current { get; private set; }

        public readonly Enumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest == 0) return false;
            Current = BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }

    public static int[] ToArray(ulong mask)
    {
        var points = new int[BitOperations.PopCount(mask)];
        var count = 0;
        foreach (var point in Of(mask)) points[count++] = point;
        return points;
    }
}
