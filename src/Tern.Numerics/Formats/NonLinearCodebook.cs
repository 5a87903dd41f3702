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
    static readonly byte[] ByDoubledFloor = [.. Enumerable.Range(-256, 512).Select(CountMidpointsUpTo)];

    static byte CountMidpointsUpTo(int doubled)
    {
        byte code = 0;
        while (code < 15 && doubled >= Levels[code] + Levels[code + 1]) code++;
        return code;
    }

    /// <summary>The code of the level nearest to <paramref name="steps"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Nearest(float steps) => ByDoubledFloor[(int)(Math.Clamp(2 * steps, -256, 255) + 256)];

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
    /// The scale that minimises the weighted squared error of 32 weights, over scales that put the extreme weight near either
    /// end of the codebook. For given levels v the best scale is Σwxv / Σwv², and the error falls by (Σwxv)² / Σwv².
    /// </summary>
    [SkipLocalsInit]
    public static float BestScale(ReadOnlySpan<float> weights)
    {
        var extreme = BlockScale.Extreme(weights);
        if (MathF.Abs(extreme) < ScaleSearch.Negligible) return 0;
        Span<float> importance = stackalloc float[32];
        ScaleSearch.Importance(weights, importance);
        var (best, gain) = (0.0, 0.0);
        for (var end = -7; end <= 7; end++)
        {
            Try((Levels[0] + end) / extreme, weights, importance, ref best, ref gain);
            Try((Levels[15] + end) / extreme, weights, importance, ref best, ref gain);
        }
        return (float)best;
    }

    static void Try(float inverse, ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, ref double best, ref double gain)
    {
        var (xv, vv) = (0f, 0f);
        for (var i = 0; i < weights.Length; i++)
        {
            var level = Levels[Nearest(weights[i] * inverse)];
            var weighted = importance[i] * level;
            xv += weighted * weights[i];
            vv += weighted * level;
        }
        if (!(vv > 0) || !((double)xv * xv / vv > gain)) return;
        gain = (double)xv * xv / vv;
        best = (double)xv / vv;
    }
}
