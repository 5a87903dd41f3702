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

    /// <summary>The activations of a tile in a block of 32 columns; those of the next token follow.</summary>
    struct Input(Activations x, int token)
    {
        public sbyte* Quants = x.Quants + x.IndexOf(token, 0) * GroupSize;
        public float* Scales = x.Scales + x.IndexOf(token, 0);
        public int* NegatedSums = x.NegatedSums + x.IndexOf(token, 0) * Activations.SumsPerBlock;
        public float* Corrections = x.Corrections + x.IndexOf(token, 0) * Activations.SumsPerBlock;

        /// <summary>To the next block.</summary>
        [MethodImpl(AggressiveInlining)]
        public void Advance(int interleaved)
        {
            Quants += interleaved * GroupSize;
            Scales += interleaved;
            NegatedSums += interleaved * Activations.SumsPerBlock;
            Corrections += interleaved * Activations.SumsPerBlock;
        }
    }

    /// <summary>
    /// y[token .. token + tokens - 1, 0 .. rows - 1]: codes and scales are decoded once for all tokens of the tile. Codes and sums live in L1, and
    /// the products are methods of their own: so many operations in one are more than the JIT compiler tracks, and what it does not inline then is single
    /// instructions, called.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Tile(byte* panel, int blocks, Activations x, int token, int tokens, float* y, int stride, int rows)
    {
        var groups = TPanel.WeightsPerBlock / GroupSize;
        var input = new Input(x, token);
        var codes = stackalloc TRegister[QuadsPerGroup];
        var sums = stackalloc TRegister[MaxTokens];
        for (var i = 0; i < tokens; i++) sums[i] = TRegister.Zero;
        for (var block = 0; block < blocks; block++, panel += TPanel.BytesPerPanelBlock)
        {
            if (tokens == 1)
                for (var line = 0; line < TPanel.BytesPerPanelBlock; line += 64) TRegister.Prefetch(panel + PrefetchBytes + line);
            for (var group = 0; group < groups; group++, input.Advance(x.Interleaved))
            {
                for (var quad = 0; quad < QuadsPerGroup; quad++) codes[quad] = TPanel.Codes<TRegister>(panel, group, quad);
                if (TPanel.ScalesPerGroup == 1)
                {
                    AddGroup(codes, panel, group, input, tokens, sums);
                    continue;
                }
                for (var half = 0; half < 2; half++) AddHalf(codes, panel, group, half, input, tokens, sums);
            }
        }
        for (var i = 0; i < tokens; i++) Store(sums[i], y + (long)(token + i) * stride, rows);
    }

    /// <summary>sums[i] += 32 columns with a scale.</summary>
    [MethodImpl(NoInlining | AggressiveOptimization)]
    static void AddGroup(TRegister* codes, byte* panel, int group, in Input x, int tokens, TRegister* sums)
    {
        var scale = TPanel.Scale<TRegister>(panel, group, 0);
        var minimum = TPanel.HasMinimum ? TPanel.Minimum<TRegister>(panel, group, 0) : default;
        for (var i = 0; i < tokens; i++)
            sums[i] = AddScaled(Dot(codes, x.Quants + i * GroupSize), scale, minimum, x, i, 2, sums[i]);
    }

    /// <summary>sums[i] += one half of 32 columns, 16, with a scale.</summary>
    [MethodImpl(NoInlining | AggressiveOptimization)]
    static void AddHalf(TRegister* codes, byte* panel, int group, int half, in Input x, int tokens, TRegister* sums)
    {
        var scale = TPanel.Scale<TRegister>(panel, group, half);
        var minimum = TPanel.HasMinimum ? TPanel.Minimum<TRegister>(panel, group, half) : default;
        for (var i = 0; i < tokens; i++)
            sums[i] = AddScaled(DotOfHalf(codes + 4 * half, x.Quants + i * GroupSize + 16 * half), scale, minimum, x, i, half, sums[i]);
    }

    /// <summary>sum + (dot - ZeroPoint * s) * scale * activationScale - minimum * activationScale * s, where s is the sum of the activations of a part of their block.</summary>
    [MethodImpl(AggressiveInlining)]
    static TRegister AddScaled(TRegister dot, TRegister scale, TRegister minimum, in Input x, int token, int part, TRegister sum)
    {
        var sumIndex = token * Activations.SumsPerBlock + part;
        if (TPanel.ZeroPoint != 0) dot = TRegister.AddInt32(dot, TRegister.Broadcast(TPanel.ZeroPoint * x.NegatedSums[sumIndex]));
        sum = TRegister.MultiplyAdd(TRegister.ToSingle(dot), TRegister.Multiply(scale, TRegister.Broadcast(x.Scales[token])), sum);
        return TPanel.HasMinimum ? TRegister.MultiplyAdd(minimum, TRegister.Broadcast(x.Corrections[sumIndex]), sum) : sum;
    }

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
