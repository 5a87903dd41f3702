using Tern.Numerics.Registers;

namespace Tern.Numerics.Kernels;

/// <summary>Rounds rows of <see cref="Activations"/> to int8.</summary>
static unsafe class ActivationRounding<TRegister> where TRegister : unmanaged, IRegister<TRegister>
{
    const float Largest = 127;

    /// <summary>Rounds the rows [start, end).</summary>
    public static void Round(Activations x, int start, int end)
    {
        var blocks = x.Blocks;
        for (var token = start; token < end; token++)
        {
            var row = x.Values + (long)token * x.Columns;
            for (var block = 0; block < blocks; block++)
            {
                var index = x.IndexOf(token, block);
                var width = Math.Min(Activations.BlockSize, x.Columns - block * Activations.BlockSize);
                var values = row + block * Activations.BlockSize;
                if (width == Activations.BlockSize) RoundBlock(x, values, index);
                else RoundPartialBlock(x, values, width, index);
            }
        }
    }

    static void RoundPartialBlock(Activations x, float* values, int width, long index)
    {
        var padded = stackalloc float[Activations.BlockSize];
        new Span<float>(padded, Activations.BlockSize).Clear();
        new ReadOnlySpan<float>(values, width).CopyTo(new Span<float>(padded, Activations.BlockSize));
        RoundBlock(x, padded, index);
    }

    static void RoundBlock(Activations x, float* values, long index)
    {
        var low = TRegister.Load(values);
        var high = TRegister.Load(values + 16);
        var max = TRegister.ReduceMax(TRegister.Max(
            TRegister.Max(low, TRegister.Subtract(TRegister.Zero, low)),
            TRegister.Max(high, TRegister.Subtract(TRegister.Zero, high))));
        var scale = max / Largest;
        var inverse = TRegister.Broadcast(scale > 0 ? Largest / max : 0);
        if (!float.IsFinite(Largest / max)) inverse = TRegister.Zero;      // subnormal blocks round to zero

        var rounded = stackalloc int[Activations.BlockSize];
        TRegister.Store(TRegister.RoundToInt32(TRegister.Multiply(low, inverse)), rounded);
        TRegister.Store(TRegister.RoundToInt32(TRegister.Multiply(high, inverse)), rounded + 16);

        var quants = x.Quants + index * Activations.BlockSize;
        var pairs = x.Pairs + index * Activations.BlockSize;
        int firstSum = 0, secondSum = 0;
        for (var i = 0; i < Activations.BlockSize; i += 4)
        {
            var (a, b, c, d) = (rounded[i], rounded[i + 1], rounded[i + 2], rounded[i + 3]);
            *(int*)(quants + i) = (a & 0xFF) | (b & 0xFF) << 8 | (c & 0xFF) << 16 | d << 24;
            *(int*)(pairs + i) = (a & 0xFFFF) | c << 16;
            *(int*)(pairs + i + 2) = (b & 0xFFFF) | d << 16;
            if (i < 16) firstSum += a + b + c + d;
            else secondSum += a + b + c + d;
        }
        x.Scales[index] = scale;
        StoreSum(x, index, 0, firstSum, scale);
        StoreSum(x, index, 1, secondSum, scale);
        StoreSum(x, index, 2, firstSum + secondSum, scale);
    }

    static void StoreSum(Activations x, long index, int part, int sum, float scale)
    {
        x.NegatedSums[Activations.SumsPerBlock * index + part] = -sum;
        x.Corrections[Activations.SumsPerBlock * index + part] = -scale * sum;
    }
}
