using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// Scales of sub-blocks by weighted least squares. For fixed codes q the error Σw(s·q + m − x)² is a quadratic in s and m whose
/// minimum is a 2 × 2 linear system; so the search goes over a few step sizes near the one that just covers the range, rounds
/// the weights under each, solves, and keeps the best. Rounding again under the solution and solving again (Lloyd's
/// iteration) can only lower the error. Sums run eight lanes wide in a fixed order, so results do not depend on the machine.
/// </summary>
static class ScaleSearch
{
    /// <summary>Below this a sub-block counts as zero: the scale would vanish in half precision anyway.</summary>
    public const float Negligible = 1e-15f;

    const int LloydSteps = 3;

    /// <summary>
    /// w = rms + |x|: larger weights matter more to the output of a layer, but errors of small ones count too. The lengths are
    /// multiples of 8.
    /// </summary>
    public static void Importance(ReadOnlySpan<float> x, Span<float> w)
    {
        var squares = Vector256<float>.Zero;
        for (var i = 0; i < x.Length; i += 8)
        {
            var xi = Vector256.Create(x[i..]);
            squares += xi * xi;
        }
        var rms = Vector256.Create(MathF.Sqrt(Sum(squares) / x.Length));
        for (var i = 0; i < x.Length; i += 8) (rms + Vector256.Abs(Vector256.Create(x[i..]))).CopyTo(w[i..]);
    }

    /// <summary>Scale s ≥ 0 and min m ≥ 0 such that s·q − m is nearest to x with codes q in 0..top.</summary>
    public static (float Scale, float Min) Affine(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int top)
    {
        var (low, high) = BlockScale.Range(x);
        low = MathF.Min(low, 0); // the format subtracts mins: they cannot lift weights above zero
        if (high - low < Negligible) return (0, -low);
        var moments = new Moments(x, w);
        var best = new Fit((high - low) / top, low, double.PositiveInfinity);
        for (var i = -10; i <= 10; i++)
        {
            var fit = moments.Solve(Round(x, w, low, (top + 0.1f * i) / (high - low), 0, top));
            if (fit.Error < best.Error) best = fit;
        }
        for (var i = 0; i < LloydSteps && best.Scale > 0; i++)
        {
            var fit = moments.Solve(Round(x, w, (float)best.Min, (float)(1 / best.Scale), 0, top));
            if (!(fit.Error < best.Error)) break;
            best = fit;
        }
        return ((float)best.Scale, (float)-best.Min);
    }

    /// <summary>The scale s, of either sign, such that s·q is nearest to x with codes q in −reach..reach − 1.</summary>
    public static float Symmetric(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int reach)
    {
        var extreme = BlockScale.Extreme(x);
        if (MathF.Abs(extreme) < Negligible) return 0;
        // The error is Σwx² − (Σwxq)²/Σwq² for the best s = Σwxq/Σwq².
        var (best, gain) = (0.0, 0.0);
        for (var i = -10; i <= 10; i++)
        {
            var sums = Round(x, w, 0, -(reach + 0.1f * i) / extreme, -reach, reach - 1);
            if (sums.Gain > gain) (best, gain) = (sums.XQ / sums.QQ, sums.Gain);
        }
        for (var i = 0; i < LloydSteps && best != 0; i++)
        {
            var sums = Round(x, w, 0, (float)(1 / best), -reach, reach - 1);
            if (!(sums.Gain > gain)) break;
            (best, gain) = (sums.XQ / sums.QQ, sums.Gain);
        }
        return (float)best;
    }

    /// <summary>The sums over w of the codes q = round((x − offset)·inverse) within bottom..top.</summary>
    public static CodeSums Round(
        ReadOnlySpan<float> x, ReadOnlySpan<float> w, float offset, float inverse, int bottom, int top)
    {
        var (sumQ, sumQQ, sumXQ) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var (offsets, inverses) = (Vector256.Create(offset), Vector256.Create(inverse));
        var (bottoms, tops) = (Vector256.Create((float)bottom), Vector256.Create((float)top));
        ref var xs = ref MemoryMarshal.GetReference(x);
        ref var ws = ref MemoryMarshal.GetReference(w[..x.Length]);
        for (nuint i = 0; i + 8 <= (nuint)x.Length; i += 8)
        {
            var xi = Vector256.LoadUnsafe(ref xs, i);
            var q = Vector256.ClampNative(Vector256.Round((xi - offsets) * inverses), bottoms, tops);
            var wq = Vector256.LoadUnsafe(ref ws, i) * q;
            sumQ += wq;
            sumQQ += wq * q;
            sumXQ += wq * xi;
        }
        return new(Sum(sumQ), Sum(sumQQ), Sum(sumXQ));
    }

    /// <summary>The lanes in a fixed order, unlike <see cref="Vector256.Sum{T}"/>, whose order may differ between machines.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Sum(Vector256<float> v)
    {
        var four = v.GetLower() + v.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    public readonly record struct Fit(double Scale, double Min, double Error);

    /// <summary>Σwq, Σwq² and Σwxq of one rounding.</summary>
    public readonly record struct CodeSums(double Q, double QQ, double XQ)
    {
        /// <summary>By how much the best scale for these codes lowers the error below Σwx².</summary>
        public double Gain => QQ > 0 ? XQ * XQ / QQ : 0;
    }

    /// <summary>Σw, Σwx and Σwx²: what the error needs besides the codes.</summary>
    public readonly struct Moments
    {
        public Moments(ReadOnlySpan<float> x, ReadOnlySpan<float> w)
        {
            var (ws, xs, xxs) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
            for (var i = 0; i < x.Length; i += 8)
            {
                var xi = Vector256.Create(x[i..]);
                var wi = Vector256.Create(w[i..]);
                ws += wi;
                xs += wi * xi;
                xxs += wi * xi * xi;
            }
            (W, X, XX) = (Sum(ws), Sum(xs), Sum(xxs));
        }

        public double W { get; }

        public double X { get; }

        public double XX { get; }

        /// <summary>Σw(s·q + m − x)².</summary>
        public double Error(double s, double m, CodeSums codes) =>
            XX + s * s * codes.QQ + m * m * W + 2 * (s * m * codes.Q - s * codes.XQ - m * X);

        /// <summary>The best s > 0 and m ≤ 0 for s·q + m; an infinite error where there is none, as when all codes are the same.</summary>
        public Fit Solve(CodeSums codes)
        {
            var determinant = W * codes.QQ - codes.Q * codes.Q;
            if (!(determinant > 0)) return new(0, 0, double.PositiveInfinity);
            var scale = (W * codes.XQ - X * codes.Q) / determinant;
            var min = (codes.QQ * X - codes.Q * codes.XQ) / determinant;
            if (min > 0) (scale, min) = (codes.XQ / codes.QQ, 0);
            return scale > 0 ? new(scale, min, Error(scale, min, codes)) : new(0, 0, double.PositiveInfinity);
        }
    }
}
