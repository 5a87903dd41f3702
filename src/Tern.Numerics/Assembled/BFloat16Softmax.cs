using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Assembled;

/// <summary>Online softmax of a strip of queries over a block, in powers of two, with weights that are rounded to BF16 in the end.</summary>
static unsafe class BFloat16Softmax
{
    const int Lanes = 16;
    const int KeysPerBlock = BFloat16Scratch.KeysPerBlock, Queries = BFloat16Scratch.QueriesPerStrip;

    /// <param name="scores">[24, 128], logarithms to base 2; -infinity for what a query does not see.</param>
    /// <param name="weights">[24, 128], 2^(score - maximum).</param>
    /// <param name="maxima">Are raised.</param>
    /// <param name="sums">[24, 16]: weights are added to the lane they stand in, before they are rounded.</param>
    /// <param name="corrections">What was summed before must be multiplied by this.</param>
    public static void Update(float* scores, ushort* weights, float* maxima, float* sums, float* corrections)
    {
        RaiseMaxima(scores, maxima, corrections);
        ToWeights(scores, weights, maxima, sums, corrections);
    }

    [MethodImpl(AggressiveOptimization)]
    static void RaiseMaxima(float* scores, float* maxima, float* corrections)
    {
        for (var query = 0; query < Queries; query++, scores += KeysPerBlock)
        {
            var largest = Vector512.Load(scores);
            for (var i = Lanes; i < KeysPerBlock; i += Lanes) largest = Avx512F.Max(largest, Vector512.Load(scores + i));
            corrections[query] = 1;
            if (Vector512.LessThanOrEqualAll(largest, Vector512.Create(maxima[query]))) continue;
            var raised = Vector512.Create(Register256.ReduceMax(Vector256.Max(largest.GetLower(), largest.GetUpper())));
            corrections[query] = PowerOfTwo(Vector512.Create(maxima[query]) - raised).ToScalar();
            maxima[query] = raised.ToScalar();
        }
    }

    [MethodImpl(AggressiveOptimization)]
    static void ToWeights(float* scores, ushort* weights, float* maxima, float* sums, float* corrections)
    {
        for (var query = 0; query < Queries; query++, scores += KeysPerBlock, weights += KeysPerBlock)
        {
            var max = Vector512.Create(maxima[query]);
            var sum = Vector512.Load(sums + query * Lanes) * Vector512.Create(corrections[query]);
            for (var i = 0; i < KeysPerBlock; i += 2 * Lanes)
            {
                var low = PowerOfTwo(Vector512.Load(scores + i) - max);
                var high = PowerOfTwo(Vector512.Load(scores + i + Lanes) - max);
                sum += low + high;
                StoreWeights(low, high, weights + i);
            }
            sum.Store(sums + query * Lanes);
        }
    }

    /// <summary>To nearest BF16, ties up: an addition does for numbers that are not negative.</summary>
    [MethodImpl(AggressiveInlining)]
    static void StoreWeights(Vector512<float> low, Vector512<float> high, ushort* target)
    {
        var half = Vector512.Create(0x8000);
        var upperHalves = Vector512.Create((short)1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63);
        Avx512BW.PermuteVar32x16x2((low.AsInt32() + half).AsInt16(), upperHalves, (high.AsInt32() + half).AsInt16()).AsUInt16().Store(target);
    }

    /// <summary>
    /// 2^x = 2^floor(x) * 2^r, with the polynomial of degree 4 whose largest relative error over 0 &lt;= r &lt; 1 is the smallest (2.6e-6, by Remez'
    /// exchange); a rounding to BF16 is a thousand times as much. 0 for -infinity, NaN for NaN.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    static Vector512<float> PowerOfTwo(Vector512<float> x)
    {
        const byte Floor = 1;
        var r = Avx512DQ.Reduce(x, Floor);                       // x - floor(x)
        var p = Vector512.Create(0.0135341678f);
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(0.0520114601f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(0.241442755f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(0.693003833f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(1.00000262f));
        return Avx512F.Scale(p, x);                              // p * 2^floor(x)
    }
}
