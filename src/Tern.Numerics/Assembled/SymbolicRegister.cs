using Tern.Numerics.Registers;

namespace Tern.Numerics.Assembled;

/// <summary>
/// A register that does not compute but writes down the instruction that would. Running a format's generic code
/// (<see cref="Kernels.Panels.IPanelFormat{TSelf}"/>) over it assembles that code: the assembled kernels decode every format by its one
/// definition. An address that is loaded from is a distance from the panel block; operations on a value consume it.
/// </summary>
readonly unsafe struct SymbolicRegister : IRegister<SymbolicRegister>
{
    /// <summary>Where the value is.</summary>
    internal enum Place
    {
        Register,

        /// <summary>64 bytes of the panel block, or the half of them that belongs to the rows worked on.</summary>
        Memory,

        /// <summary>The same int32 in all lanes.</summary>
        Constant,
    }

    SymbolicRegister(Place where, int value)
    {
        Where = where;
        Value = value;
    }

    internal Place Where { get; }

    /// <summary>The register's number, the distance, or the constant.</summary>
    internal int Value { get; }

    internal static SymbolicRegister In(int register) => new(Place.Register, register);

    static PanelInstructions Code => PanelInstructions.Current;

    public static SymbolicRegister Load(void* source) => new(Place.Memory, (int)(nint)source);

    public static SymbolicRegister Broadcast(int value) => new(Place.Constant, value);

    public static SymbolicRegister Broadcast16Bytes(void* source) => Code.Table(new ReadOnlySpan<byte>(source, 16));

    public static SymbolicRegister LoadHalf(void* source) => Code.LoadHalf((int)(nint)source);

    public static SymbolicRegister LoadBytes(void* source) => Code.LoadBytes((int)(nint)source, signed: false);

    public static SymbolicRegister LoadSBytes(void* source) => Code.LoadBytes((int)(nint)source, signed: true);

    public static SymbolicRegister ToSingle(SymbolicRegister int32) => Code.ToSingle(int32);

    public static SymbolicRegister Multiply(SymbolicRegister a, SymbolicRegister b) => Code.Multiply(a, b);

    public static SymbolicRegister And(SymbolicRegister a, SymbolicRegister b) => Code.And(a, b);

    public static SymbolicRegister OrAnd(SymbolicRegister a, SymbolicRegister b, SymbolicRegister mask) => Code.OrAnd(a, b, mask);

    public static SymbolicRegister ShiftLeftInt16(SymbolicRegister a, int count) => Code.ShiftLeftInt16(a, count);

    public static SymbolicRegister ShiftRightInt16(SymbolicRegister a, int count) => Code.ShiftRightInt16(a, count);

    public static SymbolicRegister LookUp(SymbolicRegister table, SymbolicRegister indices) => Code.LookUp(table, indices);

    public static SymbolicRegister Subtract(SymbolicRegister a, SymbolicRegister b) => Code.Subtract(a, b);

    public static SymbolicRegister Zero => Code.ZeroRegister();

    // What the definitions of formats have no use for.

    static NotSupportedException Unused => new("No panel format decodes with this operation; add its instruction to PanelInstructions.");

    public static IsaLevel Level => throw Unused;
    public static void Store(SymbolicRegister value, void* target) => throw Unused;
    public static void StoreSBytes(SymbolicRegister int32, sbyte* target) => throw Unused;
    public static int SumInt32(SymbolicRegister int32) => throw Unused;
    public static SymbolicRegister Broadcast(float value) => throw Unused;
    public static SymbolicRegister Add(SymbolicRegister a, SymbolicRegister b) => throw Unused;
    public static SymbolicRegister Divide(SymbolicRegister a, SymbolicRegister b) => throw Unused;
    public static SymbolicRegister MultiplyAdd(SymbolicRegister a, SymbolicRegister b, SymbolicRegister c) => throw Unused;
    public static SymbolicRegister Max(SymbolicRegister a, SymbolicRegister b) => throw Unused;
    public static SymbolicRegister Min(SymbolicRegister a, SymbolicRegister b) => throw Unused;
    public static float ReduceAdd(SymbolicRegister a) => throw Unused;
    public static float ReduceMax(SymbolicRegister a) => throw Unused;
    public static SymbolicRegister LoadBFloat16(void* source) => throw Unused;
    public static SymbolicRegister RoundToInt32(SymbolicRegister floats) => throw Unused;
    public static SymbolicRegister AddInt32(SymbolicRegister a, SymbolicRegister b) => throw Unused;
    public static SymbolicRegister AddInt16(SymbolicRegister a, SymbolicRegister b) => throw Unused;
    public static SymbolicRegister ShiftLeftInt32(SymbolicRegister a, int count) => throw Unused;
    public static SymbolicRegister ShiftRightSignedInt16(SymbolicRegister a, int count) => throw Unused;
    public static SymbolicRegister MultiplyAddBytes(SymbolicRegister unsigned, SymbolicRegister signed) => throw Unused;
    public static SymbolicRegister MultiplyAddInt16(SymbolicRegister a, SymbolicRegister b) => throw Unused;
    public static void Prefetch(void* address) => throw Unused;
}
