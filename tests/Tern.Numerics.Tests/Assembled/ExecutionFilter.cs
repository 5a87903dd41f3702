using System.Runtime.InteropServices;

namespace Tern.Numerics.Tests.Assembled;

/// <summary>A filter of system calls (seccomp) that refuses to make memory executable, as hardened systems do, for one thread only.</summary>
static unsafe partial class ExecutionFilter
{
    const int NoNewPrivileges = 38, SetSeccomp = 22, FilterMode = 2;
    const uint Mprotect = 10, Execute = 4, Allow = 0x7FFF_0000, FailWithAccessDenied = 0x0005_0000 | 13;
    const ushort LoadWord = 0x20, JumpIfEqual = 0x15, JumpIfSet = 0x45, Return = 0x06;

    /// <summary>Where the kernel puts the number of the call and the lower half of its third argument (struct seccomp_data).</summary>
    const uint NumberAt = 0, ThirdArgumentAt = 32;

    [StructLayout(LayoutKind.Sequential)]
    readonly struct Instruction(ushort code, byte ifTrue, byte ifFalse, uint value)
    {
        public readonly ushort Code = code;
        public readonly byte IfTrue = ifTrue, IfFalse = ifFalse;
        public readonly uint Value = value;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Program
    {
        public ushort Length;
        public Instruction* Instructions;
    }

    /// <summary>From now on mprotect(.., PROT_EXEC) fails on the calling thread, until it ends.</summary>
    /// <returns>False where there are no such filters.</returns>
    public static bool TryRefuseOnThisThread()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64) return false;
        var instructions = stackalloc Instruction[]
        {
            new(LoadWord, 0, 0, NumberAt),
            new(JumpIfEqual, 0, 3, Mprotect),
            new(LoadWord, 0, 0, ThirdArgumentAt),
            new(JumpIfSet, 0, 1, Execute),
            new(Return, 0, 0, FailWithAccessDenied),
            new(Return, 0, 0, Allow),
        };
        var program = new Program { Length = 6, Instructions = instructions };
        return prctl(NoNewPrivileges, 1, 0, 0, 0) == 0 && prctl(SetSeccomp, FilterMode, (nuint)(&program), 0, 0) == 0;
    }

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
