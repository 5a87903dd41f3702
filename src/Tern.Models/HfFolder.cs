using Tern.Models.Configs;
using Tern.Models.Files;
using Tern.Models.Gguf;
using Tern.Models.Quantized;
using Tern.Models.Safetensors;
using Tern.Models.Tokenizers;
using Tern.Numerics.Formats;

namespace Tern.Models;

/// <summary>How far an export is.</summary>
/// <param name="Tensor">The tensor being written.</param>
/// <param name="BytesWritten">Bytes of tensors so far, of <paramref name="BytesTotal"/>.</param>
public readonly record struct HfProgress(string Tensor, long BytesWritten, long BytesTotal);

/// <summary>Writes any readable model as a Hugging Face folder, which transformers, vLLM, llama.cpp's converter and others load.</summary>
public static class HfFolder
{
    /// <summary>Copied as they are where the source folder has them.</summary>
    static readonly string[] TokenizerFileNames =
    [
        "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "chat_template.jinja",
    ];

    /// <summary>Tensors of GGUF that follow from the configuration.</summary>
    static readonly string[] Derived = ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"];

    /// <summary>
    /// Writes <paramref name="source"/> into the folder, which is complete or does not appear: config.json, generation_config.json,
    /// (sharded) safetensors, and the tokenizer: the files of a source folder, or a tokenizer.json made from that of GGUF or
    /// llama2.c. Rows of q_proj and k_proj are brought into halves.
    /// </summary>
    /// <param name="folder">Must not exist or be empty.</param>
    /// <param name="source">The model; block formats of GGUF are decoded.</param>
    /// <param name="floatType">F32, F16 or BF16 for all weights; null keeps each tensor's type, and decodes block formats to BF16.</param>
    /// <param name="progress">Told after every few megabytes.</param>
    /// <param name="maxShardBytes">Larger models are cut into several files.</param>
    /// <param name="quantization">Tensors that are written in another form, and how config.json tells of it; null for none.</param>
    /// <param name="cancellationToken">Cancelling removes what was written.</param>
    /// <exception cref="TernException">The folder is taken, the disk is full, config.json cannot express the model, or a weight that is written in another type is not finite.</exception>
    public static void Write(string folder, ModelOnDisk source, TensorType? floatType = null, IProgress<HfProgress>? progress = null,
        long maxShardBytes = SafetensorsWriter.DefaultMaxShardBytes, QuantizedTensors? quantization = null, CancellationToken cancellationToken = default)
    {
        if (floatType is not (null or TensorType.F32 or TensorType.F16 or TensorType.BF16))
            throw new TernException($"{folder}: a Hugging Face folder holds F32, F16 or BF16 weights, not {floatType}.");
        AtomicFolder.Write(folder, temporary =>
        {
            var tensors = Plan(source, floatType, quantization, progress, cancellationToken);
            var config = source.Config with { RopeInterleaved = false };
            AtomicFile.WriteText(Path.Combine(temporary, ModelConfigs.FileName), ModelConfigs.ToJson(config, TorchNameOf(tensors), quantization?.ConfigJson), cancellationToken);
            if (ModelConfigs.GenerationJson(config) is { } generation)
                AtomicFile.WriteText(Path.Combine(temporary, ModelConfigs.GenerationFileName), generation, cancellationToken);
            WriteTokenizer(temporary, source, cancellationToken);
            SafetensorsWriter.WriteFolder(temporary, tensors, maxShardBytes, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Which row of a tensor is row i of the exported one: interleaved rows of q_proj and k_proj are brought into halves. Null where the order stays.</summary>
    public static Func<long, long>? RowOrder(ModelConfig config, string tensor)
    {
        var headDim = config.HeadDim;
        return config.RopeInterleaved && RotaryLayout.IsRotated(tensor) ? row => RotaryLayout.InterleavedRow(row, headDim) : null;
    }

    static List<SafetensorsSource> Plan(ModelOnDisk source, TensorType? floatType, QuantizedTensors? quantization, IProgress<HfProgress>? progress, CancellationToken cancellationToken)
    {
        var plan = new List<SafetensorsSource>();
        long done = 0, total = 0;
        void Report(string tensor, long bytes)
        {
            done += bytes;
            progress?.Report(new HfProgress(tensor, done, total));
        }

        foreach (var tensor in source.Weights.Tensors)
        {
            if (Derived.Contains(tensor.Name) || tensor.Name == "lm_head.weight" && source.Config.TieWordEmbeddings) continue;
            if (quantization?.Replace(tensor) is { } parts)
            {
                plan.AddRange(parts.Select(part => part with
                {
                    Write = stream =>
                    {
                        part.Write(stream);
                        Report(tensor.Name, part.ByteLength);
                    }
                }));
                continue;
            }
            var type = TypeFor(tensor, floatType);
            var rows = new RowTranscoder(source.Path, tensor, type, shift: 0, RowOrder(source.Config, tensor.Name));
            plan.Add(new SafetensorsSource(tensor.Name, type, tensor.Shape.ToArray(),
                stream => rows.WriteTo(stream, bytes => Report(tensor.Name, bytes), cancellationToken)));
        }
        total = plan.Sum(part => part.ByteLength);
        return plan;
    }

    /// <summary>The type that an export gives to a tensor that is not quantised: its own, or BF16 where safetensors lacks it.</summary>
    public static TensorType FloatTypeOf(Tensor tensor) => TypeFor(tensor, null);

    static TensorType TypeFor(Tensor tensor, TensorType? floatType)
    {
        if (tensor.Type is TensorType.I8 or TensorType.U8 or TensorType.I16 or TensorType.I32 or TensorType.I64 or TensorType.Bool) return tensor.Type;
        return floatType ?? (SafetensorsTypes.Has(tensor.Type) ? tensor.Type : TensorType.BF16);
    }

    /// <summary>The type of most weights, as torch spells it.</summary>
    static string? TorchNameOf(List<SafetensorsSource> tensors)
    {
        var type = tensors.Where(tensor => WeightFormats.All.Any(format => format.Type == tensor.Type)).GroupBy(tensor => tensor.Type).OrderByDescending(group => group.Sum(tensor => tensor.ByteLength)).Select(group => (TensorType?)group.Key).FirstOrDefault();
        return type switch { TensorType.F32 => "float32", TensorType.F16 => "float16", TensorType.BF16 => "bfloat16", _ => null };
    }

    static void WriteTokenizer(string folder, ModelOnDisk source, CancellationToken cancellationToken)
    {
        if (source.FileFormat == "safetensors")
        {
            var from = Directory.Exists(source.Path) ? source.Path : Path.GetDirectoryName(Path.GetFullPath(source.Path))!;
            foreach (var name in TokenizerFileNames)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (File.Exists(Path.Combine(from, name))) File.Copy(Path.Combine(from, name), Path.Combine(folder, name));
            }
        }
        else
        {
            if (source.Tokenizer is { } tokenizer) TokenizerJson.Write(tokenizer, Path.Combine(folder, "tokenizer.json"));
            if (source.ChatTemplate is { } template) AtomicFile.WriteText(Path.Combine(folder, "chat_template.jinja"), template, cancellationToken);
        }
    }
}
