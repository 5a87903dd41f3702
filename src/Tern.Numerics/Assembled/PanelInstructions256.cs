using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Tern.Numerics.Assembled.VectorRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>
/// AVX2, FMA, F16C and AVX-VNNI: 8 rows in a register, 16 registers. A VEX instruction cannot broadcast its operand, so what is broadcast goes
/// by way of the scratch register, which costs a load but no arithmetic, and constants lie in memory eight times.
/// </summary>
sealed class PanelInstructions256(Assembler code, AssemblerRegister64 panel, ConstantPool constants) : PanelInstructions(panel, constants, registers: 16)
{
    public override int Parts => 2;

    public override int MostSums => 4;

    protected override bool HoldsConstants => false;

    protected override AssemblerMemoryOperand Vector(AssemblerMemoryOperand address) => __ymmword_ptr[address];

    protected override AssemblerMemoryOperand Constant(int value) => __ymmword_ptr[Constants.Repeated(value, 8)];

    protected override void LoadConstant(int target, int value) => code.vpbroadcastd(Ymm(target), __dword_ptr[Constants.Dword(value)]);

    protected override void LoadTable(int target, Label bytes) => code.vbroadcasti128(Ymm(target), __xmmword_ptr[bytes]);

    protected override void LoadHalves(int target, AssemblerMemoryOperand address) => code.vcvtph2ps(Ymm(target), __xmmword_ptr[address]);

    protected override void LoadBytes(int target, AssemblerMemoryOperand address, bool signed)
    {
        if (signed) code.vpmovsxbd(Ymm(target), __qword_ptr[address]);
        else code.vpmovzxbd(Ymm(target), __qword_ptr[address]);
    }

    protected override void ToSingle(int target, int source) => code.vcvtdq2ps(Ymm(target), Ymm(source));

    protected override void Multiply(int target, int a, int b) => code.vmulps(Ymm(target), Ymm(a), Ymm(b));

    protected override void Subtract(int target, int a, int b) => code.vsubps(Ymm(target), Ymm(a), Ymm(b));

    protected override void And(int target, int a, int b) => code.vpand(Ymm(target), Ymm(a), Ymm(b));

    protected override void And(int target, int a, AssemblerMemoryOperand b) => code.vpand(Ymm(target), Ymm(a), b);

    protected override void OrAnd(int target, int b, int mask)
    {
        code.vpand(Ymm(Scratch), Ymm(b), Ymm(mask));
        code.vpor(Ymm(target), Ymm(target), Ymm(Scratch));
    }

    protected override void OrAnd(int target, int b, AssemblerMemoryOperand mask)
    {
        code.vpand(Ymm(Scratch), Ymm(b), mask);
        code.vpor(Ymm(target), Ymm(target), Ymm(Scratch));
    }

    protected override void Move(int target, int source) => code.vmovdqa(Ymm(target), Ymm(source));

    protected override void Xor(int target, int a, int b) => code.vpxor(Ymm(target), Ymm(a), Ymm(b));

    protected override void Xor(int target, int a, AssemblerMemoryOperand b) => code.vpxor(Ymm(target), Ymm(a), b);

    protected override void ShiftLeftInt16(int target, int source, byte count) => code.vpsllw(Ymm(target), Ymm(source), count);

    protected override void ShiftRightInt16(int target, int source, byte count) => code.vpsrlw(Ymm(target), Ymm(source), count);

    protected override void ShiftRightInt16(int target, AssemblerMemoryOperand source, byte count)
    {
        Load(target, source);
        ShiftRightInt16(target, target, count);
    }

    protected override void LookUp(int target, int table, int indices) => code.vpshufb(Ymm(target), Ymm(table), Ymm(indices));

    public override void Load(int target, AssemblerMemoryOperand address) => code.vmovups(Ymm(target), __ymmword_ptr[address]);

    public override void Store(AssemblerMemoryOperand address, int source) => code.vmovups(__ymmword_ptr[address], Ymm(source));

    public override void Clear(int target) => code.vpxor(Ymm(target), Ymm(target), Ymm(target));

    public override void BroadcastShifted(int target, AssemblerMemoryOperand int32, byte power)
    {
        code.vpbroadcastd(Ymm(target), __dword_ptr[int32]);
        if (power != 0) code.vpslld(Ymm(target), Ymm(target), power);
    }

    public override void AddProducts(int dot, int codes, AssemblerMemoryOperand quad)
    {
        code.vpbroadcastd(Ymm(Scratch), __dword_ptr[quad]);
        code.vpdpbusd(Ymm(dot), Ymm(codes), Ymm(Scratch));
    }

    public override void AddScaled(int sum, int dot, int scale, AssemblerMemoryOperand factor)
    {
        code.vcvtdq2ps(Ymm(dot), Ymm(dot));
        code.vbroadcastss(Ymm(Scratch), __dword_ptr[factor]);
        code.vmulps(Ymm(Scratch), Ymm(scale), Ymm(Scratch));
        code.vfmadd231ps(Ymm(sum), Ymm(dot), Ymm(Scratch));
    }

    public override void ScaleAndAdd(int dot, int scale, AssemblerMemoryOperand factor, AssemblerMemoryOperand sum)
    {
        code.vcvtdq2ps(Ymm(dot), Ymm(dot));
        code.vbroadcastss(Ymm(Scratch), __dword_ptr[factor]);
        code.vmulps(Ymm(Scratch), Ymm(scale), Ymm(Scratch));
        code.vfmadd213ps(Ymm(dot), Ymm(Scratch), __ymmword_ptr[sum]);
    }

    public override void AddMultiple(int sum, int vector, AssemblerMemoryOperand factor)
    {
        code.vbroadcastss(Ymm(Scratch), __dword_ptr[factor]);
        code.vfmadd231ps(Ymm(sum), Ymm(vector), Ymm(Scratch));
    }
}
