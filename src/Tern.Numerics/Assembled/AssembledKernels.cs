namespace Tern.Numerics.Assembled;

/// <summary>The kernels that this process has assembled.</summary>
public static unsafe class AssembledKernels
{
    static readonly List<(string Name, ExecutableCode Code)> Kernels = [];

    /// <summary>Whether the system lets a program make code: tried once, with a single return instruction.</summary>
    public static bool Allowed { get; } = TryReturn();

    static bool TryReturn()
    {
        const byte Return = 0xC3;
        if (System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64) return false;
        using var code = ExecutableCode.TryCreate([Return]);
        if (code is null) return false;
        ((delegate* unmanaged<void>)code.Entry)();
        return true;
    }

    /// <summary>Assembles a kernel and keeps it for the life of the process.</summary>
    internal static void* Add(Kernel kernel)
    {
        var code = ExecutableCode.TryCreate(kernel.Assemble())
            ?? throw new InsufficientMemoryException("The system gave no executable memory for a kernel. Set TERN_ISA=avx512 to do without.");
        lock (Kernels) Kernels.Add((kernel.Name, code));
        return code.Entry;
    }

    /// <summary>Names and machine code, in the order in which they were assembled.</summary>
    public static IReadOnlyList<(string Name, byte[] Code)> List()
    {
        lock (Kernels) return [.. Kernels.Select(kernel => (kernel.Name, new ReadOnlySpan<byte>(kernel.Code.Entry, kernel.Code.ByteLength).ToArray()))];
    }

    /// <summary>Where they begin.</summary>
    internal static IReadOnlyList<nint> Entries()
    {
        lock (Kernels) return [.. Kernels.Select(kernel => (nint)kernel.Code.Entry)];
    }

    /// <summary>A kernel as assembly language, one instruction a line: distance from its beginning, then the instruction in Intel's notation.</summary>
    public static string Disassemble(ReadOnlySpan<byte> code)
    {
        var decoder = Iced.Intel.Decoder.Create(64, new Iced.Intel.ByteArrayCodeReader(code.ToArray()));
        var formatter = new Iced.Intel.IntelFormatter();
        var output = new Iced.Intel.StringOutput();
        var text = new System.Text.StringBuilder();
        while (decoder.IP < (ulong)code.Length)
        {
            var instruction = decoder.Decode();
            formatter.Format(instruction, output);
            text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"{instruction.IP:x5}  {output.ToStringAndReset()}");
            if (instruction.Code == Iced.Intel.Code.Retnq) break;          // constants follow
        }
        return text.ToString();
    }
}
