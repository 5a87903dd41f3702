using Tern.Models.Configs;
using Tern.Numerics.Formats;

namespace Tern.Models.Gguf;

/// <summary>How far an export is.</summary>
/// <param name="Tensor">The tensor being written.</param>
/// <param name="BytesWritten">Bytes of tensor data so far, of <paramref name="BytesTotal"/>.</param>
public readonly record struct GgufProgress(string Tensor, long BytesWritten, long BytesTotal);

/// <summary>Writes any model that Tern reads as a GGUF file that llama.cpp loads.</summary>
public static class GgufExport
{
    /// <summary>Tensors that are made from the configuration, or that runtimes compute for themselves.</summary>
    static readonly string[] Derived = ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"];

    const string ComputedAtRunTime = "rotary_emb.inv_freq";

    /// <summary>
    /// Writes <paramref name="source"/> to <paramref name="path"/>, which appears only when it is complete.
    /// Vectors (norms, biases) are stored as F32; every matrix as <paramref name="choose"/> says, given the tensor under its Hugging Face
    /// name, or by <see cref="Fitting"/> where its rows are not whole blocks of that type.
    /// </summary>
    /// <param name="notice">Told of each fallback and of each setting that GGUF cannot express.</param>
    /// <exception cref="TernException">The model has parts that GGUF or llama.cpp has no place for, or a weight that is written in another type is not finite.</exception>
    public static void Write(string path, ModelOnDisk source, Func<Tensor, TensorType> choose, IProgress<GgufProgress>? progress = null,
        Action<string>? notice = null, CancellationToken cancellation = default)
    {
        var architecture = GgufArchitecture.Of(source.Config);
        var plan = Plan(source, architecture, choose, notice);
        var total = plan.Sum(tensor => GgufWriter.ByteLength(tensor.Type, tensor.Shape));
        long done = 0;
        var sources = new List<GgufTensorSource>(plan.Count);
        foreach (var tensor in plan)
        {
            sources.Add(new GgufTensorSource(tensor.Name, tensor.Type, tensor.Shape, stream => tensor.Write(stream, bytes =>
            {
                done += bytes;
                progress?.Report(new GgufProgress(tensor.Name, done, total));
            }, cancellation)));
        }

        var metadata = GgufExportMetadata.Of(source, architecture, FileType(plan), notice);
        GgufWriter.Write(path, metadata, sources, cancellation);
    }

    /// <summary>A tensor of the output.</summary>
    sealed record Planned(string Name, TensorType Type, long[] Shape, Action<Stream, Action<long>, CancellationToken> Write);

    static List<Planned> Plan(ModelOnDisk source, GgufArchitecture architecture, Func<Tensor, TensorType> choose, Action<string>? notice)
    {
        var plan = new List<Planned>();
        var config = source.Config;
        foreach (var tensor in source.Weights.Tensors)
        {
            if (tensor.Name.EndsWith(ComputedAtRunTime, StringComparison.Ordinal) || Derived.Contains(tensor.Name)) continue;
            if (tensor.Name == "lm_head.weight" && config.TieWordEmbeddings) continue;
            var name = architecture.ToGguf(tensor.Name)
                ?? throw new TernException($"{source.Path}: the tensor '{tensor.Name}' has no place in a GGUF file of architecture '{architecture.Name}'");
            var shape = tensor.Shape.ToArray();
            var type = TypeFor(tensor, shape, choose, notice);
            var transcoder = new RowTranscoder(source.Path, tensor, type, architecture.IsShiftedNorm(tensor.Name) ? 1 : 0, RowOrder(tensor, config, architecture));
            plan.Add(new Planned(name, type, shape, transcoder.WriteTo));
        }

        foreach (var (name, factors) in GgufRotaryFactors.Of(config))
            plan.Add(new Planned(name, TensorType.F32, [factors.Length], (stream, written, _) => WriteFactors(stream, factors, written)));
        return plan;
    }

    static TensorType TypeFor(Tensor tensor, long[] shape, Func<Tensor, TensorType> choose, Action<string>? notice)
    {
        if (shape.Length < 2) return TensorType.F32;
        var chosen = choose(tensor);
        if (GgmlType.Find(chosen) is null) throw new TernException($"GGUF has no tensor type for {chosen}; possible are {GgmlType.Supported}");
        var isRaw = chosen == tensor.Type;
        if (!isRaw && !WeightFormats.Of(chosen).CanEncode) throw new TernException($"{chosen} can be read but not written; choose another type");
        var fitting = Fitting(chosen, tensor.Columns);
        if (fitting != chosen) notice?.Invoke($"{tensor.Name}: rows of {tensor.Columns} are no multiple of {chosen.ElementsPerBlock()}, so {fitting} instead of {chosen}");
        return fitting;
    }

    /// <summary>
    /// The type that rows of <paramref name="columns"/> can have in place of <paramref name="wanted"/>: a type of blocks of 32 with as many bits or the next
    /// above, else F16, as llama-quantize chooses (src/llama-quant.cpp).
    /// </summary>
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

    /// <summary>Where the order of rotary rows differs between source and architecture: which source row an output row is.</summary>
    static Func<long, long>? RowOrder(Tensor tensor, ModelConfig config, GgufArchitecture architecture)
    {
        if (!RotaryLayout.IsRotated(tensor.Name) || config.RopeInterleaved == architecture.RopeInterleaved) return null;
        var headDim = config.HeadDim;
        if (headDim % 2 != 0 || tensor.Shape[0] % headDim != 0)
            throw new TernException($"the tensor '{tensor.Name}' has {tensor.Shape[0]} rows, which are no heads of {headDim}");
        return architecture.RopeInterleaved ? row => RotaryLayout.HalvesRow(row, headDim) : row => RotaryLayout.InterleavedRow(row, headDim);
    }

    static void WriteFactors(Stream stream, float[] factors, Action<long> written)
    {
        var bytes = new byte[factors.Length * sizeof(float)];
        WeightFormats.Of(TensorType.F32).Encode(factors, bytes);
        stream.Write(bytes);
        written(bytes.Length);
    }

    /// <summary>The type that most weights have: general.file_type describes the file by it.</summary>
    static TensorType FileType(List<Planned> plan) => plan
        .Where(tensor => tensor.Shape.Length >= 2)
        .GroupBy(tensor => tensor.Type, tensor => tensor.Shape.Aggregate(1d, (product, dimension) => product * dimension))
        .MaxBy(group => group.Sum())?.Key ?? TensorType.F32;
}
