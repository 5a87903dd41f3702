using System.Globalization;
using Tern.Models;
using Tern.Models.Quantized;
using Tern.Models.Safetensors;
using Tern.Numerics.Formats;
using Tern.Numerics.Threading;

namespace Tern.Compress;

/// <summary>
/// Symmetric integers by rounding to the nearest (<see cref="RoundToNearest"/>): the baseline that every quantisation paper starts from. Written as a
/// Hugging Face folder in the layout "compressed-tensors", format "pack-quantized", which vLLM and transformers load: X.weight_packed int32
/// [rows, columns * bits / 32], X.weight_scale [rows, groups], X.weight_shape int64 [2]. Only matrices of the layers are quantised; embeddings, lm_head, norms and
/// matrices whose rows are not whole groups stay as they are. Differs from llm-compressor: absmax meets the largest code (7, 127), not the
/// middle between that and the next (7.5, 127.5); scales are rounded to halves before the codes are taken, so that readers with half-precision scales lose nothing.
/// </summary>
public sealed record RoundToNearestQuantization : CompressionMethod
{
    /// <summary>4 or 8.</summary>
    public required int Bits { get; init; }

    /// <summary>Weights along a row that share a scale; null for one scale per row.</summary>
    public required int? GroupSize { get; init; }

    public override string Name => $"int{Bits}";

    public override string Description => $"symmetric integers, {(GroupSize is { } size ? $"groups of {size}" : "one scale per row")} (--group-size)";

    public override double BitsPerWeight => Bits + (GroupSize is { } size ? 16.0 / size : 0);

    public override bool WritesGguf => false;

    public override CompressionMethod With(MethodSettings settings)
    {
        if (settings is not { OutputType: null, EmbeddingType: null }) throw new TernException($"{Name} leaves embeddings and output as they are; their types can only be chosen for GGUF.");
        return settings.GroupSize switch
        {
            null => this,
            0 => this with { GroupSize = null },
            >= 8 and <= 4096 and var size when size % 8 == 0 => this with { GroupSize = size },
            var size => throw new TernException($"A group size of {size} is not possible: choose a multiple of 8 up to 4096, or 0 for one scale per row."),
        };
    }

    public override ICompressor Build(ModelOnDisk source, int threads) => new RoundToNearestCompressor(this, source, threads);

    /// <summary>Whether the tensor is a matrix of a layer.</summary>
    public static bool Applies(Tensor tensor) => tensor.Shape.Length == 2 && tensor.Name.StartsWith("model.layers.", StringComparison.Ordinal)
        && tensor.Name.EndsWith(".weight", StringComparison.Ordinal);

    /// <summary>The rounding for a model whose weights are of <paramref name="type"/>: scales that this type and a half hold exactly.</summary>
    public RoundToNearest For(TensorType type) => new() { Bits = Bits, GroupSize = GroupSize, ScaleType = type == TensorType.BF16 ? TensorType.BF16 : TensorType.F16 };

    /// <summary>quantization_config.</summary>
    /// <param name="ignored">Names of the linear layers that stay as they are.</param>
    public string ConfigJson(IEnumerable<string> ignored)
    {
        var ignore = string.Join(", ", ignored.Select(name => $"\"{name}\""));
        var group = GroupSize is { } size ? size.ToString(CultureInfo.InvariantCulture) : "null";
        return $$"""
            {
              "quant_method": "compressed-tensors", "format": "pack-quantized", "quantization_status": "compressed",
              "config_groups": {
                "group_0": {
                  "targets": ["Linear"],
                  "weights": { "num_bits": {{Bits}}, "type": "int", "symmetric": true, "strategy": "{{(GroupSize is null ? "channel" : "group")}}", "group_size": {{group}}, "dynamic": false },
                  "input_activations": null, "output_activations": null
                }
              },
              "ignore": [{{ignore}}], "kv_cache_scheme": null
            }
            """;
    }
}

/// <summary>Quantises while <see cref="HfFolder"/> writes. Codes and scales lie apart in the file, so that each row is rounded twice rather than kept.</summary>
sealed class RoundToNearestCompressor(RoundToNearestQuantization method, ModelOnDisk source, int threads) : ICompressor
{
    public void Write(string target, IProgress<CompressionProgress>? progress, Action<string>? notice, CancellationToken cancellation)
    {
        var ignored = new List<string> { "lm_head" };
        var any = false;
        foreach (var tensor in source.Weights.Tensors.Where(RoundToNearestQuantization.Applies))
        {
            if (Fits(tensor))
            {
                any = true;
                continue;
            }
            ignored.Add(tensor.Name[..^".weight".Length]);
            notice?.Invoke($"{tensor.Name}: rows of {tensor.Columns} are no multiple of the group size {method.GroupSize}, left as they are");
        }
        if (!any) throw new TernException($"{source.Path}: no matrix has rows of whole groups of {method.GroupSize}; choose another --group-size, or 0 for one scale per row.");
        using var team = new WorkerTeam(threads);
        try
        {
            HfFolder.Write(target, source, progress: new Relay(at => progress?.Report(new CompressionProgress("writing", at.Tensor, at.BytesWritten, at.BytesTotal))),
                quantization: new QuantizedTensors(method.ConfigJson(ignored), tensor => Parts(tensor, team, cancellation)), cancellationToken: cancellation);
        }
        catch (AggregateException several) when (several.GetBaseException() is TernException problem)
        {
            throw new TernException($"{source.Path}: {problem.Message}", several);       // out of the loop of a RowQuantizer
        }
    }

    bool Fits(Tensor tensor) => method.GroupSize is not { } size || tensor.Columns % size == 0;

    SafetensorsSource[]? Parts(Tensor tensor, WorkerTeam team, CancellationToken cancellation)
    {
        if (!RoundToNearestQuantization.Applies(tensor) || !Fits(tensor)) return null;
        var floatType = HfFolder.FloatTypeOf(tensor);
        var scaleType = floatType is TensorType.F16 or TensorType.BF16 ? floatType : TensorType.F32;
        var rows = new RowQuantizer(tensor, method.For(floatType), scaleType, HfFolder.RowOrder(source.Config, tensor.Name), team);
        var (rowCount, columns) = (tensor.Shape[0], (int)tensor.Columns);
        long[] shape = [rowCount, columns];
        return
        [
            new($"{tensor.Name}_packed", TensorType.I32, [rowCount, PackedIntegers.WordsFor(columns, method.Bits)], stream => rows.WriteCodes(stream, cancellation)),
            new($"{tensor.Name}_scale", scaleType, [rowCount, rows.Groups], stream => rows.WriteScales(stream, cancellation)),
            new($"{tensor.Name}_shape", TensorType.I64, [2], stream => stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(shape.AsSpan()))),
        ];
    }

    sealed class Relay(Action<HfProgress> listener) : IProgress<HfProgress>
    {
        public void Report(HfProgress value) => listener(value);
    }
}
