using System.Runtime.CompilerServices;
using Tern.Numerics.Kernels.Panels;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Panels of signed bytes times int8 activations. Bytes times bytes would overflow int16 sums, so the codes are widened: the even and the odd
/// bytes of each lane become int16, and meet the activations in the order of <see cref="Activations.Pairs"/>. All formats of this kind
/// have one scale per group and no minimum.
/// </summary>
static unsafe class SignedPanelKernel<TRegister, TPanel>
    where TRegister : unmanaged, IRegister<TRegister>
    where TPanel : struct, IPanelFormat<TPanel>
{
    const int GroupSize = Activations.BlockSize;
    const int PrefetchBytes = 2048;

    /// <summary>y[0 .. rows - 1] for one token.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void OneToken(byte* panel, int blocks, Activations x, int token, float* y, int rows)
    {
        var groups = TPanel.WeightsPerBlock / GroupSize;
        var pairs = x.Pairs + (long)token * x.Blocks * GroupSize;
        var scales = x.Scales + (long)token * x.Blocks;
        var sum = TRegister.Zero;
        for (var block = 0; block < blocks; block++, panel += TPanel.BytesPerPanelBlock)
        {
            for (var line = 0; line < TPanel.BytesPerPanelBlock; line += 64) TRegister.Prefetch(panel + PrefetchBytes + line);
            for (var group = 0; group < groups; group++, pairs += GroupSize, scales++)
            {
                var (first, second) = (TRegister.Zero, TRegister.Zero);
                for (var quad = 0; quad < 8; quad += 2)
                {
                    first = Multiply(TPanel.Codes<TRegister>(panel, group, quad), pairs + 4 * quad, first);
                    second = Multiply(TPanel.Codes<TRegister>(panel, group, quad + 1), pairs + 4 * quad + 4, second);
                }
                sum = Scale(TRegister.AddInt32(first, second), panel, group, *scales, sum);
            }
        }
        UnsignedPanelKernel<TRegister, TPanel>.Store(sum, y, rows);
    }

    /// <summary>y[token .. token + 3, 0 .. rows - 1]: codes are widened once for four tokens.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void FourTokens(byte* panel, int blocks, Activations x, int token, float* y, int stride, int rows)
    {
        var groups = TPanel.WeightsPerBlock / GroupSize;
        long tokenBlocks = x.Blocks;
        var tokenPairs = tokenBlocks * GroupSize;
        var pairs = x.Pairs + token * tokenPairs;
        var scales = x.Scales + token * tokenBlocks;
        TRegister sum0 = TRegister.Zero, sum1 = TRegister.Zero, sum2 = TRegister.Zero, sum3 = TRegister.Zero;
        for (var block = 0; block < blocks; block++, panel += TPanel.BytesPerPanelBlock)
        {
            for (var group = 0; group < groups; group++, pairs += GroupSize, scales++)
            {
                TRegister dot0 = TRegister.Zero, dot1 = TRegister.Zero, dot2 = TRegister.Zero, dot3 = TRegister.Zero;
                for (var quad = 0; quad < 8; quad++)
                {
                    var codes = TPanel.Codes<TRegister>(panel, group, quad);
                    var even = Even(codes);
                    var odd = Odd(codes);
                    var a = pairs + 4 * quad;
                    dot0 = Multiply(even, odd, a, dot0);
                    dot1 = Multiply(even, odd, a + tokenPairs, dot1);
                    dot2 = Multiply(even, odd, a + 2 * tokenPairs, dot2);
                    dot3 = Multiply(even, odd, a + 3 * tokenPairs, dot3);
                }
                sum0 = Scale(dot0, panel, group, scales[0], sum0);
                sum1 = Scale(dot1, panel, group, scales[tokenBlocks], sum1);
                sum2 = Scale(dot2, panel, group, scales[2 * tokenBlocks], sum2);
                sum3 = Scale(dot3, panel, group, scales[3 * tokenBlocks], sum3);
            }
        }
        y += (long)token * stride;
        UnsignedPanelKernel<TRegister, TPanel>.Store(sum0, y, rows);
        UnsignedPanelKernel<TRegister, TPanel>.Store(sum1, y + stride, rows);
        UnsignedPanelKernel<TRegister, TPanel>.Store(sum2, y + 2L * stride, rows);
        UnsignedPanelKernel<TRegister, TPanel>.Store(sum3, y + 3L * stride, rows);
    }

    [MethodImpl(AggressiveInlining)]
    static TRegister Even(TRegister codes) => TRegister.ShiftRightSignedInt16(TRegister.ShiftLeftInt16(codes, 8), 8);

    [MethodImpl(AggressiveInlining)]
    static TRegister Odd(TRegister codes) => TRegister.ShiftRightSignedInt16(codes, 8);

    [MethodImpl(AggressiveInlining)]
    static TRegister Multiply(TRegister codes, short* pairs, TRegister sum) => Multiply(Even(codes), Odd(codes), pairs, sum);

    [MethodImpl(AggressiveInlining)]
    static TRegister Multiply(TRegister even, TRegister odd, short* pairs, TRegister sum)
    {
        sum = TRegister.AddInt32(sum, TRegister.MultiplyAddInt16(even, TRegister.Broadcast(*(int*)pairs)));
        return TRegister.AddInt32(sum, TRegister.MultiplyAddInt16(odd, TRegister.Broadcast(*(int*)(pairs + 2))));
    }

    [MethodImpl(AggressiveInlining)]
    static TRegister Scale(TRegister dot, byte* panel, int group, float activationScale, TRegister sum) => TRegister.MultiplyAdd(
        TRegister.ToSingle(dot),
        TRegister.Multiply(TPanel.Scale<TRegister>(panel, group, 0), TRegister.Broadcast(activationScale)),
        sum);
}
