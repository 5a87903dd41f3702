using Tern.Models;
using Tern.Models.Gguf;
using Tern.Numerics.Formats;

namespace Tern.Compress;

/// <summary>
/// The block formats of llama.cpp, without calibration data: every matrix of the layers in one type. The output matrix (the embeddings
/// where they double as it) stays at Q6_K, embeddings beside ternary layers at Q4_K, and rows that are not whole blocks fall back to the
/// nearest type with blocks of 32, else to F16, all as llama-quantize does (src/llama-quant.cpp). Differs: "q4_k" is Q4_K throughout; the mixes of
/// llama.cpp (Q4_K_S, Q4_K_M) give some layers more bits.
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

    /// <summary>The type that rows of <paramref name="columns"/> can have in place of <paramref name="wanted"/>.</summary>
    public static TensorType Fitting(TensorType wanted, long columns)
    {
        if (columns % wanted.ElementsPerBlock() == 0) return wanted;
        if (columns % 32 != 0) return TensorType.F16;
        return wanted switch
        {
            TensorType.Q4_K => TensorType.Q5_0,
            TensorType.Q5_K => TensorType.Q5_1,
            TensorType.Q6_K => TensorType.Q8_0,
            TensorType.TQ1_0 or TensorType.TQ2_0 => TensorType.Q4_0,
            _ => TensorType.IQ4_NL,                          // Q2_K, Q3_K, IQ4_XS
        };
    }
}

/// <summary>Streams through <see cref="GgufExport"/>.</summary>
sealed class GgufCompressor(GgufQuantization method, ModelOnDisk source) : ICompressor
{
    public void Write(string target, IProgress<CompressionProgress>? progress, Action<string>? notice, CancellationToken cancellation)
    {
        var current = "";
        try
        {
            GgufExport.Write(target, source, tensor => TypeFor(tensor, notice), new Relay(at =>
            {
                current = at.Tensor;
                progress?.Report(new CompressionProgress("writing", at.Tensor, at.BytesWritten, at.BytesTotal));
            }), notice, cancellation);
        }
        catch (Exception problem) when (Unrepresentable(problem) is { } reason)
        {
            throw new TernException($"{source.Path}: a tensor after '{current}' cannot be compressed: {reason} The weights are damaged, or too large for {method.Name}.", problem);
        }
    }

    TensorType TypeFor(Tensor tensor, Action<string>? notice)
    {
        var wanted = method.Wanted(tensor.Name, source.Config.TieWordEmbeddings);
        var fitting = GgufQuantization.Fitting(wanted, tensor.Columns);
        if (fitting != wanted) notice?.Invoke($"{tensor.Name}: rows of {tensor.Columns} are no multiple of {wanted.ElementsPerBlock()}, so {fitting} instead of {wanted}");
        return fitting;
    }

    /// <summary>The message of an encoder, which may come out of a parallel loop.</summary>
    internal static string? Unrepresentable(Exception problem) => problem switch
    {
        AggregateException several => Unrepresentable(several.GetBaseException()),
        ArgumentException { ParamName: "weights" or "row" } refused => refused.Message,
        _ => null,
    };

    sealed class Relay(Action<GgufProgress> listener) : IProgress<GgufProgress>
    {
        public void Report(GgufProgress value) => listener(value);
    }
}
