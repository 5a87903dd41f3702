using System.Globalization;
using Tern.Models;
using Tern.Models.Configs;
using Tern.Models.Gguf;
using Tern.Models.Tokenizers;
using Tern.Numerics.Formats;
using Tern.Numerics.Memory;

namespace Tern.Run.Benchmarking;

/// <summary>
/// Llama models of random weights: right for measuring speed, which depends on shapes and formats and not on values. The same arguments give
/// the same file. One slab of random blocks is made and repeated, so that writing costs no more than the disk.
/// </summary>
public static class RandomModel
{
    const int SlabWeights = 1 << 18;

    static readonly Dictionary<string, LlamaConfig> Shapes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["1.1b"] = Shape(2048, 22, 32, 4, 5632, 32000),             // TinyLlama
        ["1.1b-4"] = Shape(2048, 4, 32, 4, 5632, 32000),            // its first four layers: long contexts in less time
        ["3b"] = Shape(3072, 28, 24, 8, 8192, 32000),               // Llama 3.2 3B, with a small vocabulary
        ["7b"] = Shape(4096, 32, 32, 32, 11008, 32000),             // Llama 2 7B
    };

    static LlamaConfig Shape(int hidden, int layers, int heads, int keyValueHeads, int intermediate, int vocabulary) => new()
    {
        HiddenSize = hidden,
        NumHiddenLayers = layers,
        NumAttentionHeads = heads,
        NumKeyValueHeads = keyValueHeads,
        HeadDim = hidden / heads,
        IntermediateSize = intermediate,
        VocabSize = vocabulary,
        MaxPositionEmbeddings = 4096,
        RmsNormEps = 1e-5,
        BosTokenId = 1,
        EosTokenIds = [2],
        RopeInterleaved = true,
    };

    /// <summary>Reads a shape: "1.1b", "1.1b-4", "3b", "7b", or dim,layers,heads,kv,ffn,vocab.</summary>
    /// <exception cref="TernException">It is none of these, or the numbers do not fit together.</exception>
    public static LlamaConfig ParseShape(string shape)
    {
        if (Shapes.TryGetValue(shape, out var known)) return known;
        var parts = shape.Split(',');
        var numbers = new int[6];
        var wellFormed = parts.Length == 6;
        for (var i = 0; wellFormed && i < 6; i++)
            wellFormed = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]) && numbers[i] is > 0 and <= 1 << 20;
        if (!wellFormed) throw new TernException($"The shape '{shape}' is none of {string.Join(", ", Shapes.Keys)}, and not six numbers dim,layers,heads,kv,ffn,vocab.");
        var config = Shape(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
        if (config.HiddenSize % config.NumAttentionHeads != 0 || config.HeadDim % 2 != 0)
            throw new TernException($"The shape '{shape}': dim / heads must be a whole, even number.");
        if (config.NumAttentionHeads % config.NumKeyValueHeads != 0)
            throw new TernException($"The shape '{shape}': heads must be a multiple of kv.");
        if (config.VocabSize < ByteTokens + 3) throw new TernException($"The shape '{shape}': the vocabulary needs at least {ByteTokens + 3} tokens (control tokens and bytes).");
        return config;
    }

    /// <summary>Writes a GGUF file, which appears when it is complete.</summary>
    /// <param name="type">Of every matrix; norms are F32. Matrices whose rows are not whole blocks fall back by <see cref="GgufExport.Fitting"/>.</param>
    /// <exception cref="TernException">The type cannot be written, or the disk refuses.</exception>
    public static void Write(string path, LlamaConfig config, TensorType type, IProgress<GgufProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var weights = new RandomCheckpoint(config, type);
        var model = new ModelOnDisk { FileFormat = "gguf", Path = path, Config = config, Weights = weights, Tokenizer = BytesOnly(config.VocabSize) };
        GgufExport.Write(path, model, tensor => tensor.Type, progress, notice: null, cancellation);
    }

    const int ByteTokens = 256;

    /// <summary>Control tokens, bytes, and words that no text contains.</summary>
    static PipelineTokenizer BytesOnly(int vocabSize)
    {
        const int Normal = 1, Unknown = 2, Control = 3, Byte = 6;           // llama.cpp's token types
        var tokens = new string[vocabSize];
        var types = new int[vocabSize];
        for (var id = 0; id < vocabSize; id++)
        {
            (tokens[id], types[id]) = id switch
            {
                0 => ("<unk>", Unknown),
                1 => ("<s>", Control),
                2 => ("</s>", Control),
                < ByteTokens + 3 => (string.Create(CultureInfo.InvariantCulture, $"<0x{id - 3:X2}>"), Byte),
                _ => ($"word{id}", Normal),
            };
        }
        return GgufTokenizer.From(new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "llama",
            ["tokenizer.ggml.tokens"] = tokens,
            ["tokenizer.ggml.scores"] = Enumerable.Range(0, vocabSize).Select(id => -(float)id).ToArray(),
            ["tokenizer.ggml.token_type"] = types,
            ["tokenizer.ggml.bos_token_id"] = 1u,
            ["tokenizer.ggml.eos_token_id"] = 2u,
            ["tokenizer.ggml.unknown_token_id"] = 0u,
        });
    }

    /// <summary>All matrices of a type are views of the same memory.</summary>
    sealed unsafe class RandomCheckpoint : Checkpoint
    {
        readonly Dictionary<TensorType, NativeBuffer> _data = [];
        readonly List<Tensor> _tensors = [];

        public RandomCheckpoint(ModelConfig config, TensorType type)
        {
            if (!WeightFormats.All.Any(format => format.Type == type && format.CanEncode))
                throw new TernException($"Random weights cannot be written as {type}; choose one of {string.Join(", ", WeightFormats.All.Where(format => format.CanEncode).Select(format => format.Name))}.");
            var plan = ExpectedTensors.Of(config).Select(tensor => (tensor.Name, tensor.Shape, Type: TypeOf(tensor.Shape, type))).ToList();
            foreach (var group in plan.GroupBy(tensor => tensor.Type))
                _data[group.Key] = Fill(group.Key, group.Max(tensor => CountOf(tensor.Shape)), config.HiddenSize);
            foreach (var (name, shape, stored) in plan)
                _tensors.Add(new Tensor(name, stored, shape, _data[stored].Pointer, stored.BytesFor(CountOf(shape))));
        }

        static TensorType TypeOf(long[] shape, TensorType type) =>
            shape.Length < 2 ? TensorType.F32 : GgufExport.Fitting(type, shape[^1]);

        static long CountOf(long[] shape) => shape.Aggregate(1L, (product, dimension) => checked(product * dimension));

        /// <summary>Normal weights of variance 1 / hiddenSize, as after a usual initialisation: activations stay of order one.</summary>
        static NativeBuffer Fill(TensorType type, long count, int hiddenSize)
        {
            var random = new Random(20260701);
            var slab = new float[Math.Min(SlabWeights, (count + 255) / 256 * 256)];
            for (var i = 0; i < slab.Length; i++)
                slab[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()) / hiddenSize) * Math.Cos(2 * Math.PI * random.NextDouble()));
            var format = WeightFormats.Of(type);
            var blocks = new byte[format.BytesFor(slab.Length)];
            format.Encode(slab, blocks);
            var buffer = new NativeBuffer(type.BytesFor(count));
            for (long done = 0; done < buffer.ByteLength; done += blocks.Length)
            {
                var length = (int)Math.Min(blocks.Length, buffer.ByteLength - done);
                blocks.AsSpan(0, length).CopyTo(new Span<byte>(buffer.Pointer + done, length));
            }
            return buffer;
        }

        public override IReadOnlyList<Tensor> Tensors => _tensors;

        public override bool TryGet(string name, out Tensor tensor)
        {
            var index = _tensors.FindIndex(known => known.Name == name);
            tensor = index < 0 ? default : _tensors[index];
            return index >= 0;
        }

        public override Tensor this[string name] => TryGet(name, out var tensor) ? tensor : throw new TernException($"There is no tensor '{name}'.");

        public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

        protected override void Dispose(bool disposing)
        {
            if (!disposing) return;
            foreach (var buffer in _data.Values) buffer.Dispose();
        }
    }
}
