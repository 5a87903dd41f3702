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

    /// <summary>"0" in this variable of the environment: behave as on a system that refuses executable memory.</summary>
    public const string EnvironmentVariable = "TERN_EXECUTABLE_MEMORY";

    /// <summary>Whether the system lets a program make code: tried once, with a single return instruction.</summary>
    public static bool Allowed { get; } = TryReturn();

    static bool TryReturn()
    {
        const byte Return = 0xC3;
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || Environment.GetEnvironmentVariable(EnvironmentVariable) == "0") return false;
        using var code = ExecutableCode.TryCreate([Return]);
        if (code is null) return false;
        ((delegate* unmanaged<void>)code.Entry)();
        return true;
    }

    /// <summary>Assembles a kernel and keeps it for the life of the process, unless another thread has done so already.</summary>
    /// <param name="entry">Where the kernel begins; 0 before.</param>
    /// <param name="kernel">Not assembled yet.</param>
    internal static void Add(ref nint entry, Kernel kernel)
    {
        lock (Kernels)
        {
            if (entry != 0) return;
            var code = ExecutableCode.TryCreate(kernel.Assemble())
                ?? throw new InsufficientMemoryException("The system gave no executable memory for a kernel. Set TERN_ISA=avx2 or avx512 to do without.");
            Kernels.Add((kernel.Name, code));
            Volatile.Write(ref entry, (nint)code.Entry);
        }
    }

    /// <summary>Names and machine code, in the order in which they were assembled.</summary>
    public static IReadOnlyList<(string Name, byte[] Code)> List()
    {
        lock (Kernels) return [.. Kernels.Select(kernel => (kernel.Name, new ReadOnlySpan<byte>(kernel.Code.Entry, kernel.Code.ByteLength).ToArray()))];
    }

    /// <summary>
    /// The kernel of a type for a number of tokens, as machine code that was not made executable; null if it is compiled: on the rungs below, that of F32, and
    /// on <see cref="IsaLevel.AvxVnni"/> those of all floats.
    /// </summary>
    /// <param name="level">The rung; the machine need not have it.</param>
    /// <param name="type">A type that <see cref="WeightMatrix.Supports"/>.</param>
    /// <param name="tokens">1 .. 16.</param>
    public static (string Name, byte[] Code)? Assemble(IsaLevel level, TensorType type, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Activations.MaxInterleaved);
        Kernel? kernel = (level, type) switch
        {
            (not (IsaLevel.AvxVnni or IsaLevel.Vnni), _) or (_, TensorType.F32) or (IsaLevel.AvxVnni, TensorType.F16 or TensorType.BF16) => null,
            (_, TensorType.F16 or TensorType.BF16) when tokens > FloatProduct.MaxTokens => new BFloat16Product(tokens),
            (_, TensorType.F16 or TensorType.BF16) => new FloatProduct(type == TensorType.BF16, tokens),
            _ => PanelFormats.Visit<MakeKernel, Kernel>(type, new MakeKernel(level, tokens)),
        };
        return kernel is null ? null : (kernel.Name, kernel.Assemble());
    }

    readonly struct MakeKernel(IsaLevel level, int tokens) : IPanelFormatVisitor<Kernel>
    {
        public Kernel Visit<TPanel>() where TPanel : struct, IPanelFormat<TPanel> => new PanelProduct<TPanel>(level, tokens, tokens);
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
