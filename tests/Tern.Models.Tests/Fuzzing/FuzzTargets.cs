using System.Text;
using Tern.Models.Configs;
using Tern.Models.Gguf;
using Tern.Models.Llama2c;
using Tern.Models.Safetensors;
using Tern.Models.Tokenizers;
using Tern.Numerics.Formats;

namespace Tern.Models.Tests.Fuzzing;

/// <summary>The readers of foreign files, each with a few small valid files made here. A new reader is one more line in <see cref="Of"/>.</summary>
public sealed partial class FuzzTargets(string temporaryFolder)
{
    public static IReadOnlyList<string> Names { get; } =
    [
        "safetensors", "safetensors-index", "config", "llama2c", "gguf", "llama2c-tokenizer", "tokenizer-json",
        "safetensors-shards", "generation-config", "sentencepiece", "gpt2-vocabulary", "tokenizer-config", "gguf-tokenizer", "gguf-blocks", "chat-template",
    ];

    /// <exception cref="ArgumentException">There is no such target.</exception>
    public FuzzTarget Of(string name) => name switch
    {
        "safetensors" => new(name, [SafetensorsFile()], input => ReadAll(SafetensorsCheckpoint.Open(Store(input)))),
        "safetensors-index" => new(name, ["""{"metadata":{"total_size":8},"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}"""u8.ToArray()],
            input => SafetensorsIndex.Parse(input, name)),
        "config" => new(name, [.. Configurations.Select(Encoding.UTF8.GetBytes)], input => ModelConfigs.ToJson(ModelConfigs.Parse(input))),
        "llama2c" => new(name, [Llama2cFile(3), Llama2cFile(-3)], input => ReadAll(Llama2cCheckpoint.Open(Store(input)))),
        "gguf" => new(name, [GgufBytes(tokenizer: null)], input =>
        {
            using var model = GgufModel.Open(Store(input));
            Touch(model.Weights);
        }),
        "gguf-blocks" => new(name, [BlockGgufBytes()], input =>
        {
            using var model = GgufModel.Open(Store(input));
            Touch(model.Weights);
        }),
        "gguf-tokenizer" => new(name, [GgufBytes(LlamaBinTokenizer.Parse(TokenizerBytes(), name)), GgufBytes(ReadGpt2(Gpt2Files))], input =>
        {
            using var file = GgufFile.Open(Store(input));
            UseTokenizer(GgufTokenizer.From(file.Metadata));
        }),
        "llama2c-tokenizer" => new(name, [TokenizerBytes()], input => LlamaBinTokenizer.Parse(input, name).Encode("a <b>ab")),
        "tokenizer-json" => new(name, [TokenizerJsonBytes()], input => TokenizerJson.Parse(input, name).Encode("a <b>ab")),
        "safetensors-shards" => new(name, [ShardsIndex()], input =>
        {
            StoreAs("shards/model.safetensors.index.json", input);
            ReadAll(SafetensorsCheckpoint.Open(Path.Combine(temporaryFolder, "shards")));
        }),
        "generation-config" => new(name, [.. GenerationConfigurations.Select(Encoding.UTF8.GetBytes)], input =>
        {
            StoreAs("generation/config.json", Encoding.UTF8.GetBytes(Configurations[0]));
            StoreAs("generation/generation_config.json", input);
            ModelConfigs.Read(Path.Combine(temporaryFolder, "generation"));
        }),
        "sentencepiece" => new(name, [SentencePieceBytes(unigram: false), SentencePieceBytes(unigram: true)], input => UseTokenizer(SentencePieceModel.Parse(input, name))),
        "gpt2-vocabulary" => new(name, [Gpt2Files], input => UseTokenizer(ReadGpt2(input))),
        "tokenizer-config" => new(name, [.. TokenizerConfigurations.Select(Encoding.UTF8.GetBytes)], input =>
        {
            StoreAs("configured/tokenizer.model", SentencePieceBytes(unigram: false));
            StoreAs("configured/tokenizer_config.json", input);
            UseTokenizer(TokenizerFiles.Load(Path.Combine(temporaryFolder, "configured"))!);
        }),
        "chat-template" => new(name, [.. ChatTemplates.Select(Encoding.UTF8.GetBytes)], RenderTemplate),
        _ => throw new ArgumentException($"no target '{name}'; there are {string.Join(", ", Names)}", nameof(name)),
    };

    static readonly string[] Configurations =
    [
        """{"model_type":"llama","hidden_size":64,"num_attention_heads":4,"num_key_value_heads":2,"eos_token_id":[2,7],"rope_theta":500000.0,"rope_scaling":{"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192,"rope_type":"llama3"},"tie_word_embeddings":true}""",
        """{"architectures":["Gemma3ForConditionalGeneration"],"model_type":"gemma3","text_config":{"model_type":"gemma3_text","num_hidden_layers":2,"layer_types":["sliding_attention","full_attention"],"rope_parameters":{"full_attention":{"rope_type":"linear","factor":8,"rope_theta":1000000},"sliding_attention":{"rope_theta":10000}}}}""",
        """{"model_type":"phi3","hidden_size":64,"num_attention_heads":8,"original_max_position_embeddings":4096,"rope_scaling":{"type":"longrope","short_factor":[1,1,1,1.5],"long_factor":[1,2,3,4]},"partial_rotary_factor":1.0,"sliding_window":null}""",
        """{"model_type":"qwen2","use_sliding_window":true,"sliding_window":2048,"max_window_layers":7,"rope_scaling":{"type":"yarn","factor":4.0,"mscale":1.0,"mscale_all_dim":0.7}}""",
    ];

