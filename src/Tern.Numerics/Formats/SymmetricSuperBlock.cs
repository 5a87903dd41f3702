using System.Runtime.CompilerServices;

namespace Tern.Numerics.Formats;

/// <summary>
/// The encoder of Q3_K and Q6_K: 256 weights in 16 sub-blocks, weight = d·scale·q with signed integers scale and q. Every
/// sub-block gets its best real scale (<see cref="ScaleSearch.Symmetric"/>); the largest of them becomes the integer
/// −ScaleReach. Then every sub-block looks at the neighbours of its integer scale, d is solved for again, and the codes are
/// taken anew under what a reader will see.
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
        Span<float> real = stackalloc float[16], importance = stackalloc float[256];
        for (var j = 0; j < 16; j++)
        {
            var x = weights.Slice(16 * j, 16);
            var w = importance.Slice(16 * j, 16);
            ScaleSearch.Importance(x, w);
            real[j] = ScaleSearch.Symmetric(x, w, Reach);
        }
        var unit = BlockScale.Rounded(BlockScale.Extreme(real) / -ScaleReach);
        BlockCodes.Round(real, 0, Inverse(unit), -ScaleReach, ScaleReach - 1, scales);
        unit = Refine(weights, importance, unit, scales);
        BlockScale.Write(d, 0, unit);
        for (var j = 0; j < 16; j++)
            BlockCodes.Round(weights.Slice(16 * j, 16), 0, Inverse(unit * scales[j]), -Reach, Reach - 1, codes[(16 * j)..]);
    }

    /// <summary>Moves the integer scales by at most one and returns the unit that suits them, the old one where no other is better.</summary>
    float Refine(ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, float unit, Span<sbyte> scales)
    {
        var (error, ss, sx) = (0.0, 0.0, 0.0); // the error without its constant Σwx²; normal equation of weight ≈ d·S·q
        for (var j = 0; j < 16; j++)
        {
            var x = weights.Slice(16 * j, 16);
            var w = importance.Slice(16 * j, 16);
            var (first, best, bestSums) = ((int)scales[j], double.PositiveInfinity, default(ScaleSearch.CodeSums));
            for (var s = Math.Max(-ScaleReach, first - 1); s <= Math.Min(ScaleReach - 1, first + 1); s++)
            {
                var sums = ScaleSearch.Round(x, w, 0, Inverse(unit * s), -Reach, Reach - 1);
                if (Error(unit * s, sums) < best) (best, bestSums, scales[j]) = (Error(unit * s, sums), sums, (sbyte)s);
            }
            error += best;
            ss += (double)scales[j] * scales[j] * bestSums.QQ;
            sx += scales[j] * bestSums.XQ;
        }
        if (!(ss > 0) || !(Math.Abs(sx / ss) <= BlockScale.Largest)) return unit;
        var solved = BlockScale.Rounded((float)(sx / ss));
        var solvedError = 0.0;
        for (var j = 0; j < 16; j++)
        {
            var sums = ScaleSearch.Round(
                weights.Slice(16 * j, 16), importance.Slice(16 * j, 16), 0, Inverse(solved * scales[j]), -Reach, Reach - 1);
            solvedError += Error(solved * scales[j], sums);
        }
        return solvedError < error ? solved : unit;
    }

    static double Error(double scale, ScaleSearch.CodeSums codes) => scale * (scale * codes.QQ - 2 * codes.XQ);

    static float Inverse(float scale) => scale == 0 ? 0 : 1 / scale;
}
