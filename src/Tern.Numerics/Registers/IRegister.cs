namespace Tern.Numerics.Registers;

/// <summary>
/// 512 bits as the kernels see them: 16 floats, 16 int32, 32 int16 or 64 bytes, whatever the operation says. Kernels are written once,
/// generic over this interface; <see cref="Register512"/>, <see cref="Register256"/> and <see cref="RegisterScalar"/> are the rungs of the
/// ladder. All of them give the same bits: lanes are independent, products and sums are fused the same way, and the only operations
/// across lanes (<see cref="ReduceAdd"/>) have a fixed tree.
/// </summary>
public unsafe interface IRegister<TSelf> where TSelf : unmanaged, IRegister<TSelf>
{
    static abstract IsaLevel Level { get; }

    static abstract TSelf Zero { get; }

    /// <summary>64 bytes, any alignment.</summary>
    static abstract TSelf Load(void* source);

    static abstract void Store(TSelf value, void* target);

    static abstract TSelf Broadcast(float value);

    static abstract TSelf Broadcast(int value);

    /// <summary>16 bytes repeated four times.</summary>
    static abstract TSelf Broadcast16Bytes(void* source);

    // 16 floats

    static abstract TSelf Add(TSelf a, TSelf b);

    static abstract TSelf Subtract(TSelf a, TSelf b);

    static abstract TSelf Multiply(TSelf a, TSelf b);

    static abstract TSelf Divide(TSelf a, TSelf b);

    /// <summary>a * b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>a &gt; b ? a : b, so <paramref name="b"/> where one of the two is NaN.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>a &lt; b ? a : b, so <paramref name="b"/> where one of the two is NaN.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>
    /// The sum of the 16 floats as ((lanes 0..7 + lanes 8..15), then fours, then twos): the same tree on every rung.
    /// </summary>
    static abstract float ReduceAdd(TSelf a);

    /// <summary>The largest of the 16 floats; NaN if one of them is NaN.</summary>
    static abstract float ReduceMax(TSelf a);

    // conversions

    /// <summary>16 half-precision floats (32 bytes) as floats; exact.</summary>
    static abstract TSelf LoadHalf(void* source);

    /// <summary>16 bfloat16 (32 bytes) as floats; exact.</summary>
    static abstract TSelf LoadBFloat16(void* source);

    /// <summary>16 signed bytes as int32.</summary>
    static abstract TSelf LoadSBytes(void* source);

    /// <summary>16 unsigned bytes as int32.</summary>
    static abstract TSelf LoadBytes(void* source);

    /// <summary>16 int32 within -128 .. 127 to 16 bytes.</summary>
    static abstract void StoreSBytes(TSelf int32, sbyte* target);

    /// <summary>The sum of the 16 int32.</summary>
    static abstract int SumInt32(TSelf int32);

    static abstract TSelf ToSingle(TSelf int32);

    /// <summary>Floats to int32, to nearest, ties to even. The values must be within +-2^22.</summary>
    static abstract TSelf RoundToInt32(TSelf floats);

    // integers

    static abstract TSelf And(TSelf a, TSelf b);

    /// <summary>a | (b &amp; mask).</summary>
    static abstract TSelf OrAnd(TSelf a, TSelf b, TSelf mask);

    static abstract TSelf AddInt32(TSelf a, TSelf b);

    static abstract TSelf AddInt16(TSelf a, TSelf b);

    static abstract TSelf ShiftLeftInt32(TSelf a, int count);

    static abstract TSelf ShiftLeftInt16(TSelf a, int count);

    /// <summary>Logical shift of the 32 16-bit lanes.</summary>
    static abstract TSelf ShiftRightInt16(TSelf a, int count);

    /// <summary>Arithmetic shift of the 32 16-bit lanes.</summary>
    static abstract TSelf ShiftRightSignedInt16(TSelf a, int count);

    /// <summary>
    /// 64 products of unsigned and signed bytes, neighbours added: 32 int16. The caller keeps the sums within 16 bits
    /// (the instruction saturates, other machines wrap).
    /// </summary>
    static abstract TSelf MultiplyAddBytes(TSelf unsigned, TSelf signed);

    /// <summary>32 products of int16, neighbours added: 16 int32.</summary>
    static abstract TSelf MultiplyAddInt16(TSelf a, TSelf b);

    /// <summary>Each byte of <paramref name="indices"/> (0..15) replaced by that byte of the table, which is repeated in each 128 bits.</summary>
    static abstract TSelf LookUp(TSelf table, TSelf indices);

    /// <summary>Brings the cache line at this address closer.</summary>
    static abstract void Prefetch(void* address);
}
