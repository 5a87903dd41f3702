using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tern.Models;

namespace Tern.Run.Sampling;

/// <summary>
/// Vector loops over logits. They use eight lanes, multiply and add apart (never fused) and a fixed order of summation, so that
/// the same logits give the same bits on every machine, whatever its vector width.
/// </summary>
static class Softmax
{
    static readonly int Lanes = Vector256<float>.Count;

    /// <summary>Partial sums go to double after so many elements: float error stays near 1e-6 for any vocabulary.</summary>
    const int SumBlock = 1024;

    /// <summary>The largest logit.</summary>
    /// <exception cref="TernException">A logit is NaN.</exception>
    public static float Max(ReadOnlySpan<float> logits)
    {
        var best = Vector256.Create(float.NegativeInfinity);
        var ordered = Vector256<float>.AllBitsSet;
        var i = 0;
        for (; i <= logits.Length - Lanes; i += Lanes)
        {
            var x = Vector256.Create(logits.Slice(i, Lanes));
            ordered &= Vector256.Equals(x, x);
            best = Vector256.ConditionalSelect(Vector256.GreaterThan(x, best), x, best);
        }
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Lanes; lane++) max = MathF.Max(max, best[lane]);
        var nan = ordered.ExtractMostSignificantBits() != 0xFF;
        for (; i < logits.Length; i++)
        {
            nan |= float.IsNaN(logits[i]);
            if (logits[i] > max) max = logits[i];
        }
        if (nan) ThrowNaN(logits);
        return max;
    }

    /// <summary>The first index that holds <paramref name="value"/>, or -1.</summary>
    public static int IndexOf(ReadOnlySpan<float> logits, float value)
    {
        var wanted = Vector256.Create(value);
        var i = 0;
        for (; i <= logits.Length - Lanes; i += Lanes)
        {
            var hits = Vector256.Equals(Vector256.Create(logits.Slice(i, Lanes)), wanted).ExtractMostSignificantBits();
            if (hits != 0) return i + BitOperations.TrailingZeroCount(hits);
        }
        for (; i < logits.Length; i++)
            if (logits[i] == value) return i;
        return -1;
    }

    /// <summary>x := exp(x) in place for x &lt;= 0 (negative infinity gives 0). Returns the sum.</summary>
    public static double ExpInPlace(Span<float> x)
    {
        double sum = 0;
        for (var start = 0; start < x.Length; start += SumBlock)
            sum += ExpBlock(x.Slice(start, Math.Min(SumBlock, x.Length - start)));
        return sum;
    }

    /// <summary>ln(sum(exp(x))) given the largest logit, which may be infinite.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits, float max)
    {
        if (float.IsInfinity(max)) return max;
        Span<float> block = stackalloc float[SumBlock];
        double sum = 0;
        for (var start = 0; start < logits.Length; start += SumBlock)
        {
            var length = Math.Min(SumBlock, logits.Length - start);
            for (var i = 0; i < length; i++) block[i] = logits[start + i] - max;
            sum += ExpBlock(block[..length]);
        }
        return max + Math.Log(sum);
    }

    static double ExpBlock(Span<float> x)
    {
        var sums = Vector256<float>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(x);
        foreach (ref var vector in vectors)
        {
            vector = Exp(vector);
            sums += vector;
        }
        double sum = 0;
        for (var lane = 0; lane < Lanes; lane++) sum += sums[lane];
        foreach (ref var tail in x[(vectors.Length * Lanes)..])
        {
            tail = Exp(Vector256.CreateScalar(tail)).ToScalar();
            sum += tail;
        }
        return sum;
    }

    /// <summary>
    /// exp(x) for x &lt;= 0: x = n ln2 + r with |r| &lt;= ln2 / 2, a polynomial for exp(r), n into the exponent.
    /// Relative error below 2e-7 (polynomial of Cephes expf); results below 2^-126 are 0.
    /// </summary>
    internal static Vector256<float> Exp(Vector256<float> x)
    {
        var tooSmall = Vector256.LessThan(x, Vector256.Create(-87.33654f));
        x = Vector256.ConditionalSelect(tooSmall, Vector256<float>.Zero, x);
        var n = Vector256.Floor(x * 1.44269504f + Vector256.Create(0.5f));
        var r = x - n * 0.693359375f;                  // ln2 in two parts: the first product is exact
        r -= n * -2.12194440e-4f;
        var y = Vector256.Create(1.9875691500e-4f);
        y = y * r + Vector256.Create(1.3981999507e-3f);
        y = y * r + Vector256.Create(8.3334519073e-3f);
        y = y * r + Vector256.Create(4.1665795894e-2f);
        y = y * r + Vector256.Create(1.6666665459e-1f);
        y = y * r + Vector256.Create(5.0000001201e-1f);
        y = y * (r * r) + r + Vector256<float>.One;
        var power = Vector256.ShiftLeft(Vector256.ConvertToInt32(n) + Vector256.Create(127), 23).AsSingle();
        return Vector256.ConditionalSelect(tooSmall, Vector256<float>.Zero, y * power);
    }

    static void ThrowNaN(ReadOnlySpan<float> logits)
    {
        var token = 0;
        while (!float.IsNaN(logits[token])) token++;
        throw new TernException(
            $"The logit of token {token} is not a number (NaN): the weights are damaged or an activation overflowed. " +
            "Check the model file, or run it with a wider number format.");
    }
}
