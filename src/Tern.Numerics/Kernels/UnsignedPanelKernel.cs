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
    /// <summary>Tokens of a tile.</summary>
    public const int MaxTokens = 8;

    const int GroupSize = Activations.BlockSize;
    const int QuadsPerGroup = GroupSize / 4;

    /// <summary>How far ahead of the panel to prefetch: decode streams each panel once.</summary>
    const int PrefetchBytes = 2048;

    /// <summary>y[0 .. rows - 1] for one token.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void OneToken(byte* panel, int blocks, Activations x, int token, float* y, int rows)
    {
        var groups = TPanel.WeightsPerBlock / GroupSize;
        var (index, step) = (x.IndexOf(token, 0), x.Interleaved);
        var codes = stackalloc TRegister[QuadsPerGroup];
        var sum = TRegister.Zero;
        for (var block = 0; block < blocks; block++, panel += TPanel.BytesPerPanelBlock)
        {
            for (var line = 0; line < TPanel.BytesPerPanelBlock; line += 64) TRegister.Prefetch(panel + PrefetchBytes + line);
            for (var group = 0; group < groups; group++, index += step)
            {
                for (var quad = 0; quad < QuadsPerGroup; quad++) codes[quad] = TPanel.Codes<TRegister>(panel, group, quad);
                sum = Accumulate(codes, panel, group, x, index, sum);
            }
        }
        Store(sum, y, rows);
    }

    /// <summary>
    /// y[token .. token + tokens - 1, 0 .. rows - 1]: codes are decoded once for all tokens of the tile. Codes and sums live in L1, because so
    /// many inlined operations on named registers are more than the JIT compiler tracks.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Tile(byte* panel, int blocks, Activations x, int token, int tokens, float* y, int stride, int rows)
    {
        var groups = TPanel.WeightsPerBlock / GroupSize;
        var (index, step) = (x.IndexOf(token, 0), x.Interleaved);
        var codes = stackalloc TRegister[QuadsPerGroup];
        var sums = stackalloc TRegister[MaxTokens];
        for (var i = 0; i < tokens; i++) sums[i] = TRegister.Zero;
        for (var block = 0; block < blocks; block++, panel += TPanel.BytesPerPanelBlock)
        {
            for (var group = 0; group < groups; group++, index += step)
            {
                for (var quad = 0; quad < QuadsPerGroup; quad++) codes[quad] = TPanel.Codes<TRegister>(panel, group, quad);
                for (var i = 0; i < tokens; i++) sums[i] = Accumulate(codes, panel, group, x, index + i, sums[i]);
            }
        }
        for (var i = 0; i < tokens; i++) Store(sums[i], y + (long)(token + i) * stride, rows);
    }

    /// <summary>sum + one group of one token.</summary>
    [MethodImpl(AggressiveInlining)]
    static TRegister Accumulate(TRegister* codes, byte* panel, int group, Activations x, long index, TRegister sum)
    {
        var quants = x.Quants + index * GroupSize;
        var scale = TRegister.Broadcast(x.Scales[index]);
        var sums = x.NegatedSums + index * Activations.SumsPerBlock;
        var corrections = x.Corrections + index * Activations.SumsPerBlock;
        if (TPanel.ScalesPerGroup == 1)
        {
            sum = AddScaled(Dot(codes, quants), sums[2], TRegister.Multiply(TPanel.Scale<TRegister>(panel, group, 0), scale), sum);
            return TPanel.HasMinimum ? AddCorrection(panel, group, 0, corrections[2], sum) : sum;
        }
        for (var half = 0; half < 2; half++)
        {
            sum = AddScaled(
                DotOfHalf(codes + 4 * half, quants + 16 * half), sums[half], TRegister.Multiply(TPanel.Scale<TRegister>(panel, group, half), scale), sum);
            if (TPanel.HasMinimum) sum = AddCorrection(panel, group, half, corrections[half], sum);
        }
        return sum;
    }

    /// <summary>sum + (dot + ZeroPoint * negatedSum) * scale.</summary>
    [MethodImpl(AggressiveInlining)]
    static TRegister AddScaled(TRegister dot, int negatedSum, TRegister scale, TRegister sum)
    {
        if (TPanel.ZeroPoint != 0) dot = TRegister.AddInt32(dot, TRegister.Broadcast(TPanel.ZeroPoint * negatedSum));
        return TRegister.MultiplyAdd(TRegister.ToSingle(dot), scale, sum);
    }

    [MethodImpl(AggressiveInlining)]
    static TRegister AddCorrection(byte* panel, int group, int half, float correction, TRegister sum) =>
        TRegister.MultiplyAdd(TPanel.Minimum<TRegister>(panel, group, half), TRegister.Broadcast(correction), sum);

    /// <summary>32 columns: 16 int32 sums.</summary>
    [MethodImpl(AggressiveInlining)]
    static TRegister Dot(TRegister* codes, sbyte* quants) => TPanel.Int16Sums >= 8
        ? Widen(TRegister.AddInt16(FourProducts(codes, quants), FourProducts(codes + 4, quants + 16)))
        : TRegister.AddInt32(DotOfHalf(codes, quants), DotOfHalf(codes + 4, quants + 16));

    /// <summary>16 columns: 16 int32 sums.</summary>
    [MethodImpl(AggressiveInlining)]
    static TRegister DotOfHalf(TRegister* codes, sbyte* quants) => TPanel.Int16Sums >= 4
        ? Widen(FourProducts(codes, quants))
        : TRegister.AddInt32(Widen(TwoProducts(codes, quants)), Widen(TwoProducts(codes + 2, quants + 8)));

    [MethodImpl(AggressiveInlining)]
    static TRegister FourProducts(TRegister* codes, sbyte* quants) =>
        TRegister.AddInt16(TwoProducts(codes, quants), TwoProducts(codes + 2, quants + 8));

    [MethodImpl(AggressiveInlining)]
    static TRegister TwoProducts(TRegister* codes, sbyte* quants) => TRegister.AddInt16(
        TRegister.MultiplyAddBytes(codes[0], TRegister.Broadcast(*(int*)quants)),
        TRegister.MultiplyAddBytes(codes[1], TRegister.Broadcast(*(int*)(quants + 4))));

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
