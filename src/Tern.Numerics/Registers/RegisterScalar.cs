using System.Runtime.CompilerServices;

namespace Tern.Numerics.Registers;

/// <summary>The definition: each operation as a loop over lanes.</summary>
public unsafe struct RegisterScalar : IRegister<RegisterScalar>
{
    fixed byte _bytes[64];

    delegate T Lane<T>(T a, T b);

    static RegisterScalar Each<T>(RegisterScalar a, RegisterScalar b, Lane<T> operation) where T : unmanaged
    {
        RegisterScalar result;
        for (var i = 0; i < 64 / sizeof(T); i++) ((T*)&result)[i] = operation(((T*)&a)[i], ((T*)&b)[i]);
        return result;
    }


    public static IsaLevel Level => IsaLevel.Scalar;

    public static RegisterScalar Zero => default;

    public static RegisterScalar Load(void* source) => Unsafe.ReadUnaligned<RegisterScalar>(source);

    public static void Store(RegisterScalar value, void* target) => Unsafe.WriteUnaligned(target, value);

    public static RegisterScalar Broadcast(float value)
    {
        RegisterScalar result;
        for (var i = 0; i < 16; i++) ((float*)&result)[i] = value;
        return result;
    }

    public static RegisterScalar Broadcast(int value)
    {
        RegisterScalar result;
        for (var i = 0; i < 16; i++) ((int*)&result)[i] = value;
        return result;
    }

    public static RegisterScalar Broadcast16Bytes(void* source)
    {
        RegisterScalar result;
        for (var i = 0; i < 64; i++) ((byte*)&result)[i] = ((byte*)source)[i % 16];
        return result;
    }

    public static RegisterScalar Add(RegisterScalar a, RegisterScalar b) => Each<float>(a, b, static (x, y) => x + y);

    public static RegisterScalar Subtract(RegisterScalar a, RegisterScalar b) => Each<float>(a, b, static (x, y) => x - y);

    public static RegisterScalar Multiply(RegisterScalar a, RegisterScalar b) => Each<float>(a, b, static (x, y) => x * y);

    public static RegisterScalar Divide(RegisterScalar a, RegisterScalar b) => Each<float>(a, b, static (x, y) => x / y);

    public static RegisterScalar MultiplyAdd(RegisterScalar a, RegisterScalar b, RegisterScalar c)
    {
        RegisterScalar result;
        for (var i = 0; i < 16; i++)
            ((float*)&result)[i] = MathF.FusedMultiplyAdd(((float*)&a)[i], ((float*)&b)[i], ((float*)&c)[i]);
        return result;
    }

    public static RegisterScalar Max(RegisterScalar a, RegisterScalar b) => Each<float>(a, b, static (x, y) => x > y ? x : y);

    public static RegisterScalar Min(RegisterScalar a, RegisterScalar b) => Each<float>(a, b, static (x, y) => x < y ? x : y);

    public static float ReduceAdd(RegisterScalar a)
    {
        var lanes = (float*)&a;
        for (var width = 8; width >= 2; width /= 2)
            for (var i = 0; i < width; i++) lanes[i] += lanes[i + width];
        return lanes[0] + lanes[1];
    }

    public static float ReduceMax(RegisterScalar a)
    {
        var lanes = (float*)&a;
        var max = lanes[0];
        for (var i = 1; i < 16; i++) max = MathF.Max(max, lanes[i]);
        return max;
    }

    public static RegisterScalar LoadHalf(void* source)
    {
        RegisterScalar result;
        for (var i = 0; i < 16; i++) ((float*)&result)[i] = (float)((Half*)source)[i];
        return result;
    }

    public static RegisterScalar LoadBFloat16(void* source)
    {
        RegisterScalar result;
        for (var i = 0; i < 16; i++) ((int*)&result)[i] = ((ushort*)source)[i] << 16;
        return result;
    }

