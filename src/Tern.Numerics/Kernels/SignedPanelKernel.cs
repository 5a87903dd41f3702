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
        var step = x.Interleaved;
        var pairs = x.Pairs + x.IndexOf(token, 0) * GroupSize;
        var scales = x.Scales + x.IndexOf(token, 0);
        var sum = TRegister.Zero;
        for (var block = 0; block < blocks; block++, panel += TPanel.BytesPerPanelBlock)
        {
            for (var line = 0; line < TPanel.BytesPerPanelBlock; line += 64) TRegister.Prefetch(panel + PrefetchBytes + line);
            for (var group = 0; group < groups; group++, pairs += step * GroupSize, scales += step)
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

    /// <summary>y[token .. token + tokens - 1, 0 .. rows - 1]: codes are widened once for all tokens of the tile, which lie side by side.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Tile(byte* panel, int blocks, Activations x, int token, int tokens, float* y, int stride, int rows)
    {
        var groups = TPanel.WeightsPerBlock / GroupSize;
        var step = x.Interleaved;
        var pairs = x.Pairs + x.IndexOf(token, 0) * GroupSize;
        var scales = x.Scales + x.IndexOf(token, 0);
        var sums = stackalloc TRegister[UnsignedPanelKernel<TRegister, TPanel>.MaxTokens];
        var dots = stackalloc TRegister[UnsignedPanelKernel<TRegister, TPanel>.MaxTokens];
        for (var i = 0; i < tokens; i++) sums[i] = TRegister.Zero;
        for (var block = 0; block < blocks; block++, panel += TPanel.BytesPerPanelBlock)
        {
            for (var group = 0; group < groups; group++, pairs += step * GroupSize, scales += step)
            {
                for (var i = 0; i < tokens; i++) dots[i] = TRegister.Zero;
                for (var quad = 0; quad < 8; quad += 4)
                {
                    var c0 = TPanel.Codes<TRegister>(panel, group, quad);
                    var c1 = TPanel.Codes<TRegister>(panel, group, quad + 1);
                    var c2 = TPanel.Codes<TRegister>(panel, group, quad + 2);
                    var c3 = TPanel.Codes<TRegister>(panel, group, quad + 3);
                    TRegister e0 = Even(c0), e1 = Even(c1), e2 = Even(c2), e3 = Even(c3);
                    TRegister o0 = Odd(c0), o1 = Odd(c1), o2 = Odd(c2), o3 = Odd(c3);
                    for (var i = 0; i < tokens; i++)
                    {
                        var a = pairs + i * GroupSize + 4 * quad;
                        var first = Multiply(e0, o0, a, dots[i]);
                        var second = Multiply(e1, o1, a + 4, TRegister.Zero);
                        first = Multiply(e2, o2, a + 8, first);
                        second = Multiply(e3, o3, a + 12, second);
                        dots[i] = TRegister.AddInt32(first, second);
                    }
                }
                for (var i = 0; i < tokens; i++) sums[i] = Scale(dots[i], panel, group, scales[i], sums[i]);
            }
        }
        for (var i = 0; i < tokens; i++) UnsignedPanelKernel<TRegister, TPanel>.Store(sums[i], y + (long)(token + i) * stride, rows);
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
