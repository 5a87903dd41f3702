using System.Runtime.CompilerServices;

namespace Tern.Numerics.Formats;

/// <summary>
/// The encoder of Q2_K, Q4_K and Q5_K: 256 weights in sub-blocks whose scales and mins are themselves integers times a half,
/// weight = d·scale·q − dmin·min. First every sub-block gets its best real scale and min (<see cref="ScaleSearch.Affine"/>);
/// these are rounded to the integers under d and dmin, and the codes are taken anew under what a reader will see.
/// </summary>
sealed class AffineSuperBlock
{
    /// <summary>Weights that share a scale and a min.</summary>
    public required int SubBlock { get; init; }

    /// <summary>The largest code.</summary>
    public required int TopCode { get; init; }

    /// <summary>The largest integer scale, and min.</summary>
    public required int TopScale { get; init; }

    /// <param name="weights">[256]</param>
    /// <param name="d">Where d goes, two bytes.</param>
    /// <param name="dMin">Where dmin goes, two bytes.</param>
    /// <param name="scales">[256 / SubBlock] out</param>
    /// <param name="mins">[256 / SubBlock] out</param>
    /// <param name="codes">[256] out, 0..TopCode</param>
    [SkipLocalsInit]
    public void Encode(ReadOnlySpan<float> weights, Span<byte> d, Span<byte> dMin, Span<byte> scales, Span<byte> mins, Span<sbyte> codes)
    {
        Span<float> realScales = stackalloc float[scales.Length], realMins = stackalloc float[scales.Length];
        Span<float> importance = stackalloc float[256];
        for (var j = 0; j < scales.Length; j++)
        {
            var x = weights.Slice(j * SubBlock, SubBlock);
            var w = importance.Slice(j * SubBlock, SubBlock);
            ScaleSearch.Importance(x, w);
            (realScales[j], realMins[j]) = ScaleSearch.Affine(x, w, TopCode);
        }
        var scaleUnit = RoundToUnit(realScales, d, scales);
        var minUnit = RoundToUnit(realMins, dMin, mins);
        (scaleUnit, minUnit) = Refine(weights, importance, scaleUnit, minUnit, scales, mins);
        BlockScale.Write(d, 0, scaleUnit);
        BlockScale.Write(dMin, 0, minUnit);
        for (var j = 0; j < scales.Length; j++)
        {
            var scale = scaleUnit * scales[j];
            BlockCodes.Round(weights.Slice(j * SubBlock, SubBlock), minUnit * mins[j], Inverse(scale), 0, TopCode, codes[(j * SubBlock)..]);
        }
    }

    /// <summary>Integers 0..TopScale times a half that reaches the largest value; returns the half.</summary>
    float RoundToUnit(ReadOnlySpan<float> values, Span<byte> unitBytes, Span<byte> integers)
    {
        var largest = 0f;
        foreach (var value in values) largest = MathF.Max(largest, value);
        var unit = BlockScale.Write(unitBytes, 0, largest / TopScale);
        var inverse = Inverse(unit);
        for (var j = 0; j < values.Length; j++) integers[j] = (byte)MathF.Min(TopScale, MathF.Round(values[j] * inverse));
        return unit;
    }

    /// <summary>
    /// What the rounding of scales and mins to integers spoiled is won back in part: every sub-block looks at the neighbours of
    /// its integer scale, with the integer min that then fits best; and for all integers and codes together d and dmin are
    /// solved for. The solution is kept if it is better after its own rounding to half.
    /// </summary>
    (float ScaleUnit, float MinUnit) Refine(
        ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, float scaleUnit, float minUnit, Span<byte> scales, Span<byte> mins)
    {
        var error = 0.0;
        var (ss, sm, mm, sx, mx) = (0.0, 0.0, 0.0, 0.0, 0.0); // normal equations of weight ≈ d·S·q − dmin·M
        for (var j = 0; j < scales.Length; j++)
        {
            var x = weights.Slice(j * SubBlock, SubBlock);
            var w = importance.Slice(j * SubBlock, SubBlock);
            var moments = new ScaleSearch.Moments(x, w);
            var (best, sums) = RefineSubBlock(x, w, moments, scaleUnit, minUnit, ref scales[j], ref mins[j]);
            error += best;
            var (s, m) = ((double)scales[j], (double)mins[j]);
            ss += s * s * sums.QQ;
            sm += s * m * sums.Q;
            mm += m * m * moments.W;
            sx += s * sums.XQ;
            mx += m * moments.X;
        }
        var determinant = ss * mm - sm * sm;
        var (d, dMin) = mm > 0 ? ((sx * mm - sm * mx) / determinant, (sm * sx - ss * mx) / determinant) : (sx / ss, minUnit);
        if (!(d > 0 && d <= BlockScale.Largest && dMin >= 0 && dMin <= BlockScale.Largest)) return (scaleUnit, minUnit);
        var (newScaleUnit, newMinUnit) = (BlockScale.Rounded((float)d), BlockScale.Rounded((float)dMin));
        return Error(weights, importance, newScaleUnit, newMinUnit, scales, mins) < error ? (newScaleUnit, newMinUnit) : (scaleUnit, minUnit);
    }

    (double Error, ScaleSearch.CodeSums Codes) RefineSubBlock(
        ReadOnlySpan<float> x, ReadOnlySpan<float> w, in ScaleSearch.Moments moments, float scaleUnit, float minUnit, ref byte scale, ref byte min)
    {
        var (firstScale, firstMin) = (scale, min);
        var (best, bestSums) = (double.PositiveInfinity, default(ScaleSearch.CodeSums));
        for (var s = Math.Max(0, firstScale - 1); s <= Math.Min(TopScale, firstScale + 1); s++)
        {
            var m = (int)firstMin;
            for (var pass = 0; pass < 2; pass++)
            {
                var sums = ScaleSearch.Round(x, w, -(minUnit * m), Inverse(scaleUnit * s), 0, TopCode);
                var error = moments.Error(scaleUnit * s, -(minUnit * m), sums);
                if (error < best) (best, bestSums, scale, min) = (error, sums, (byte)s, (byte)m);
                if (minUnit == 0) break;
                m = (int)Math.Clamp(Math.Round((scaleUnit * s * sums.Q - moments.X) / (moments.W * minUnit)), 0, TopScale);
            }
        }
        return (best, bestSums);
    }

    double Error(
        ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, float scaleUnit, float minUnit, ReadOnlySpan<byte> scales, ReadOnlySpan<byte> mins)
    {
        var error = 0.0;
        for (var j = 0; j < scales.Length; j++)
        {
            var x = weights.Slice(j * SubBlock, SubBlock);
            var w = importance.Slice(j * SubBlock, SubBlock);
            var (scale, min) = (scaleUnit * scales[j], minUnit * mins[j]);
            error += new ScaleSearch.Moments(x, w).Error(scale, -min, ScaleSearch.Round(x, w, -min, Inverse(scale), 0, TopCode));
        }
        return error;
    }

    static float Inverse(float scale) => scale == 0 ? 0 : 1 / scale;
}
