using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;

namespace Tern.Numerics.Kernels;

/// <summary>
/// exp by range reduction, x = n ln 2 + r with |r| &lt;= ln 2 / 2 (Cody and Waite), and the Taylor polynomial of degree 7, whose error there is below
/// half a unit in the last place. Below -87.7 the result is exactly 0, above 88.3 it stays at exp(88.3); NaN stays NaN.
/// </summary>
static class Exponential<TRegister> where TRegister : unmanaged, IRegister<TRegister>
{
    const float LogTwoOfE = 1.44269504f;
    const float NaturalLogOfTwoHigh = 0.693359375f, NaturalLogOfTwoLow = -2.12194440e-4f;
    const float Lowest = -88.03f, Highest = 88.3f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Of(TRegister x)
    {
        x = TRegister.Min(TRegister.Broadcast(Highest), TRegister.Max(TRegister.Broadcast(Lowest), x));      // x second: NaN stays
        var n = TRegister.RoundToInt32(TRegister.Multiply(x, TRegister.Broadcast(LogTwoOfE)));
        var whole = TRegister.ToSingle(n);
        var r = TRegister.MultiplyAdd(whole, TRegister.Broadcast(-NaturalLogOfTwoHigh), x);
        r = TRegister.MultiplyAdd(whole, TRegister.Broadcast(-NaturalLogOfTwoLow), r);
        var p = TRegister.Broadcast(1f / 5040);
        p = TRegister.MultiplyAdd(p, r, TRegister.Broadcast(1f / 720));
        p = TRegister.MultiplyAdd(p, r, TRegister.Broadcast(1f / 120));
        p = TRegister.MultiplyAdd(p, r, TRegister.Broadcast(1f / 24));
        p = TRegister.MultiplyAdd(p, r, TRegister.Broadcast(1f / 6));
        p = TRegister.MultiplyAdd(p, r, TRegister.Broadcast(0.5f));
        p = TRegister.MultiplyAdd(p, r, TRegister.Broadcast(1f));
        p = TRegister.MultiplyAdd(p, r, TRegister.Broadcast(1f));
        var power = TRegister.ShiftLeftInt32(TRegister.AddInt32(n, TRegister.Broadcast(127)), 23);     // 2^n; n = -127 gives 0
        return TRegister.Multiply(p, power);
    }

    /// <summary>value * sigmoid(x) = value / (1 + exp(-x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister SigmoidProduct(TRegister x, TRegister value) =>
        TRegister.Divide(value, TRegister.Add(TRegister.Broadcast(1f), Of(TRegister.Subtract(TRegister.Zero, x))));
}
