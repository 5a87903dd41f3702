using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using Place = Tern.Numerics.Assembled.SymbolicRegister.Place;

namespace Tern.Numerics.Assembled;

/// <summary>
/// The instructions behind <see cref="SymbolicRegister"/>: picks a free register for each result, gives back those of the operands, folds loads
/// and constants into memory operands.
/// </summary>
/// <param name="code">Where they go.</param>
/// <param name="panel">Points to the panel block.</param>
/// <param name="constants">Behind the code.</param>
/// <param name="free">Numbers of the registers that may be used.</param>
sealed class PanelInstructions(Assembler code, AssemblerRegister64 panel, ConstantPool constants, IEnumerable<int> free)
{
    [ThreadStatic]
    static PanelInstructions? _current;

    readonly Stack<int> _free = new(free.Reverse());
    readonly Dictionary<ulong, int> _held = [];        // constants in registers, until Release

    /// <summary>Those of the kernel that this thread assembles.</summary>
    public static PanelInstructions Current
    {
        get => _current ?? throw new InvalidOperationException("No kernel is being assembled.");
        set => _current = value;
    }

    static readonly AssemblerRegisterZMM[] Zmm =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15,
        zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31,
    ];

    public static AssemblerRegisterZMM Register(int number) => Zmm[number];

    /// <summary>Registers that nobody uses.</summary>
    public int FreeCount => _free.Count;

    public int Take() => _free.Count > 0 ? _free.Pop() : throw new InvalidOperationException("The kernel needs more than 32 registers.");

    public void GiveBack(int register) => _free.Push(register);

    public void GiveBack(SymbolicRegister value)
    {
        if (value.Where == Place.Register && !_held.ContainsValue(value.Value)) GiveBack(value.Value);
    }

    /// <summary>Gives back the registers that hold constants.</summary>
    public void ReleaseConstants()
    {
        foreach (var register in _held.Values) GiveBack(register);
        _held.Clear();
    }

    /// <summary>The value in a register.</summary>
    public SymbolicRegister InRegister(SymbolicRegister value)
    {
        if (value.Where == Place.Register) return value;
        if (value.Where == Place.Constant) return SymbolicRegister.In(Held(value.Value));
        var target = Take();
        code.vmovdqu32(Zmm[target], Memory(value));
        return SymbolicRegister.In(target);
    }

    public SymbolicRegister LoadHalf(int distance) => New(target => code.vcvtph2ps(target, __ymmword_ptr[panel + distance]));

    public SymbolicRegister LoadBytes(int distance, bool signed) => New(target =>
    {
        if (signed) code.vpmovsxbd(target, __xmmword_ptr[panel + distance]);
        else code.vpmovzxbd(target, __xmmword_ptr[panel + distance]);
    });

    public SymbolicRegister ZeroRegister() => New(target => code.vpxord(target, target, target));

    public SymbolicRegister ToSingle(SymbolicRegister int32) => Unary(int32, code.vcvtdq2ps);

    public SymbolicRegister Multiply(SymbolicRegister a, SymbolicRegister b) => Binary(a, b, code.vmulps);

    public SymbolicRegister Subtract(SymbolicRegister a, SymbolicRegister b) => Binary(a, b, code.vsubps);

    public SymbolicRegister And(SymbolicRegister a, SymbolicRegister b) => Fold(a, b, code.vpandd, code.vpandd);

    public SymbolicRegister Or(SymbolicRegister a, SymbolicRegister b) => Fold(a, b, code.vpord, code.vpord);

    public SymbolicRegister Xor(SymbolicRegister a, SymbolicRegister b) => Fold(a, b, code.vpxord, code.vpxord);

    public SymbolicRegister ShiftLeftInt16(SymbolicRegister a, int count) => count == 0 ? a : Shift(a, count, code.vpsllw, code.vpsllw);

    public SymbolicRegister ShiftRightInt16(SymbolicRegister a, int count) => count == 0 ? a : Shift(a, count, code.vpsrlw, code.vpsrlw);

    /// <summary>16 bytes in each quarter of a register.</summary>
    public SymbolicRegister Table(ReadOnlySpan<byte> bytes)
    {
        var key = BitConverter.ToUInt64(bytes) ^ 0x9E37_79B9_7F4A_7C15;
        if (_held.TryGetValue(key, out var held)) return SymbolicRegister.In(held);
        var target = Take();
        code.vbroadcasti32x4(Zmm[target], __xmmword_ptr[constants.Bytes(bytes)]);
        _held[key] = target;
        return SymbolicRegister.In(target);
    }

    public SymbolicRegister LookUp(SymbolicRegister table, SymbolicRegister indices) => Binary(table, InRegister(indices), code.vpshufb);

    SymbolicRegister New(Action<AssemblerRegisterZMM> emit)
    {
        var target = Take();
        emit(Zmm[target]);
        return SymbolicRegister.In(target);
    }

    SymbolicRegister Unary(SymbolicRegister a, Action<AssemblerRegisterZMM, AssemblerRegisterZMM> emit)
    {
        a = InRegister(a);
        GiveBack(a);
        var target = Take();
        emit(Zmm[target], Zmm[a.Value]);
        return SymbolicRegister.In(target);
    }

    SymbolicRegister Binary(SymbolicRegister a, SymbolicRegister b, Action<AssemblerRegisterZMM, AssemblerRegisterZMM, AssemblerRegisterZMM> emit)
    {
        (a, b) = (InRegister(a), InRegister(b));
        GiveBack(a);
        GiveBack(b);
        var target = Take();
        emit(Zmm[target], Zmm[a.Value], Zmm[b.Value]);
        return SymbolicRegister.In(target);
    }

    /// <summary>A commutative operation, one of whose operands may be a constant or lie in memory.</summary>
    SymbolicRegister Fold(
        SymbolicRegister a, SymbolicRegister b,
        Action<AssemblerRegisterZMM, AssemblerRegisterZMM, AssemblerRegisterZMM> emit,
        Action<AssemblerRegisterZMM, AssemblerRegisterZMM, AssemblerMemoryOperand> emitMemory)
    {
        if (b.Where == Place.Register || a.Where == Place.Memory && b.Where == Place.Constant) (a, b) = (b, a);
        if (b.Where == Place.Register) return Binary(a, b, emit);
        a = InRegister(a);
        GiveBack(a);
        var target = Take();
        emitMemory(Zmm[target], Zmm[a.Value], b.Where == Place.Memory ? Memory(b) : __dword_bcst[constants.Dword(b.Value)]);
        return SymbolicRegister.In(target);
    }

    SymbolicRegister Shift(
        SymbolicRegister a, int count,
        Action<AssemblerRegisterZMM, AssemblerRegisterZMM, byte> emit,
        Action<AssemblerRegisterZMM, AssemblerMemoryOperand, byte> emitMemory)
    {
        if (a.Where == Place.Memory) return New(target => emitMemory(target, Memory(a), (byte)count));
        return Unary(a, (target, source) => emit(target, source, (byte)count));
    }

    int Held(int constant)
    {
        if (_held.TryGetValue((uint)constant, out var register)) return register;
        register = Take();
        code.vpbroadcastd(Zmm[register], __dword_ptr[constants.Dword(constant)]);
        _held[(uint)constant] = register;
        return register;
    }

    AssemblerMemoryOperand Memory(SymbolicRegister value) => __zmmword_ptr[panel + value.Value];
}