    byte[] SafetensorsFile()
    {
        SafetensorsSource[] tensors =
        [
            new("model.embed_tokens.weight", TensorType.F32, [3, 4], stream => stream.Write(new byte[48])),
            new("model.norm.weight", TensorType.BF16, [4], stream => stream.Write(new byte[8])),
            new("model.mask", TensorType.Bool, [5], stream => stream.Write(new byte[5])),
        ];
        var path = Path.Combine(temporaryFolder, "original.safetensors");
        SafetensorsWriter.Write(path, tensors);
        return File.ReadAllBytes(path);
    }

    /// <summary>dim 4, hidden 6, 1 layer, 2 heads, 1 key-value head, context 2.</summary>
    public static byte[] Llama2cFile(int vocabulary) => Llama2cFile(dim: 4, hidden: 6, vocabulary, context: 2);

    /// <summary>One layer, two heads, one key-value head.</summary>
    public static byte[] Llama2cFile(int dim, int hidden, int vocabulary, int context)
    {
        var bytes = new MemoryStream();
        foreach (var number in (int[])[dim, hidden, 1, 2, 1, vocabulary, context]) bytes.Write(BitConverter.GetBytes(number));
        var matrices = vocabulary > 0 ? 1 : 2;
        var floats = Math.Abs(vocabulary) * dim * matrices + 3 * dim + 3 * dim * dim + 3 * hidden * dim + context * dim / 2;
        for (var i = 0; i < floats; i++) bytes.Write(BitConverter.GetBytes(i % 500 * 0.01f));
        return bytes.ToArray();
    }

    byte[] GgufBytes(Tokenizer? tokenizer = null) => GgufBytes(Llama2cFile(tokenizer?.VocabSize ?? 3), _ => TensorType.F32, tokenizer);

    /// <summary>Rows of 32 as Q4_0, rows of 256 as Q4_K.</summary>
    public byte[] BlockGgufBytes() =>
        GgufBytes(Llama2cFile(dim: 32, hidden: 256, vocabulary: 3, context: 16), tensor => tensor.Shape[^1] % 256 == 0 ? TensorType.Q4_K : TensorType.Q4_0, tokenizer: null);

    byte[] GgufBytes(byte[] llama2c, Func<Tensor, TensorType> choose, Tokenizer? tokenizer)
    {
        var (from, to) = (Path.Combine(temporaryFolder, "original.bin"), Path.Combine(temporaryFolder, "original.gguf"));
        File.WriteAllBytes(from, llama2c);
        using var checkpoint = Llama2cCheckpoint.Open(from);
        using var model = new ModelOnDisk { FileFormat = "llama2c", Path = from, Config = checkpoint.Header.ToConfig(), Weights = checkpoint, Tokenizer = tokenizer };
        GgufExport.Write(to, model, choose);
        return File.ReadAllBytes(to);
    }

    static byte[] TokenizerBytes()
    {
        string[] pieces = ["<unk>", "\n<s>\n", "\n</s>\n", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), " ", "a", "b", "ab", " a"];
        var bytes = new MemoryStream();
        bytes.Write(BitConverter.GetBytes(6));
        for (var id = 0; id < pieces.Length; id++)
        {
            var piece = Encoding.UTF8.GetBytes(pieces[id]);
            bytes.Write(BitConverter.GetBytes((float)-id));
            bytes.Write(BitConverter.GetBytes(piece.Length));
            bytes.Write(piece);
        }
        return bytes.ToArray();
    }

    byte[] TokenizerJsonBytes()
    {
        var path = Path.Combine(temporaryFolder, "tokenizer.json");
        TokenizerJson.Write(LlamaBinTokenizer.Parse(TokenizerBytes(), path), path);
        return File.ReadAllBytes(path);
    }

    string Store(byte[] input) => StoreAs("input", input);

    string StoreAs(string name, byte[] input)
    {
        var path = Path.Combine(temporaryFolder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, input);
        return path;
    }

    static void ReadAll(Checkpoint checkpoint)
    {
        using (checkpoint) Touch(checkpoint);
    }

    /// <summary>Reads the first and the last byte of every tensor: a wrong view would crash here.</summary>
    static unsafe void Touch(Checkpoint checkpoint)
    {
        var sum = 0;
        foreach (var tensor in checkpoint.Tensors)
        {
            if (tensor.ByteLength > 0) sum += tensor.Data[0] + tensor.Data[tensor.ByteLength - 1];
        }
        GC.KeepAlive(sum);
    }
}
