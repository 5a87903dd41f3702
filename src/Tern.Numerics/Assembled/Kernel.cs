using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>
/// Assembles one kernel, a function of one pointer to its arguments. Derived classes name their registers and emit the loop nest; this class
/// does what the calling convention asks for (System V and Windows x64).
/// </summary>
abstract class Kernel
{
    static readonly bool Windows = OperatingSystem.IsWindows();

    static readonly AssemblerRegister64[] Saved = Windows
        ? [rbx, rbp, rdi, rsi, r12, r13, r14, r15]
        : [rbx, rbp, r12, r13, r14, r15];

    static readonly AssemblerRegisterXMM[] SavedOnWindows = [xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15];

    protected Assembler Code { get; } = new(64);

    protected ConstantPool Constants { get; }

    protected Kernel() => Constants = new ConstantPool(Code);

    /// <summary>What the kernel is called in listings.</summary>
    public abstract string Name { get; }

    /// <summary>The arguments; scratch once they are read.</summary>
    protected static AssemblerRegister64 Arguments => Windows ? rcx : rdi;

    protected abstract void EmitBody();

    /// <summary>The machine code.</summary>
    public byte[] Assemble()
    {
        foreach (var register in Saved) Code.push(register);
        if (Windows) SaveVectors();
        EmitBody();
        if (Windows) RestoreVectors();
        Code.vzeroupper();
        foreach (var register in Saved.Reverse()) Code.pop(register);
        Code.ret();
        Constants.Emit();
        using var stream = new MemoryStream();
        Code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    void SaveVectors()
    {
        Code.sub(rsp, 16 * SavedOnWindows.Length);
        for (var i = 0; i < SavedOnWindows.Length; i++) Code.vmovdqu(__xmmword_ptr[rsp + 16 * i], SavedOnWindows[i]);
    }

    void RestoreVectors()
    {
        for (var i = 0; i < SavedOnWindows.Length; i++) Code.vmovdqu(SavedOnWindows[i], __xmmword_ptr[rsp + 16 * i]);
        Code.add(rsp, 16 * SavedOnWindows.Length);
    }

    /// <summary>Puts fields of the arguments, 8 bytes each, into registers.</summary>
    /// <typeparam name="T">The struct that <see cref="Arguments"/> points to.</typeparam>
    /// <param name="fields">A register and the name of the field for it.</param>
    protected void LoadArguments<T>(params ReadOnlySpan<(AssemblerRegister64 Register, string Field)> fields) where T : struct
    {
        foreach (var (register, field) in fields) Code.mov(register, Argument<T>(field));
    }

    /// <summary>The size of equal parts, each at most <paramref name="most"/>.</summary>
    internal static int EvenParts(int count, int most)
    {
        var parts = (count + most - 1) / most;
        return (count + parts - 1) / parts;
    }

    /// <summary>Where a field of the arguments lies.</summary>
    protected static AssemblerMemoryOperand Argument<T>(string field) where T : struct =>
        __qword_ptr[Arguments + (int)Marshal.OffsetOf<T>(field)];
}
