using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Registers;

/// <summary>One AVX-512 register.</summary>
public readonly unsafe struct Register512(Vector512<int> bits) : IRegister<Register512>
{
    readonly Vector512<int> _bits = bits;

    Vector512<float> Floats
    {
        [MethodImpl(AggressiveInlining)]
        get => _bits.AsSingle();
    }

    Vector512<short> Shorts
    {
        [MethodImpl(AggressiveInlining)]
        get => _bits.AsInt16();
    }

    [MethodImpl(AggressiveInlining)]
    static Register512 Of(Vector512<float> value) => new(value.AsInt32());

    [MethodImpl(AggressiveInlining)]
    static Register512 Of(Vector512<short> value) => new(value.AsInt32());

    public static IsaLevel Level => IsaLevel.Avx512;

    public static Register512 Zero
    {
        [MethodImpl(AggressiveInlining)]
        get => new(Vector512<int>.Zero);
    }

    [MethodImpl(AggressiveInlining)]
    public static Register512 Load(void* source) => new(Vector512.Load((int*)source));

    [MethodImpl(AggressiveInlining)]
    public static void Store(Register512 value, void* target) => value._bits.Store((int*)target);

    [MethodImpl(AggressiveInlining)]
    public static Register512 Broadcast(float value) => Of(Vector512.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static Register512 Broadcast(int value) => new(Vector512.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static Register512 Broadcast16Bytes(void* source) => new(Avx512F.BroadcastVector128ToVector512((int*)source));

    [MethodImpl(AggressiveInlining)]
    public static Register512 Add(Register512 a, Register512 b) => Of(a.Floats + b.Floats);

    [MethodImpl(AggressiveInlining)]
    public static Register512 Subtract(Register512 a, Register512 b) => Of(a.Floats - b.Floats);

    [MethodImpl(AggressiveInlining)]
    public static Register512 Multiply(Register512 a, Register512 b) => Of(a.Floats * b.Floats);

    [MethodImpl(AggressiveInlining)]
    public static Register512 Divide(Register512 a, Register512 b) => Of(a.Floats / b.Floats);

    [MethodImpl(AggressiveInlining)]
    public static Register512 MultiplyAdd(Register512 a, Register512 b, Register512 c) =>
        Of(Avx512F.FusedMultiplyAdd(a.Floats, b.Floats, c.Floats));

    [MethodImpl(AggressiveInlining)]
    public static Register512 Max(Register512 a, Register512 b) => Of(Avx512F.Max(a.Floats, b.Floats));

    [MethodImpl(AggressiveInlining)]
    public static Register512 Min(Register512 a, Register512 b) => Of(Avx512F.Min(a.Floats, b.Floats));

    [MethodImpl(AggressiveInlining)]
    public static float ReduceAdd(Register512 a) => Register256.ReduceAdd(a.Floats.GetLower() + a.Floats.GetUpper());

    [MethodImpl(AggressiveInlining)]
    public static float ReduceMax(Register512 a) => Register256.ReduceMax(Vector256.Max(a.Floats.GetLower(), a.Floats.GetUpper()));

    [MethodImpl(AggressiveInlining)]
    public static Register512 LoadHalf(void* source) =>
        new(HalfBits.ToSingle(Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)source))));

    [MethodImpl(AggressiveInlining)]
    public static Register512 LoadBFloat16(void* source) =>
        new(Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)source)) << 16);

    [MethodImpl(AggressiveInlining)]
    public static Register512 LoadSBytes(void* source) => new(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)source)));

    [MethodImpl(AggressiveInlining)]
    public static Register512 LoadBytes(void* source) => new(Avx512F.ConvertToVector512Int32(Vector128.Load((byte*)source)));

    [MethodImpl(AggressiveInlining)]
    public static void StoreSBytes(Register512 int32, sbyte* target) => Avx512F.ConvertToVector128SByte(int32._bits).Store(target);

    [MethodImpl(AggressiveInlining)]
    public static int SumInt32(Register512 int32) => Vector512.Sum(int32._bits);

    [MethodImpl(AggressiveInlining)]
    public static Register512 ToSingle(Register512 int32) => Of(Avx512F.ConvertToVector512Single(int32._bits));

    [MethodImpl(AggressiveInlining)]
    public static Register512 RoundToInt32(Register512 floats) => new(Avx512F.ConvertToVector512Int32(floats.Floats));

    [MethodImpl(AggressiveInlining)]
    public static Register512 And(Register512 a, Register512 b) => new(a._bits & b._bits);

    [MethodImpl(AggressiveInlining)]
    public static Register512 OrAnd(Register512 a, Register512 b, Register512 mask) => new(a._bits | b._bits & mask._bits);

    [MethodImpl(AggressiveInlining)]
    public static Register512 AddInt32(Register512 a, Register512 b) => new(a._bits + b._bits);

    [MethodImpl(AggressiveInlining)]
    public static Register512 AddInt16(Register512 a, Register512 b) => Of(a.Shorts + b.Shorts);

    [MethodImpl(AggressiveInlining)]
    public static Register512 ShiftLeftInt32(Register512 a, int count) => new(a._bits << count);

    [MethodImpl(AggressiveInlining)]
    public static Register512 ShiftLeftInt16(Register512 a, int count) => Of(a.Shorts << count);

    [MethodImpl(AggressiveInlining)]
    public static Register512 ShiftRightInt16(Register512 a, int count) => Of(a.Shorts >>> count);

    [MethodImpl(AggressiveInlining)]
    public static Register512 ShiftRightSignedInt16(Register512 a, int count) => Of(a.Shorts >> count);

    [MethodImpl(AggressiveInlining)]
    public static Register512 MultiplyAddBytes(Register512 unsigned, Register512 signed) =>
        Of(Avx512BW.MultiplyAddAdjacent(unsigned._bits.AsByte(), signed._bits.AsSByte()));

    [MethodImpl(AggressiveInlining)]
    public static Register512 MultiplyAddInt16(Register512 a, Register512 b) =>
        new(Avx512BW.MultiplyAddAdjacent(a.Shorts, b.Shorts));

    [MethodImpl(AggressiveInlining)]
    public static Register512 LookUp(Register512 table, Register512 indices) =>
        new(Avx512BW.Shuffle(table._bits.AsByte(), indices._bits.AsByte()).AsInt32());

    [MethodImpl(AggressiveInlining)]
    public static void Prefetch(void* address) => Sse.Prefetch0(address);

    /// <summary>
    /// 16 pairs (even, odd) of bfloat16 to memory: both rounded to nearest, ties to even, the even one in the lower half of its lane. NaN stays NaN
    /// as long as its payload is not all ones.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static void StoreBFloat16Pairs(Register512 even, Register512 odd, uint* target) =>
        (RoundToBFloat16(even) >>> 16 | RoundToBFloat16(odd) & Vector512.Create(unchecked((int)0xFFFF_0000))).Store((int*)target);

    /// <summary>16 numbers as bfloat16, rounded as pairs are.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static void StoreBFloat16(Register512 floats, ushort* target) =>
        Avx512F.ConvertToVector256UInt16((RoundToBFloat16(floats) >>> 16).AsUInt32()).Store(target);

    [MethodImpl(AggressiveInlining)]
    static Vector512<int> RoundToBFloat16(Register512 floats) =>
        floats._bits + Vector512.Create(0x7FFF) + (floats._bits >>> 16 & Vector512<int>.One);
}
