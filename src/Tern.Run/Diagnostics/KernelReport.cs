using System.Globalization;
using Tern.Models;
using Tern.Numerics;
using Tern.Numerics.Assembled;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;

namespace Tern.Run.Diagnostics;

/// <summary>Which kernels multiply a type of weights in this process.</summary>
/// <param name="Type">The type of the weights.</param>
/// <param name="Kernels">"assembled for AVX512-VNNI", "compiled, avx2", ...</param>
/// <param name="OneTokenBytes">Bytes of machine code of the assembled kernel for one token; null for compiled ones.</param>
/// <param name="TileBytes">The same for 16 tokens.</param>
public sealed record KernelReport(TensorType Type, string Kernels, int? OneTokenBytes, int? TileBytes)
{
    /// <summary>All types that can be multiplied.</summary>
    public static IReadOnlyList<KernelReport> Collect() => [.. Enum.GetValues<TensorType>().Where(WeightMatrix.Supports).Select(Of)];

    static KernelReport Of(TensorType type)
    {
        if (AssembledKernels.Assemble(Isa.Current, type, 1) is not { } one || AssembledKernels.Assemble(Isa.Current, type, Activations.MaxInterleaved) is not { } tile)
        {
            var rung = Isa.Current switch
            {
                IsaLevel.Vnni => IsaLevel.Avx512,
                IsaLevel.AvxVnni => IsaLevel.Avx2,
                var compiled => compiled,
            };
            return new KernelReport(type, $"compiled, {rung.ToString().ToLowerInvariant()}", null, null);
        }
        var instructions = Isa.Current == IsaLevel.AvxVnni ? "AVX-VNNI"
            : type is not (TensorType.F16 or TensorType.BF16) ? "AVX512-VNNI"
            : CpuFeatures.Avx512BFloat16 ? "AVX-512, AVX512-BF16 for more than 8 tokens" : "AVX-512";
        return new KernelReport(type, $"assembled for {instructions}", one.Code.Length, tile.Code.Length);
    }

    /// <summary>An assembled kernel as assembly language: of the rung in use, or, where nothing is assembled on that, of AVX512-VNNI.</summary>
    /// <param name="wanted">"q4_0" for one token, "q4_0:16" for 16.</param>
    /// <exception cref="TernException">There is no such kernel.</exception>
    public static string Disassemble(string wanted)
    {
        var parts = wanted.Split(':');
        var tokens = 1;
        if (parts.Length > 2 || !WeightFormats.TryParse(parts[0], out var type) || !WeightMatrix.Supports(type)
            || parts.Length == 2 && !(int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out tokens) && tokens is >= 1 and <= Activations.MaxInterleaved))
        {
            throw new TernException($"There is no kernel '{wanted}'. Name a type of weights and a number of tokens from 1 to 16, as in q4_0:16.");
        }
        var level = Isa.Current == IsaLevel.AvxVnni ? IsaLevel.AvxVnni : IsaLevel.Vnni;
        var kernel = AssembledKernels.Assemble(level, type, tokens) ?? throw new TernException($"The kernels of {type} are compiled by .NET, not assembled.");
        return $"; {kernel.Name}: {kernel.Code.Length} bytes{Environment.NewLine}{AssembledKernels.Disassemble(kernel.Code)}";
    }
}
