using Tern.Numerics.Formats;
using Tern.Numerics.Registers;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Rounds rows of <see cref="Activations"/> to int8 and to bfloat16. A block of int8 with a number that is not finite gets NaN as its scale, so that
/// every product with it is NaN: damage must not end in plausible text.
/// </summary>
static unsafe class ActivationRounding<TRegister> where TRegister : unmanaged, IRegister<TRegister>
{
    const float Largest = 127;

    /// <summary>Makes forms of the rows [start, end), columns [firstColumn, endColumn), whole blocks.</summary>
    public static void Prepare(Activations x, int start, int end, int firstColumn, int endColumn, ActivationForms forms)
    {
        if ((forms & (ActivationForms.Quants | ActivationForms.Pairs)) != 0) Round(x, start, end, firstColumn, endColumn, (forms & ActivationForms.Pairs) != 0);
        if ((forms & ActivationForms.BFloat16) != 0) RoundToBFloat16(x, start, end, firstColumn, endColumn);
    }

    static void Round(Activations x, int start, int end, int firstColumn, int endColumn, bool withPairs)
    {
        for (var token = start; token < end; token++)
        {
            var row = x.Values + (long)token * x.Columns;
            for (var column = firstColumn; column < endColumn; column += Activations.BlockSize)
            {
                var index = x.IndexOf(token, column / Activations.BlockSize);
                var width = Math.Min(Activations.BlockSize, endColumn - column);
                var values = row + column;
                if (width == Activations.BlockSize) RoundBlock(x, values, index, withPairs);
                else RoundPartialBlock(x, values, width, index, withPairs);
            }
        }
    }

    static void RoundPartialBlock(Activations x, float* values, int width, long index, bool withPairs)
    {
        var padded = stackalloc float[Activations.BlockSize];
        new Span<float>(padded, Activations.BlockSize).Clear();
        new ReadOnlySpan<float>(values, width).CopyTo(new Span<float>(padded, Activations.BlockSize));
        RoundBlock(x, padded, index, withPairs);
    }

    static void RoundBlock(Activations x, float* values, long index, bool withPairs)
    {
        var low = TRegister.Load(values);
        var high = TRegister.Load(values + 16);
        var max = LargestMagnitude(low, high);
        var scale = max / Largest;
        var inverse = Largest / max;
        if (!float.IsFinite(inverse)) inverse = 0;      // subnormal blocks round to zero
        if (!float.IsFinite(scale)) (scale, inverse, low, high) = (float.NaN, 0, TRegister.Zero, TRegister.Zero);

        var firstHalf = TRegister.RoundToInt32(TRegister.Multiply(low, TRegister.Broadcast(inverse)));
        var secondHalf = TRegister.RoundToInt32(TRegister.Multiply(high, TRegister.Broadcast(inverse)));
        var quants = x.Quants + index * Activations.BlockSize;
        TRegister.StoreSBytes(firstHalf, quants);
        TRegister.StoreSBytes(secondHalf, quants + 16);
        if (withPairs) StorePairs(quants, x.Pairs + index * Activations.BlockSize);

        var (firstSum, secondSum) = (TRegister.SumInt32(firstHalf), TRegister.SumInt32(secondHalf));
        x.Scales[index] = scale;
        StoreSum(x, index, 0, firstSum, scale);
        StoreSum(x, index, 1, secondSum, scale);
        StoreSum(x, index, 2, firstSum + secondSum, scale);
    }

    /// <summary>The largest magnitude of 32 numbers; NaN or infinite if one of them is.</summary>
    static float LargestMagnitude(TRegister low, TRegister high)
    {
        var lowMagnitudes = TRegister.Max(low, TRegister.Subtract(TRegister.Zero, low));
        var highMagnitudes = TRegister.Max(high, TRegister.Subtract(TRegister.Zero, high));
        var max = TRegister.Max(lowMagnitudes, highMagnitudes);                                     // a NaN of the first is lost here,
        return TRegister.ReduceMax(TRegister.MultiplyAdd(lowMagnitudes, TRegister.Zero, max));      // and comes back here
    }

    static void StorePairs(sbyte* quants, short* pairs)
    {
        for (var i = 0; i < Activations.BlockSize; i += 4)
        {
            pairs[i] = quants[i];
            pairs[i + 1] = quants[i + 2];
            pairs[i + 2] = quants[i + 1];
            pairs[i + 3] = quants[i + 3];
        }
    }

    static void StoreSum(Activations x, long index, int part, int sum, float scale)
    {
        x.NegatedSums[Activations.SumsPerBlock * index + part] = -sum;
        x.Corrections[Activations.SumsPerBlock * index + part] = -scale * sum;
    }

    static void RoundToBFloat16(Activations x, int start, int end, int firstColumn, int endColumn)
    {
        var pairs = (x.Columns + 1) / 2;
        for (var token = start; token < end; token++)
        {
            var row = x.Values + (long)token * x.Columns;
            var target = (uint*)x.BFloat16Pairs + ((long)(token / x.Interleaved) * pairs + firstColumn / 2) * x.Interleaved + token % x.Interleaved;
            for (var column = firstColumn; column + 1 < endColumn; column += 2, target += x.Interleaved)
                *target = BF16.FromSingle(row[column]) | (uint)BF16.FromSingle(row[column + 1]) << 16;
            if (endColumn % 2 != 0) *target = BF16.FromSingle(row[endColumn - 1]);
        }
    }
}
