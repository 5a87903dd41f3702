using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels;

/// <summary>
/// c [rows, columns] (+)= a [rows, inner] . b [inner, columns] for the small matrices of an attention tile, all in L1: broadcast a, stream b. Each
/// element is one chain of fused multiply-adds over the inner index, whatever tile it falls into.
/// </summary>
static unsafe class SmallProduct<TRegister> where TRegister : unmanaged, IRegister<TRegister>
{
    const int Lanes = 16;

    /// <param name="columns">A multiple of 16.</param>
    public static void Run(
        float* a, int strideA, float* b, int strideB, float* c, int strideC, int rows, int inner, int columns, bool accumulate)
    {
        var column = 0;
        for (; column + 4 * Lanes <= columns; column += 4 * Lanes)
        {
            var row = 0;
            for (; row + 4 <= rows; row += 4)
                FourByFour(a + row * strideA, strideA, b + column, strideB, c + row * strideC + column, strideC, inner, accumulate);
            for (; row < rows; row++)
                OneByFour(a + row * strideA, b + column, strideB, c + row * strideC + column, inner, accumulate);
        }
        for (; column < columns; column += Lanes)
            for (var row = 0; row < rows; row++)
                OneByOne(a + row * strideA, b + column, strideB, c + row * strideC + column, inner, accumulate);
    }

    [MethodImpl(AggressiveOptimization)]
    static void FourByFour(float* a, int strideA, float* b, int strideB, float* c, int strideC, int inner, bool accumulate)
    {
        float* a0 = a, a1 = a + strideA, a2 = a1 + strideA, a3 = a2 + strideA;
        float* c0 = c, c1 = c + strideC, c2 = c1 + strideC, c3 = c2 + strideC;
        TRegister s00 = Start(c0, accumulate), s01 = Start(c0 + 16, accumulate), s02 = Start(c0 + 32, accumulate), s03 = Start(c0 + 48, accumulate);
        TRegister s10 = Start(c1, accumulate), s11 = Start(c1 + 16, accumulate), s12 = Start(c1 + 32, accumulate), s13 = Start(c1 + 48, accumulate);
        TRegister s20 = Start(c2, accumulate), s21 = Start(c2 + 16, accumulate), s22 = Start(c2 + 32, accumulate), s23 = Start(c2 + 48, accumulate);
        TRegister s30 = Start(c3, accumulate), s31 = Start(c3 + 16, accumulate), s32 = Start(c3 + 32, accumulate), s33 = Start(c3 + 48, accumulate);
        for (var k = 0; k < inner; k++, b += strideB)
        {
            TRegister b0 = TRegister.Load(b), b1 = TRegister.Load(b + 16), b2 = TRegister.Load(b + 32), b3 = TRegister.Load(b + 48);
            var x = TRegister.Broadcast(a0[k]);
            s00 = TRegister.MultiplyAdd(x, b0, s00);
            s01 = TRegister.MultiplyAdd(x, b1, s01);
            s02 = TRegister.MultiplyAdd(x, b2, s02);
            s03 = TRegister.MultiplyAdd(x, b3, s03);
            x = TRegister.Broadcast(a1[k]);
            s10 = TRegister.MultiplyAdd(x, b0, s10);
            s11 = TRegister.MultiplyAdd(x, b1, s11);
            s12 = TRegister.MultiplyAdd(x, b2, s12);
            s13 = TRegister.MultiplyAdd(x, b3, s13);
            x = TRegister.Broadcast(a2[k]);
            s20 = TRegister.MultiplyAdd(x, b0, s20);
            s21 = TRegister.MultiplyAdd(x, b1, s21);
            s22 = TRegister.MultiplyAdd(x, b2, s22);
            s23 = TRegister.MultiplyAdd(x, b3, s23);
            x = TRegister.Broadcast(a3[k]);
            s30 = TRegister.MultiplyAdd(x, b0, s30);
            s31 = TRegister.MultiplyAdd(x, b1, s31);
            s32 = TRegister.MultiplyAdd(x, b2, s32);
            s33 = TRegister.MultiplyAdd(x, b3, s33);
        }
        Store(c0, s00, s01, s02, s03);
        Store(c1, s10, s11, s12, s13);
        Store(c2, s20, s21, s22, s23);
        Store(c3, s30, s31, s32, s33);
    }

    [MethodImpl(AggressiveOptimization)]
    static void OneByFour(float* a, float* b, int strideB, float* c, int inner, bool accumulate)
    {
        TRegister s0 = Start(c, accumulate), s1 = Start(c + 16, accumulate), s2 = Start(c + 32, accumulate), s3 = Start(c + 48, accumulate);
        for (var k = 0; k < inner; k++, b += strideB)
        {
            var x = TRegister.Broadcast(a[k]);
            s0 = TRegister.MultiplyAdd(x, TRegister.Load(b), s0);
            s1 = TRegister.MultiplyAdd(x, TRegister.Load(b + 16), s1);
            s2 = TRegister.MultiplyAdd(x, TRegister.Load(b + 32), s2);
            s3 = TRegister.MultiplyAdd(x, TRegister.Load(b + 48), s3);
        }
        Store(c, s0, s1, s2, s3);
    }

    [MethodImpl(AggressiveOptimization)]
    static void OneByOne(float* a, float* b, int strideB, float* c, int inner, bool accumulate)
    {
        var sum = Start(c, accumulate);
        for (var k = 0; k < inner; k++, b += strideB) sum = TRegister.MultiplyAdd(TRegister.Broadcast(a[k]), TRegister.Load(b), sum);
        TRegister.Store(sum, c);
    }

    [MethodImpl(AggressiveInlining)]
    static TRegister Start(float* c, bool accumulate) => accumulate ? TRegister.Load(c) : TRegister.Zero;

    [MethodImpl(AggressiveInlining)]
    static void Store(float* c, TRegister s0, TRegister s1, TRegister s2, TRegister s3)
    {
        TRegister.Store(s0, c);
        TRegister.Store(s1, c + 16);
        TRegister.Store(s2, c + 32);
        TRegister.Store(s3, c + 48);
    }
}