    public static void StoreSBytes(RegisterScalar int32, sbyte* target)
    {
        for (var i = 0; i < 16; i++) target[i] = (sbyte)((int*)&int32)[i];
    }

    public static int SumInt32(RegisterScalar int32)
    {
        var sum = 0;
        for (var i = 0; i < 16; i++) sum += ((int*)&int32)[i];
        return sum;
    }

    public static RegisterScalar LoadSBytes(void* source)
    {
        RegisterScalar result;
        for (var i = 0; i < 16; i++) ((int*)&result)[i] = ((sbyte*)source)[i];
        return result;
    }

    public static RegisterScalar LoadBytes(void* source)
    {
        RegisterScalar result;
        for (var i = 0; i < 16; i++) ((int*)&result)[i] = ((byte*)source)[i];
        return result;
    }

    public static RegisterScalar ToSingle(RegisterScalar int32)
    {
        RegisterScalar result;
        for (var i = 0; i < 16; i++) ((float*)&result)[i] = ((int*)&int32)[i];
        return result;
    }

    public static RegisterScalar RoundToInt32(RegisterScalar floats)
    {
        RegisterScalar result;
        for (var i = 0; i < 16; i++) ((int*)&result)[i] = (int)MathF.Round(((float*)&floats)[i], MidpointRounding.ToEven);
        return result;
    }

    public static RegisterScalar And(RegisterScalar a, RegisterScalar b) => Each<int>(a, b, static (x, y) => x & y);

    public static RegisterScalar OrAnd(RegisterScalar a, RegisterScalar b, RegisterScalar mask) => Each<int>(a, And(b, mask), static (x, y) => x | y);

    public static RegisterScalar AddInt32(RegisterScalar a, RegisterScalar b) => Each<int>(a, b, static (x, y) => x + y);

    public static RegisterScalar AddInt16(RegisterScalar a, RegisterScalar b) => Each<short>(a, b, static (x, y) => (short)(x + y));

    public static RegisterScalar ShiftLeftInt32(RegisterScalar a, int count)
    {
        for (var i = 0; i < 16; i++) ((int*)&a)[i] <<= count;
        return a;
    }

    public static RegisterScalar ShiftLeftInt16(RegisterScalar a, int count)
    {
        for (var i = 0; i < 32; i++) ((short*)&a)[i] <<= count;
        return a;
    }

    public static RegisterScalar ShiftRightInt16(RegisterScalar a, int count)
    {
        for (var i = 0; i < 32; i++) ((ushort*)&a)[i] >>= count;
        return a;
    }

    public static RegisterScalar ShiftRightSignedInt16(RegisterScalar a, int count)
    {
        for (var i = 0; i < 32; i++) ((short*)&a)[i] >>= count;
        return a;
    }

    public static RegisterScalar MultiplyAddBytes(RegisterScalar unsigned, RegisterScalar signed)
    {
        RegisterScalar result;
        var u = (byte*)&unsigned;
        var s = (sbyte*)&signed;
        for (var i = 0; i < 32; i++) ((short*)&result)[i] = (short)(u[2 * i] * s[2 * i] + u[2 * i + 1] * s[2 * i + 1]);
        return result;
    }

    public static RegisterScalar MultiplyAddInt16(RegisterScalar a, RegisterScalar b)
    {
        RegisterScalar result;
        var x = (short*)&a;
        var y = (short*)&b;
        for (var i = 0; i < 16; i++) ((int*)&result)[i] = x[2 * i] * y[2 * i] + x[2 * i + 1] * y[2 * i + 1];
        return result;
    }

    public static RegisterScalar LookUp(RegisterScalar table, RegisterScalar indices)
    {
        RegisterScalar result;
        for (var i = 0; i < 64; i++) ((byte*)&result)[i] = ((byte*)&table)[((byte*)&indices)[i] & 15];
        return result;
    }

    public static void Prefetch(void* address) { }
}
