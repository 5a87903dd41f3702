using System.Buffers.Binary;
using Iced.Intel;
using Tern.Numerics.Kernels;
using Place = Tern.Numerics.Assembled.SymbolicRegister.Place;

namespace Tern.Numerics.Assembled;

/// <summary>
/// The instructions of <see cref="PanelProduct{TPanel}"/>: those behind <see cref="SymbolicRegister"/>, which decode a format, and the products
/// and sums of the loop nest. This class picks a free register for each result, gives back those of the operands, and folds loads and constants into
/// memory operands; the derived ones know the instructions of 512 and of 256 bits. Registers are named by their numbers.
/// <para>
/// The 16 rows of a panel take <see cref="Parts"/> registers, one after another in memory. What is decoded is a part of the panel, <see cref="Part"/>,
/// so a distance that a format's definition gives, always to the first of 16 rows, is moved by the rows before the part.
/// </para>
/// </summary>
/// <param name="panel">Points to the panel block.</param>
/// <param name="constants">Behind the code.</param>
/// <param name="registers">How many there are; the last one is <see cref="Scratch"/>.</param>
abstract class PanelInstructions(AssemblerRegister64 panel, ConstantPool constants, int registers)
{
    const int BytesPerLane = 4;

    [ThreadStatic]
    static PanelInstructions? _current;

    readonly Stack<int> _free = new(Enumerable.Range(0, registers - 1).Reverse());
    readonly Dictionary<Operand, int> _held = [];       // in registers, until ReleaseHeld
    readonly Dictionary<Operand, int> _kept = [];       // in registers, until their last use
    readonly Dictionary<Operand, int> _uses = [];

    /// <summary>What a definition reads: 64 bytes or 16 halves of the panel block, an int32 for all lanes, a table.</summary>
    internal enum Source
    {
        Vector,
        Halves,
        Constant,
        Table,
    }

    internal readonly record struct Operand(Source Source, UInt128 Value, int Part);

