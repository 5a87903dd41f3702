using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>The 16 levels of IQ4_NL and IQ4_XS, and the search for the scale that suits them best.</summary>
static class NonLinearCodebook
{
    /// <summary>ggml's kvalues_iq4nl.</summary>
    public static ReadOnlySpan<sbyte> Levels => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>
    /// The nearest level of a value v, indexed by ⌊2v⌋ + 256. Twice the midpoint of two levels is an integer, so all v of one
    /// entry have the same nearest level; at a midpoint the upper one.
    /// </summary>
    static readonly byte[] CodeByDoubledFloor = [.. Enumerable.Range(-256, 512).Select(CountMidpointsUpTo)];

    static readonly sbyte[] LevelByDoubledFloor = [.. CodeByDoubledFloor.Select(code => Levels[code])];

    static byte CountMidpointsUpTo(int doubled)
    {
        byte code = 0;
        while (code < 15 && doubled >= Levels[code] + Levels[code + 1]) code++;
        return code;
    }

    /// <summary>The code of the level nearest to <paramref name="steps"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Nearest(float steps) => CodeByDoubledFloor[DoubledFloor(steps)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int DoubledFloor(float steps) => (int)(Math.Clamp(2 * steps, -256, 255) + 256);

    /// <summary>Sixteen bytes to 32 levels: low nibbles first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Read(ReadOnlySpan<byte> packed)
    {
        var levels = Vector128.Create(Levels);
        var codes = BlockCodes.Nibbles(packed).AsSByte();
        return Vector256.Create(Vector128.Shuffle(levels, codes.GetLower()), Vector128.Shuffle(levels, codes.GetUpper()));
    }

    /// <summary>Writes the nibbles of 32 weights under a scale.</summary>
    public static void Write(ReadOnlySpan<float> weights, float scale, Span<byte> packed)
    {
        var inverse = scale == 0 ? 0 : 1 / scale;
        for (var i = 0; i < 16; i++)
            packed[i] = (byte)(Nearest(weights[i] * inverse) | Nearest(weights[i + 16] * inverse) << 4);
    }

    /// <summary>
    /// The scale that minimises the weighted squared error of 32 weights: the best of those that put the extreme weight near
    /// either end of the codebook, improved by rounding under it and solving again.
    /// </summary>
    public static float BestScale(ReadOnlySpan<float> weights, ReadOnlySpan<float> importance)
    {
        var extreme = BlockScale.Extreme(weights);
        if (MathF.Abs(extreme) < ScaleSearch.Negligible) return 0;
        var (best, gain) = (0.0, 0.0);
        for (var end = -6; end <= 6; end += 2)
        {
            Keep(Round(weights, importance, (Levels[0] + end) / extreme), ref best, ref gain);
            Keep(Round(weights, importance, (Levels[15] + end) / extreme), ref best, ref gain);
        }
        for (var before = 0.0; gain > before;)
        {
            before = gain;
            Keep(Round(weights, importance, (float)(1 / best)), ref best, ref gain);
        }
        return (float)best;
    }

    static void Keep(ScaleSearch.CodeSums sums, ref double best, ref double gain)
    {
        if (sums.Gain > gain) (best, gain) = (sums.XQ / sums.QQ, sums.Gain);
    }

    /// <summary>The sums over the levels nearest to x·inverse.</summary>
    public static ScaleSearch.CodeSums Round(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float inverse)
    {
        var (q, qq, xq) = (0f, 0f, 0f);
        for (var i = 0; i < x.Length; i++)
        {
            float level = LevelByDoubledFloor[DoubledFloor(x[i] * inverse)];
            var weighted = w[i] * level;
            q += weighted;
            qq += weighted * level;
            xq += weighted * x[i];
        }
        return new(q, qq, xq);
    }
}
