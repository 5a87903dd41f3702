using System.Runtime.CompilerServices;

namespace Tern.Numerics.Formats;

/// <summary>
/// The encoder of Q3_K and Q6_K: 256 weights in 16 sub-blocks, weight = d·scale·q with signed integers scale and q. Every
/// sub-block gets its best real scale (<see cref="ScaleSearch.Symmetric"/>); the largest of them becomes the integer
/// −ScaleReach, and the codes are taken anew under the rounded scales.
/// </summary>
sealed class SymmetricSuperBlock
{
    /// <summary>Codes run from −Reach to Reach − 1.</summary>
    public required int Reach { get; init; }

    /// <summary>Integer scales run from −ScaleReach to ScaleReach − 1.</summary>
    public required int ScaleReach { get; init; }

    /// <param name="weights">[256]</param>
    /// <param name="d">Where d goes, two bytes.</param>
    /// <param name="scales">[16] out</param>
    /// <param name="codes">[256] out</param>
    [SkipLocalsInit]
    public void Encode(ReadOnlySpan<float> weights, Span<byte> d, Span<sbyte> scales, Span<sbyte> codes)
    {
        Span<float> real = stackalloc float[16], importance = stackalloc float[16];
        for (var j = 0; j < 16; j++)
        {
            var x = weights.Slice(16 * j, 16);
            ScaleSearch.Importance(x, importance);
            real[j] = ScaleSearch.Symmetric(x, importance, Reach);
        }
        var unit = BlockScale.Write(d, 0, BlockScale.Extreme(real) / -ScaleReach);
        BlockCodes.Round(real, 0, unit == 0 ? 0 : 1 / unit, -ScaleReach, ScaleReach - 1, scales);
        for (var j = 0; j < 16; j++)
        {
            var scale = unit * scales[j];
            BlockCodes.Round(weights.Slice(16 * j, 16), 0, scale == 0 ? 0 : 1 / scale, -Reach, Reach - 1, codes[(16 * j)..]);
        }
    }
}
