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
        Span<float> importance = stackalloc float[SubBlock];
        for (var j = 0; j < scales.Length; j++)
        {
            var x = weights.Slice(j * SubBlock, SubBlock);
            ScaleSearch.Importance(x, importance);
            (realScales[j], realMins[j]) = ScaleSearch.Affine(x, importance, TopCode);
        }
        var scaleUnit = RoundToUnit(realScales, d, scales);
        var minUnit = RoundToUnit(realMins, dMin, mins);
        for (var j = 0; j < scales.Length; j++)
        {
            var scale = scaleUnit * scales[j];
            BlockCodes.Round(weights.Slice(j * SubBlock, SubBlock), minUnit * mins[j], scale == 0 ? 0 : 1 / scale, 0, TopCode, codes[(j * SubBlock)..]);
        }
    }

    /// <summary>Integers 0..TopScale times a half that reaches the largest value; returns the half.</summary>
    float RoundToUnit(ReadOnlySpan<float> values, Span<byte> unitBytes, Span<byte> integers)
    {
        var largest = 0f;
        foreach (var value in values) largest = MathF.Max(largest, value);
        var unit = BlockScale.Write(unitBytes, 0, largest / TopScale);
        var inverse = unit == 0 ? 0 : 1 / unit;
        for (var j = 0; j < values.Length; j++) integers[j] = (byte)MathF.Min(TopScale, MathF.Round(values[j] * inverse));
        return unit;
    }
}
