using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Registers;

/// <summary>
/// Two 256-bit registers. Portable operations where .NET has them (so Arm64 runs this rung as well), AVX2 instructions where it pays.
/// </summary>
public readonly unsafe struct Register256(Vector256<int> low, Vector256<int> high) : IRegister<Register256>
{
    readonly Vector256<int> _low = low, _high = high;

    [MethodImpl(AggressiveInlining)]
    static Register256 Of(Vector256<float> low, Vector256<float> high) => new(low.AsInt32(), high.AsInt32());

    [MethodImpl(AggressiveInlining)]
    static Register256 Of(Vector256<short> low, Vector256<short> high) => new(low.AsInt32(), high.AsInt32());

    Vector256<float> LowFloats
    {
        [MethodImpl(AggressiveInlining)]
        get => _low.AsSingle();
    }

    Vector256<float> HighFloats
    {
        [MethodImpl(AggressiveInlining)]
        get => _high.AsSingle();
    }

    Vector256<short> LowShorts
    {
        [MethodImpl(AggressiveInlining)]
        get => _low.AsInt16();
    }

    Vector256<short> HighShorts
    {
        [MethodImpl(AggressiveInlining)]
        get => _high.AsInt16();
    }

    public static IsaLevel Level => IsaLevel.Avx2;

    public static Register256 Zero
    {
        [MethodImpl(AggressiveInlining)]
        get => new(Vector256<int>.Zero, Vector256<int>.Zero);
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 Load(void* source) => new(Vector256.Load((int*)source), Vector256.Load((int*)source + 8));

    [MethodImpl(AggressiveInlining)]
    public static void Store(Register256 value, void* target)
    {
        value._low.Store((int*)target);
        value._high.Store((int*)target + 8);
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 Broadcast(float value) => Of(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static Register256 Broadcast(int value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static Register256 Broadcast16Bytes(void* source)
    {
        var both = Vector256.Create(Vector128.Load((int*)source), Vector128.Load((int*)source));
        return new(both, both);
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 Add(Register256 a, Register256 b) => Of(a.LowFloats + b.LowFloats, a.HighFloats + b.HighFloats);

    [MethodImpl(AggressiveInlining)]
    public static Register256 Subtract(Register256 a, Register256 b) => Of(a.LowFloats - b.LowFloats, a.HighFloats - b.HighFloats);

    [MethodImpl(AggressiveInlining)]
    public static Register256 Multiply(Register256 a, Register256 b) => Of(a.LowFloats * b.LowFloats, a.HighFloats * b.HighFloats);

    [MethodImpl(AggressiveInlining)]
    public static Register256 Divide(Register256 a, Register256 b) => Of(a.LowFloats / b.LowFloats, a.HighFloats / b.HighFloats);

    [MethodImpl(AggressiveInlining)]
    public static Register256 MultiplyAdd(Register256 a, Register256 b, Register256 c) => Of(
        Vector256.FusedMultiplyAdd(a.LowFloats, b.LowFloats, c.LowFloats),
        Vector256.FusedMultiplyAdd(a.HighFloats, b.HighFloats, c.HighFloats));

    [MethodImpl(AggressiveInlining)]
    public static Register256 Max(Register256 a, Register256 b) =>
        Of(LaneMax(a.LowFloats, b.LowFloats), LaneMax(a.HighFloats, b.HighFloats));

    [MethodImpl(AggressiveInlining)]
    public static Register256 Min(Register256 a, Register256 b) =>
        Of(LaneMin(a.LowFloats, b.LowFloats), LaneMin(a.HighFloats, b.HighFloats));

    // x86's rule on NaN and on zeros of two signs, a > b ? a : b, so that all rungs agree.
    [MethodImpl(AggressiveInlining)]
    static Vector256<float> LaneMax(Vector256<float> a, Vector256<float> b) =>
        Avx.IsSupported ? Avx.Max(a, b) : Vector256.ConditionalSelect(Vector256.GreaterThan(a, b), a, b);

    [MethodImpl(AggressiveInlining)]
    static Vector256<float> LaneMin(Vector256<float> a, Vector256<float> b) =>
        Avx.IsSupported ? Avx.Min(a, b) : Vector256.ConditionalSelect(Vector256.LessThan(a, b), a, b);

    [MethodImpl(AggressiveInlining)]
    public static float ReduceAdd(Register256 a) => ReduceAdd(a.LowFloats + a.HighFloats);

    [MethodImpl(AggressiveInlining)]
    internal static float ReduceAdd(Vector256<float> a)
    {
        var four = a.GetLower() + a.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    [MethodImpl(AggressiveInlining)]
    public static float ReduceMax(Register256 a) => ReduceMax(Vector256.Max(a.LowFloats, a.HighFloats));

    [MethodImpl(AggressiveInlining)]
    internal static float ReduceMax(Vector256<float> a)
    {
        var four = Vector128.Max(a.GetLower(), a.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[2]), MathF.Max(four[1], four[3]));
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 LoadHalf(void* source)
    {
        var (low, high) = Vector256.Widen(Vector256.Load((ushort*)source));
        return new(HalfBits.ToSingle(low.AsInt32()), HalfBits.ToSingle(high.AsInt32()));
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 LoadBFloat16(void* source)
    {
        var (low, high) = Vector256.Widen(Vector256.Load((ushort*)source));
        return new(low.AsInt32() << 16, high.AsInt32() << 16);
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 LoadSBytes(void* source)
    {
        var (low, high) = Vector128.Widen(Vector128.Load((sbyte*)source));
        return new(Widen(low), Widen(high));
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 LoadBytes(void* source)
    {
        var (low, high) = Vector128.Widen(Vector128.Load((byte*)source));
        return new(Widen(low.AsInt16()), Widen(high.AsInt16()));
    }

    [MethodImpl(AggressiveInlining)]
    static Vector256<int> Widen(Vector128<short> eight)
    {
        var (low, high) = Vector128.Widen(eight);
        return Vector256.Create(low, high);
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreSBytes(Register256 int32, sbyte* target)
    {
        var shorts = Vector256.Narrow(int32._low, int32._high);
        Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).Store(target);
    }

    [MethodImpl(AggressiveInlining)]
    public static int SumInt32(Register256 int32) => Vector256.Sum(int32._low + int32._high);

    [MethodImpl(AggressiveInlining)]
    public static Register256 ToSingle(Register256 int32) =>
        Of(Vector256.ConvertToSingle(int32._low), Vector256.ConvertToSingle(int32._high));

    [MethodImpl(AggressiveInlining)]
    public static Register256 RoundToInt32(Register256 floats) => new(Round(floats.LowFloats), Round(floats.HighFloats));

    // Adding and subtracting 1.5 * 2^23 leaves an integer, rounded to nearest even by the adder itself.
    [MethodImpl(AggressiveInlining)]
    static Vector256<int> Round(Vector256<float> value)
    {
        if (Avx.IsSupported) return Avx.ConvertToVector256Int32(value);
        var magic = Vector256.Create(12582912f);
        return (value + magic).AsInt32() - magic.AsInt32();
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 And(Register256 a, Register256 b) => new(a._low & b._low, a._high & b._high);

    [MethodImpl(AggressiveInlining)]
    public static Register256 OrAnd(Register256 a, Register256 b, Register256 mask) => new(a._low | b._low & mask._low, a._high | b._high & mask._high);

    [MethodImpl(AggressiveInlining)]
    public static Register256 AddInt32(Register256 a, Register256 b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(AggressiveInlining)]
    public static Register256 AddInt16(Register256 a, Register256 b) => Of(a.LowShorts + b.LowShorts, a.HighShorts + b.HighShorts);

    [MethodImpl(AggressiveInlining)]
    public static Register256 ShiftLeftInt32(Register256 a, int count) => new(a._low << count, a._high << count);

    [MethodImpl(AggressiveInlining)]
    public static Register256 ShiftLeftInt16(Register256 a, int count) => Of(a.LowShorts << count, a.HighShorts << count);

    [MethodImpl(AggressiveInlining)]
    public static Register256 ShiftRightInt16(Register256 a, int count) => Of(a.LowShorts >>> count, a.HighShorts >>> count);

    [MethodImpl(AggressiveInlining)]
    public static Register256 ShiftRightSignedInt16(Register256 a, int count) => Of(a.LowShorts >> count, a.HighShorts >> count);

    [MethodImpl(AggressiveInlining)]
    public static Register256 MultiplyAddBytes(Register256 unsigned, Register256 signed) =>
        Of(MultiplyAddBytes(unsigned._low, signed._low), MultiplyAddBytes(unsigned._high, signed._high));

    [MethodImpl(AggressiveInlining)]
    static Vector256<short> MultiplyAddBytes(Vector256<int> unsigned, Vector256<int> signed)
    {
        if (Avx2.IsSupported) return Avx2.MultiplyAddAdjacent(unsigned.AsByte(), signed.AsSByte());
        // Even and odd bytes of each 16-bit lane.
        var even = (unsigned.AsInt16() & Vector256.Create((short)0xFF)) * ((signed.AsInt16() << 8) >> 8);
        var odd = (unsigned.AsInt16() >>> 8) * (signed.AsInt16() >> 8);
        return even + odd;
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 MultiplyAddInt16(Register256 a, Register256 b) =>
        new(MultiplyAddInt16(a._low, b._low), MultiplyAddInt16(a._high, b._high));

    [MethodImpl(AggressiveInlining)]
    static Vector256<int> MultiplyAddInt16(Vector256<int> a, Vector256<int> b)
    {
        if (Avx2.IsSupported) return Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16());
        return ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
    }

    [MethodImpl(AggressiveInlining)]
    public static Register256 LookUp(Register256 table, Register256 indices) =>
        new(LookUp(table._low, indices._low), LookUp(table._low, indices._high));

    [MethodImpl(AggressiveInlining)]
    static Vector256<int> LookUp(Vector256<int> table, Vector256<int> indices) => Vector256.Create(
        Vector128.Shuffle(table.GetLower().AsByte(), indices.GetLower().AsByte()),
        Vector128.Shuffle(table.GetLower().AsByte(), indices.GetUpper().AsByte())).AsInt32();

    [MethodImpl(AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }
}
