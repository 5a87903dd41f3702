using Iced.Intel;
using Tern.Numerics.Kernels;
using static Iced.Intel.AssemblerRegisters;
using static Tern.Numerics.Assembled.VectorRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>AVX-512 (F, BW) and AVX512-VNNI: 16 rows in a register, 32 registers, operands broadcast from memory.</summary>
sealed class PanelInstructions512(Assembler code, AssemblerRegister64 panel, ConstantPool constants) : PanelInstructions(panel, constants, registers: 32)
{
    /// <summary>The truth table of a | (b &amp; c).</summary>
    const byte FirstOrBoth = 0xF8;

    public override int Parts => 1;

    public override int MostSums => Activations.MaxInterleaved;

    protected override bool HoldsConstants => true;

    protected override AssemblerMemoryOperand Vector(AssemblerMemoryOperand address) => __zmmword_ptr[address];

    protected override AssemblerMemoryOperand Constant(int value) => __dword_bcst[Constants.Dword(value)];

    protected override void LoadConstant(int target, int value) => code.vpbroadcastd(Zmm(target), __dword_ptr[Constants.Dword(value)]);

    protected override void LoadTable(int target, Label bytes) => code.vbroadcasti32x4(Zmm(target), __xmmword_ptr[bytes]);

    protected override void LoadHalves(int target, AssemblerMemoryOperand address) => code.vcvtph2ps(Zmm(target), __ymmword_ptr[address]);

    protected override void LoadBytes(int target, AssemblerMemoryOperand address, bool signed)
    {
        if (signed) code.vpmovsxbd(Zmm(target), __xmmword_ptr[address]);
        else code.vpmovzxbd(Zmm(target), __xmmword_ptr[address]);
    }

    protected override void ToSingle(int target, int source) => code.vcvtdq2ps(Zmm(target), Zmm(source));

    protected override void Multiply(int target, int a, int b) => code.vmulps(Zmm(target), Zmm(a), Zmm(b));

    protected override void Subtract(int target, int a, int b) => code.vsubps(Zmm(target), Zmm(a), Zmm(b));

    protected override void And(int target, int a, int b) => code.vpandd(Zmm(target), Zmm(a), Zmm(b));

    protected override void And(int target, int a, AssemblerMemoryOperand b) => code.vpandd(Zmm(target), Zmm(a), b);

    protected override void OrAnd(int target, int b, int mask) => code.vpternlogd(Zmm(target), Zmm(b), Zmm(mask), FirstOrBoth);

    protected override void OrAnd(int target, int b, AssemblerMemoryOperand mask) => code.vpternlogd(Zmm(target), Zmm(b), mask, FirstOrBoth);

    protected override void Move(int target, int source) => code.vmovdqa32(Zmm(target), Zmm(source));

    protected override void Xor(int target, int a, int b) => code.vpxord(Zmm(target), Zmm(a), Zmm(b));

    protected override void Xor(int target, int a, AssemblerMemoryOperand b) => code.vpxord(Zmm(target), Zmm(a), b);

    protected override void ShiftLeftInt16(int target, int source, byte count) => code.vpsllw(Zmm(target), Zmm(source), count);

    protected override void ShiftRightInt16(int target, int source, byte count) => code.vpsrlw(Zmm(target), Zmm(source), count);

    protected override void ShiftRightInt16(int target, AssemblerMemoryOperand source, byte count) => code.vpsrlw(Zmm(target), __zmmword_ptr[source], count);

    protected override void LookUp(int target, int table, int indices) => code.vpshufb(Zmm(target), Zmm(table), Zmm(indices));

    public override void Load(int target, AssemblerMemoryOperand address) => code.vmovups(Zmm(target), __zmmword_ptr[address]);

    public override void Store(AssemblerMemoryOperand address, int source) => code.vmovups(__zmmword_ptr[address], Zmm(source));

    public override void Clear(int target) => code.vpxord(Zmm(target), Zmm(target), Zmm(target));

    public override void BroadcastShifted(int target, AssemblerMemoryOperand int32, byte power)
    {
        if (power == 0) code.vpbroadcastd(Zmm(target), __dword_ptr[int32]);
        else code.vpslld(Zmm(target), __dword_bcst[int32], power);
    }

    public override void AddProducts(int dot, int codes, AssemblerMemoryOperand quad) => code.vpdpbusd(Zmm(dot), Zmm(codes), __dword_bcst[quad]);

    public override void AddScaled(int sum, int dot, int scale, AssemblerMemoryOperand factor)
    {
        code.vcvtdq2ps(Zmm(dot), Zmm(dot));
        code.vmulps(Zmm(Scratch), Zmm(scale), __dword_bcst[factor]);
        code.vfmadd231ps(Zmm(sum), Zmm(dot), Zmm(Scratch));
    }

    public override void ScaleAndAdd(int dot, int scale, AssemblerMemoryOperand factor, AssemblerMemoryOperand sum)
    {
        code.vcvtdq2ps(Zmm(dot), Zmm(dot));
        code.vmulps(Zmm(Scratch), Zmm(scale), __dword_bcst[factor]);
        code.vfmadd213ps(Zmm(dot), Zmm(Scratch), __zmmword_ptr[sum]);
    }

    public override void AddMultiple(int sum, int vector, AssemblerMemoryOperand factor) => code.vfmadd231ps(Zmm(sum), Zmm(vector), __dword_bcst[factor]);
}
