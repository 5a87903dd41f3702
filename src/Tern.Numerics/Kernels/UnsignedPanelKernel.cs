using System.Runtime.CompilerServices;
using Tern.Numerics.Kernels.Panels;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Panels of small unsigned codes (2 to 6 bits) times int8 activations. Products of bytes are added in int16 as far as they fit
/// (<see cref="IPanelFormat{TSelf}.Int16Sums"/>), then in int32, exactly; once per group the sum is scaled and added to a float accumulator.
/// The zero point costs nothing: it is the start of the integer sum, -ZeroPoint * (sum of the activations).
/// </summary>
static unsafe class UnsignedPanelKernel<TRegister, TPanel>
    where TRegister : unmanaged, IRegister<TRegister>
    where TPanel : struct, IPanelFormat<TPanel>
{
    const int GroupSize = Activations.BlockSize;

    /// <summary>How far ahead of the panel to prefetch: decode streams each panel once.</summary>
    const int PrefetchBytes = 2048;

    /// <summary>y[0 .. rows - 1] for one token.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void OneToken(byte* panel, int blocks, Activations x, int token, float* y, int rows)
    {
        var groups = TPanel.WeightsPerBlock / GroupSize;
        var quants = x.Quants + (long)token * x.Blocks * GroupSize;
        var scales = x.Scales + (long)token * x.Blocks;
        var sums = x.HalfSums + (long)token * x.Blocks * 2;
        var sum = TRegister.Zero;
        for (var block = 0; block < blocks; block++, panel += TPanel.BytesPerPanelBlock)
        {
            for (var line = 0; line < TPanel.BytesPerPanelBlock; line += 64) TRegister.Prefetch(panel + PrefetchBytes + line);
            for (var group = 0; group < groups; group++)
            {
                sum = Accumulate(
                    TPanel.Codes<TRegister>(panel, group, 0), TPanel.Codes<TRegister>(panel, group, 1),
                    TPanel.Codes<TRegister>(panel, group, 2), TPanel.Codes<TRegister>(panel, group, 3),
                    TPanel.Codes<TRegister>(panel, group, 4), TPanel.Codes<TRegister>(panel, group, 5),
                    TPanel.Codes<TRegister>(panel, group, 6), TPanel.Codes<TRegister>(panel, group, 7),
                    panel, group, quants, *scales, sums, sum);
                quants += GroupSize;
                scales++;
                sums += 2;
            }
        }
        Store(sum, y, rows);
    }

    /// <summary>y[token .. token + 3, 0 .. rows - 1]: codes are decoded once for four tokens.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void FourTokens(byte* panel, int blocks, Activations x, int token, float* y, int stride, int rows)
    {
        var groups = TPanel.WeightsPerBlock / GroupSize;
        long tokenBlocks = x.Blocks, tokenQuants = tokenBlocks * GroupSize;
        var quants = x.Quants + token * tokenQuants;
        var scales = x.Scales + token * tokenBlocks;
        var sums = x.HalfSums + token * tokenBlocks * 2;
        TRegister sum0 = TRegister.Zero, sum1 = TRegister.Zero, sum2 = TRegister.Zero, sum3 = TRegister.Zero;
        for (var block = 0; block < blocks; block++, panel += TPanel.BytesPerPanelBlock)
        {
            for (var group = 0; group < groups; group++)
            {
                var c0 = TPanel.Codes<TRegister>(panel, group, 0);
                var c1 = TPanel.Codes<TRegister>(panel, group, 1);
                var c2 = TPanel.Codes<TRegister>(panel, group, 2);
                var c3 = TPanel.Codes<TRegister>(panel, group, 3);
                var c4 = TPanel.Codes<TRegister>(panel, group, 4);
                var c5 = TPanel.Codes<TRegister>(panel, group, 5);
                var c6 = TPanel.Codes<TRegister>(panel, group, 6);
                var c7 = TPanel.Codes<TRegister>(panel, group, 7);
                sum0 = Accumulate(c0, c1, c2, c3, c4, c5, c6, c7, panel, group, quants, scales[0], sums, sum0);
                sum1 = Accumulate(
                    c0, c1, c2, c3, c4, c5, c6, c7, panel, group, quants + tokenQuants, scales[tokenBlocks], sums + 2 * tokenBlocks, sum1);
                sum2 = Accumulate(
                    c0, c1, c2, c3, c4, c5, c6, c7, panel, group, quants + 2 * tokenQuants, scales[2 * tokenBlocks], sums + 4 * tokenBlocks, sum2);
                sum3 = Accumulate(
                    c0, c1, c2, c3, c4, c5, c6, c7, panel, group, quants + 3 * tokenQuants, scales[3 * tokenBlocks], sums + 6 * tokenBlocks, sum3);
                quants += GroupSize;
                scales++;
                sums += 2;
            }
        }
        y += (long)token * stride;
        Store(sum0, y, rows);
        Store(sum1, y + stride, rows);
        Store(sum2, y + 2L * stride, rows);
        Store(sum3, y + 3L * stride, rows);
    }

    /// <summary>sum + one group of one token.</summary>
    [MethodImpl(AggressiveInlining)]
    static TRegister Accumulate(
        TRegister c0, TRegister c1, TRegister c2, TRegister c3, TRegister c4, TRegister c5, TRegister c6, TRegister c7,
        byte* panel, int group, sbyte* quants, float activationScale, int* halfSums, TRegister sum)
    {
        var scale = TRegister.Broadcast(activationScale);
        if (TPanel.ScalesPerGroup == 1)
        {
            var activationSum = halfSums[0] + halfSums[1];
            var dot = Dot(c0, c1, c2, c3, c4, c5, c6, c7, quants);
            if (TPanel.ZeroPoint != 0) dot = TRegister.AddInt32(dot, TRegister.Broadcast(-TPanel.ZeroPoint * activationSum));
            sum = TRegister.MultiplyAdd(TRegister.ToSingle(dot), TRegister.Multiply(TPanel.Scale<TRegister>(panel, group, 0), scale), sum);
            return TPanel.HasMinimum ? SubtractMinimum(panel, group, 0, activationScale, activationSum, sum) : sum;
        }

        var first = Dot(c0, c1, c2, c3, quants);
        var second = Dot(c4, c5, c6, c7, quants + 16);
        if (TPanel.ZeroPoint != 0)
        {
            first = TRegister.AddInt32(first, TRegister.Broadcast(-TPanel.ZeroPoint * halfSums[0]));
            second = TRegister.AddInt32(second, TRegister.Broadcast(-TPanel.ZeroPoint * halfSums[1]));
        }
        sum = TRegister.MultiplyAdd(TRegister.ToSingle(first), TRegister.Multiply(TPanel.Scale<TRegister>(panel, group, 0), scale), sum);
        sum = TRegister.MultiplyAdd(TRegister.ToSingle(second), TRegister.Multiply(TPanel.Scale<TRegister>(panel, group, 1), scale), sum);
        if (!TPanel.HasMinimum) return sum;
        sum = SubtractMinimum(panel, group, 0, activationScale, halfSums[0], sum);
        return SubtractMinimum(panel, group, 1, activationScale, halfSums[1], sum);
    }

    [MethodImpl(AggressiveInlining)]
    static TRegister SubtractMinimum(byte* panel, int group, int half, float activationScale, int activationSum, TRegister sum) =>
        TRegister.MultiplyAdd(TPanel.Minimum<TRegister>(panel, group, half), TRegister.Broadcast(-activationScale * activationSum), sum);

    /// <summary>32 columns: 16 int32 sums.</summary>
    [MethodImpl(AggressiveInlining)]
    static TRegister Dot(
        TRegister c0, TRegister c1, TRegister c2, TRegister c3, TRegister c4, TRegister c5, TRegister c6, TRegister c7, sbyte* quants) =>
        TPanel.Int16Sums >= 8
            ? Widen(TRegister.AddInt16(Products(c0, c1, c2, c3, quants), Products(c4, c5, c6, c7, quants + 16)))
            : TRegister.AddInt32(Dot(c0, c1, c2, c3, quants), Dot(c4, c5, c6, c7, quants + 16));

    /// <summary>16 columns: 16 int32 sums.</summary>
    [MethodImpl(AggressiveInlining)]
    static TRegister Dot(TRegister c0, TRegister c1, TRegister c2, TRegister c3, sbyte* quants) =>
        TPanel.Int16Sums >= 4
            ? Widen(Products(c0, c1, c2, c3, quants))
            : TRegister.AddInt32(Widen(Products(c0, c1, quants)), Widen(Products(c2, c3, quants + 8)));

    [MethodImpl(AggressiveInlining)]
    static TRegister Products(TRegister c0, TRegister c1, TRegister c2, TRegister c3, sbyte* quants) =>
        TRegister.AddInt16(Products(c0, c1, quants), Products(c2, c3, quants + 8));

    [MethodImpl(AggressiveInlining)]
    static TRegister Products(TRegister c0, TRegister c1, sbyte* quants) => TRegister.AddInt16(
        TRegister.MultiplyAddBytes(c0, TRegister.Broadcast(*(int*)quants)),
        TRegister.MultiplyAddBytes(c1, TRegister.Broadcast(*(int*)(quants + 4))));

    [MethodImpl(AggressiveInlining)]
    static TRegister Widen(TRegister int16) => TRegister.MultiplyAddInt16(int16, TRegister.Broadcast(0x0001_0001));

    [MethodImpl(AggressiveInlining)]
    internal static void Store(TRegister sum, float* y, int rows)
    {
        if (rows == WeightMatrix.RowsPerUnit)
        {
            TRegister.Store(sum, y);
            return;
        }
        var lanes = stackalloc float[WeightMatrix.RowsPerUnit];
        TRegister.Store(sum, lanes);
        for (var row = 0; row < rows; row++) y[row] = lanes[row];
    }
}