    /// <summary>Those for a rung whose kernels are assembled.</summary>
    public static PanelInstructions For(IsaLevel level, Assembler code, AssemblerRegister64 panel, ConstantPool constants) => level switch
    {
        IsaLevel.AvxVnni => new PanelInstructions256(code, panel, constants),
        IsaLevel.Vnni => new PanelInstructions512(code, panel, constants),
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "no kernels are assembled for this level"),
    };

    /// <summary>Those of the kernel that this thread assembles.</summary>
    public static PanelInstructions Current
    {
        get => _current ?? throw new InvalidOperationException("No kernel is being assembled.");
        set => _current = value;
    }

    protected ConstantPool Constants { get; } = constants;

    /// <summary>Registers that 16 rows take: 1 or 2.</summary>
    public abstract int Parts { get; }

    /// <summary>Registers that sums may take while a segment is decoded; where there are more sums than that, they are kept in memory.</summary>
    public abstract int MostSums { get; }

    /// <summary>
    /// Whether a register may be spent on a constant that meets a value in memory, which then is the operand; otherwise the value is loaded and the constant
    /// stays in memory.
    /// </summary>
    protected abstract bool HoldsConstants { get; }

    /// <summary>Which rows are worked on: 0 .. <see cref="Parts"/> - 1.</summary>
    public int Part { get; set; }

    /// <summary>Rows before those that are worked on.</summary>
    int FirstRow => WeightMatrix.RowsPerUnit / Parts * Part;

    /// <summary>A register that no value is in; operations may overwrite it.</summary>
    protected int Scratch { get; } = registers - 1;

    // registers

    /// <summary>Registers that nobody uses.</summary>
    public int FreeCount => _free.Count;

    public int Take() => _free.Count > 0 ? _free.Pop() : throw new InvalidOperationException($"The kernel needs more than {registers} registers.");

    public void GiveBack(int register) => _free.Push(register);

    public void GiveBack(SymbolicRegister value)
    {
        if (value.Where == Place.Register && !IsShared(value.Value)) GiveBack(value.Value);
    }

    bool IsShared(int register) => _held.ContainsValue(register) || _kept.ContainsValue(register);

    /// <summary>Gives back the registers that hold constants and tables for this segment only.</summary>
    public void ReleaseHeld()
    {
        foreach (var register in _held.Values) GiveBack(register);
        _held.Clear();
    }

    // operands that are used again

    /// <summary>How often each operand was asked for.</summary>
    public IReadOnlyDictionary<Operand, int> Uses => _uses;

    /// <summary>How often each operand will be asked for, from another run over the same definitions: one that will be used again stays in a register.</summary>
    public IReadOnlyDictionary<Operand, int> ExpectedUses { get; set; } = new Dictionary<Operand, int>();

    /// <summary>Registers that must stay free of operands for later.</summary>
    public int Reserve { get; set; }

    /// <summary>The register with an operand, if one has it or it will be used again and there is a register to spare; null otherwise.</summary>
    int? Shared(Operand operand, Action<int> load)
    {
        var use = _uses[operand] = _uses.GetValueOrDefault(operand) + 1;
        if (_held.TryGetValue(operand, out var register)) return register;
        var isLast = use >= ExpectedUses.GetValueOrDefault(operand);
        if (_kept.TryGetValue(operand, out register))
        {
            if (isLast) _kept.Remove(operand);
            return register;
        }
        if (isLast || FreeCount <= Reserve) return null;
        register = Take();
        load(register);
        _kept[operand] = register;
        return register;
    }

    int Held(Operand operand, Action<int> load)
    {
        if (_held.TryGetValue(operand, out var register)) return register;
        register = Take();
        load(register);
        return _held[operand] = register;
    }

    /// <summary>What is in memory or constant and is shared, in its register; anything else as it is.</summary>
    SymbolicRegister Resolve(SymbolicRegister value)
    {
        var register = value.Where switch
        {
            Place.Memory => Shared(new Operand(Source.Vector, (UInt128)value.Value, Part), target => Load(target, Address(value))),
            Place.Constant => Shared(OfConstant(value), target => LoadConstant(target, value.Value)),
            _ => null,
        };
        return register is { } shared ? SymbolicRegister.In(shared) : value;
    }

    static Operand OfConstant(SymbolicRegister value) => new(Source.Constant, (uint)value.Value, 0);

    /// <summary>What was resolved, in a register.</summary>
    SymbolicRegister Materialise(SymbolicRegister value) => value.Where switch
    {
        Place.Memory => New(target => Load(target, Address(value))),
        Place.Constant => SymbolicRegister.In(Held(OfConstant(value), target => LoadConstant(target, value.Value))),
        _ => value,
    };

    // decoding

    /// <summary>The value in a register.</summary>
    public SymbolicRegister InRegister(SymbolicRegister value) => Materialise(Resolve(value));

    public SymbolicRegister LoadHalf(int distance)
    {
        var address = panel + (distance + FirstRow * sizeof(ushort));
        var shared = Shared(new Operand(Source.Halves, (UInt128)distance, Part), target => LoadHalves(target, address));
        return shared is { } register ? SymbolicRegister.In(register) : New(target => LoadHalves(target, address));
    }

    public SymbolicRegister LoadBytes(int distance, bool signed) => New(target => LoadBytes(target, panel + (distance + FirstRow), signed));

    public SymbolicRegister ZeroRegister() => New(Clear);

    public SymbolicRegister ToSingle(SymbolicRegister int32) => Unary(int32, ToSingle);

    public SymbolicRegister Multiply(SymbolicRegister a, SymbolicRegister b) => Binary(a, b, Multiply);

    public SymbolicRegister Subtract(SymbolicRegister a, SymbolicRegister b) => Binary(a, b, Subtract);

    public SymbolicRegister And(SymbolicRegister a, SymbolicRegister b) => Fold(a, b, And, And);

    /// <summary>a | (b &amp; mask).</summary>
    public SymbolicRegister OrAnd(SymbolicRegister a, SymbolicRegister b, SymbolicRegister mask)
    {
        (a, b, mask) = (InRegister(a), Resolve(b), Resolve(mask));
        if (b.Where == Place.Memory && (mask.Where == Place.Register || HoldsConstants)) (b, mask) = (mask, b);
        b = Materialise(b);
        var target = IsShared(a.Value) ? Take() : a.Value;
        if (target != a.Value) Move(target, a.Value);
        if (mask.Where == Place.Register) OrAnd(target, b.Value, mask.Value);
        else OrAnd(target, b.Value, mask.Where == Place.Memory ? Vector(Address(mask)) : Constant(mask.Value));
        GiveBack(b);
        GiveBack(mask);
        return SymbolicRegister.In(target);
    }

    public SymbolicRegister Xor(SymbolicRegister a, SymbolicRegister b) => Fold(a, b, Xor, Xor);

    public SymbolicRegister ShiftLeftInt16(SymbolicRegister a, int count) =>
        count == 0 ? a : Unary(a, (target, source) => ShiftLeftInt16(target, source, (byte)count));

    public SymbolicRegister ShiftRightInt16(SymbolicRegister a, int count)
    {
        if (count == 0) return a;
        a = Resolve(a);
        return a.Where == Place.Memory
            ? New(target => ShiftRightInt16(target, Address(a), (byte)count))
            : Unary(a, (target, source) => ShiftRightInt16(target, source, (byte)count));
    }

    /// <summary>16 bytes in each 128 bits of a register.</summary>
    public SymbolicRegister Table(ReadOnlySpan<byte> bytes)
    {
        var label = Constants.Bytes(bytes);
        var operand = new Operand(Source.Table, BinaryPrimitives.ReadUInt128LittleEndian(bytes), 0);
        return SymbolicRegister.In(Shared(operand, Load) ?? Held(operand, Load));

        void Load(int target) => LoadTable(target, label);
    }

    public SymbolicRegister LookUp(SymbolicRegister table, SymbolicRegister indices) => Binary(table, indices, LookUp);

    SymbolicRegister New(Action<int> emit)
    {
        var target = Take();
        emit(target);
        return SymbolicRegister.In(target);
    }

    SymbolicRegister Unary(SymbolicRegister a, Action<int, int> emit)
    {
        a = InRegister(a);
        GiveBack(a);
        return New(target => emit(target, a.Value));
    }

    SymbolicRegister Binary(SymbolicRegister a, SymbolicRegister b, Action<int, int, int> emit)
    {
        (a, b) = (InRegister(a), InRegister(b));
        GiveBack(a);
        GiveBack(b);
        return New(target => emit(target, a.Value, b.Value));
    }

    /// <summary>A commutative operation, one of whose operands may be a constant or lie in memory.</summary>
    SymbolicRegister Fold(SymbolicRegister a, SymbolicRegister b, Action<int, int, int> emit, Action<int, int, AssemblerMemoryOperand> emitMemory)
    {
        (a, b) = (Resolve(a), Resolve(b));
        if (b.Where == Place.Register || a.Where == Place.Memory && b.Where == Place.Constant && HoldsConstants) (a, b) = (b, a);
        if (b.Where == Place.Register) return Binary(Materialise(a), b, emit);
        a = Materialise(a);
        GiveBack(a);
        return New(target => emitMemory(target, a.Value, b.Where == Place.Memory ? Vector(Address(b)) : Constant(b.Value)));
    }

    AssemblerMemoryOperand Address(SymbolicRegister memory) => panel + (memory.Value + FirstRow * BytesPerLane);

    // What the instruction sets differ in: decoding

    /// <summary>The memory operand of a whole register.</summary>
    protected abstract AssemblerMemoryOperand Vector(AssemblerMemoryOperand address);

    /// <summary>A memory operand with the same int32 in all lanes.</summary>
    protected abstract AssemblerMemoryOperand Constant(int value);

    protected abstract void LoadConstant(int target, int value);

    protected abstract void LoadTable(int target, Label bytes);

    protected abstract void LoadHalves(int target, AssemblerMemoryOperand address);

    protected abstract void LoadBytes(int target, AssemblerMemoryOperand address, bool signed);

    protected abstract void ToSingle(int target, int source);

    protected abstract void Multiply(int target, int a, int b);

    protected abstract void Subtract(int target, int a, int b);

    protected abstract void And(int target, int a, int b);

    protected abstract void And(int target, int a, AssemblerMemoryOperand b);

    /// <summary>target |= b &amp; mask.</summary>
    protected abstract void OrAnd(int target, int b, int mask);

    protected abstract void OrAnd(int target, int b, AssemblerMemoryOperand mask);

    protected abstract void Move(int target, int source);

    protected abstract void Xor(int target, int a, int b);

    protected abstract void Xor(int target, int a, AssemblerMemoryOperand b);

    protected abstract void ShiftLeftInt16(int target, int source, byte count);

    protected abstract void ShiftRightInt16(int target, int source, byte count);

    protected abstract void ShiftRightInt16(int target, AssemblerMemoryOperand source, byte count);

    protected abstract void LookUp(int target, int table, int indices);

    // What the instruction sets differ in: the loop nest

    public abstract void Load(int target, AssemblerMemoryOperand address);

    public abstract void Store(AssemblerMemoryOperand address, int source);

    public abstract void Clear(int target);

    /// <summary>target = the int32 at the address, times a power of two, in all lanes.</summary>
    public abstract void BroadcastShifted(int target, AssemblerMemoryOperand int32, byte power);

    /// <summary>dot += codes . the four signed bytes at the address, in each lane.</summary>
    public abstract void AddProducts(int dot, int codes, AssemblerMemoryOperand quad);

    /// <summary>sum += float(dot) * (scale * the float at the address); dot is lost.</summary>
    public abstract void AddScaled(int sum, int dot, int scale, AssemblerMemoryOperand factor);

    /// <summary>dot = float(dot) * (scale * the float at the address) + the vector at another.</summary>
    public abstract void ScaleAndAdd(int dot, int scale, AssemblerMemoryOperand factor, AssemblerMemoryOperand sum);

    /// <summary>sum += vector * the float at the address.</summary>
    public abstract void AddMultiple(int sum, int vector, AssemblerMemoryOperand factor);
}
