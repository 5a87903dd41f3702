using Tern.Models;
using Tern.Models.Gguf;
using Tern.Numerics.Formats;

namespace Tern.Compress;

/// <summary>
/// The block formats of llama.cpp, without calibration data: every matrix of the layers in one type. The output matrix (the embeddings
/// where they double as it) stays at Q6_K, embeddings beside ternary layers at Q4_K, and rows that are not whole blocks fall back
/// (<see cref="GgufExport.Fitting"/>), all as llama-quantize does (src/llama-quant.cpp). Differs: "q4_k" is Q4_K throughout; the mixes of llama.cpp (Q4_K_S,
/// Q4_K_M) give some layers more bits.
/// </summary>
public sealed record GgufQuantization : CompressionMethod
{
    /// <summary>Type of the matrices of the layers.</summary>
    public required TensorType Type { get; init; }

    /// <summary>Type of lm_head, or of the embeddings where they double as it; null for the default.</summary>
    public TensorType? OutputType { get; init; }

    /// <summary>Type of embeddings that are not the output, too; null for the default.</summary>
    public TensorType? EmbeddingType { get; init; }

    /// <summary>One for each type that GGUF has and Tern can encode.</summary>
    public static IEnumerable<GgufQuantization> All => WeightFormats.All
        .Where(format => format.CanEncode && format.Type is not (TensorType.F64 or TensorType.F32) && GgmlType.Find(format.Type) is not null)
        .Select(format => new GgufQuantization { Type = format.Type });

    public override string Name => Type.ToString().ToLowerInvariant();

    public override string Description => Type switch
    {
        TensorType.F16 or TensorType.BF16 => "16-bit floats",
        TensorType.TQ1_0 or TensorType.TQ2_0 => "ternary, blocks of 256: only for models trained so",
        _ => $"blocks of {WeightFormats.Of(Type).WeightsPerBlock}",
    };

    public override double BitsPerWeight => WeightFormats.Of(Type).BitsPerWeight;

    public override bool WritesGguf => true;

    public override CompressionMethod With(MethodSettings settings) => settings.GroupSize is not null
        ? throw new TernException($"{Name} has blocks of {WeightFormats.Of(Type).WeightsPerBlock} weights; a group size can only be chosen for int4 and int8.")
        : this with { OutputType = settings.OutputType ?? OutputType, EmbeddingType = settings.EmbeddingType ?? EmbeddingType };

    public override ICompressor Build(ModelOnDisk source, int threads) => new GgufCompressor(this, source);

    /// <summary>The type for a matrix, whatever its width.</summary>
    public TensorType Wanted(string tensor, bool tied)
    {
        var isOutput = tensor == "lm_head.weight" || tied && tensor == "model.embed_tokens.weight";
        if (isOutput) return OutputType ?? (tied ? EmbeddingType : null) ?? (WeightFormats.Of(Type).BitsPerWeight > 8 ? Type : TensorType.Q6_K);
        if (tensor == "model.embed_tokens.weight") return EmbeddingType ?? (Type is TensorType.TQ1_0 or TensorType.TQ2_0 ? TensorType.Q4_K : Type);
        return Type;
    }
}

/// <summary>Streams through <see cref="GgufExport"/>.</summary>
sealed class GgufCompressor(GgufQuantization method, ModelOnDisk source) : ICompressor
{
    public void Write(string target, IProgress<CompressionProgress>? progress, Action<string>? notice, CancellationToken cancellation) =>
        GgufExport.Write(target, source, tensor => method.Wanted(tensor.Name, source.Config.TieWordEmbeddings), new Relay(at =>
            progress?.Report(new CompressionProgress("writing", at.Tensor, at.BytesWritten, at.BytesTotal))), notice, cancellation);

    sealed class Relay(Action<GgufProgress> listener) : IProgress<GgufProgress>
    {
        public void Report(GgufProgress value) => listener(value);
    }
}
