using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels;

/// <summary>Rows of plain floating-point numbers, read where they lie.</summary>
unsafe interface IRowFormat<TSelf> where TSelf : struct, IRowFormat<TSelf>
{
    static abstract int BytesPerWeight { get; }

    /// <summary>16 weights as floats.</summary>
    static abstract TRegister Load<TRegister>(byte* weights) where TRegister : unmanaged, IRegister<TRegister>;
}

readonly unsafe struct SingleRow : IRowFormat<SingleRow>
{
    public static int BytesPerWeight => sizeof(float);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Load<TRegister>(byte* weights) where TRegister : unmanaged, IRegister<TRegister> => TRegister.Load(weights);
}

readonly unsafe struct HalfRow : IRowFormat<HalfRow>
{
    public static int BytesPerWeight => sizeof(ushort);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Load<TRegister>(byte* weights) where TRegister : unmanaged, IRegister<TRegister> => TRegister.LoadHalf(weights);
}

readonly unsafe struct BFloat16Row : IRowFormat<BFloat16Row>
{
    public static int BytesPerWeight => sizeof(ushort);

    [MethodImpl(AggressiveInlining)]
    public static TRegister Load<TRegister>(byte* weights) where TRegister : unmanaged, IRegister<TRegister> =>
        TRegister.LoadBFloat16(weights);
}
