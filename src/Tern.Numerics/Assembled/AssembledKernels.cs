using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Iced.Intel;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Kernels.Panels;

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
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return false;
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

    /// <summary>The kernel of a type for a number of tokens, as machine code that was not made executable; null for F32, whose kernels are compiled.</summary>
    /// <param name="type">A type that <see cref="WeightMatrix.Supports"/>.</param>
    /// <param name="tokens">1 .. 16.</param>
    public static (string Name, byte[] Code)? Assemble(TensorType type, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Activations.MaxInterleaved);
        if (type == TensorType.F32) return null;
        var kernel = type is TensorType.F16 or TensorType.BF16
            ? tokens > FloatProduct.MaxTokens ? new BFloat16Product(tokens) : new FloatProduct(type == TensorType.BF16, tokens)
            : PanelFormats.Visit<MakeKernel, Kernel>(type, new MakeKernel(tokens));
        return (kernel.Name, kernel.Assemble());
    }

    readonly struct MakeKernel(int tokens) : IPanelFormatVisitor<Kernel>
    {
        public Kernel Visit<TPanel>() where TPanel : struct, IPanelFormat<TPanel> => new PanelProduct<TPanel>(tokens, tokens);
    }

    /// <summary>Where they begin.</summary>
    internal static IReadOnlyList<nint> Entries()
    {
        lock (Kernels) return [.. Kernels.Select(kernel => (nint)kernel.Code.Entry)];
    }

    /// <summary>A kernel as assembly language, one instruction a line: distance from its beginning, then the instruction in Intel's notation.</summary>
    public static string Disassemble(ReadOnlySpan<byte> code)
    {
        var decoder = Iced.Intel.Decoder.Create(64, new ByteArrayCodeReader(code.ToArray()));
        var formatter = new IntelFormatter();
        var output = new StringOutput();
        var text = new StringBuilder();
        while (decoder.IP < (ulong)code.Length)
        {
            var instruction = decoder.Decode();
            formatter.Format(instruction, output);
            text.AppendLine(CultureInfo.InvariantCulture, $"{instruction.IP:x5}  {output.ToStringAndReset()}");
            if (instruction.Code == Iced.Intel.Code.Retnq) break;          // constants follow
        }
        return text.ToString();
    }
}
