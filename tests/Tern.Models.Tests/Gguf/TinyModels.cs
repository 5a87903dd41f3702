using Tern.Models.Configs;

namespace Tern.Models.Tests.Gguf;

/// <summary>Models of every architecture with random weights, small enough for a test.</summary>
static class TinyModels
{
    public const int Vocab = 40, Hidden = 64, Intermediate = 96, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadDim = 16, Context = 128;

    public static LlamaConfig Llama { get; } = new()
    {
        VocabSize = Vocab,
        HiddenSize = Hidden,
        IntermediateSize = Intermediate,
        NumHiddenLayers = Layers,
        NumAttentionHeads = Heads,
        NumKeyValueHeads = KeyValueHeads,
        HeadDim = HeadDim,
        MaxPositionEmbeddings = Context,
        RmsNormEps = 1e-5,
        TieWordEmbeddings = false,
    };

    public static MistralConfig Mistral { get; } = new()
    {
        VocabSize = Vocab,
        HiddenSize = Hidden,
        IntermediateSize = Intermediate,
        NumHiddenLayers = Layers,
        NumAttentionHeads = Heads,
        NumKeyValueHeads = KeyValueHeads,
        HeadDim = HeadDim,
        MaxPositionEmbeddings = Context,
        SlidingWindow = 32,
    };

    public static Qwen2Config Qwen2 { get; } = new()
    {
        VocabSize = Vocab,
        HiddenSize = Hidden,
        IntermediateSize = Intermediate,
        NumHiddenLayers = Layers,
        NumAttentionHeads = Heads,
        NumKeyValueHeads = KeyValueHeads,
        HeadDim = HeadDim,
        MaxPositionEmbeddings = Context,
        RopeTheta = 1e6,
        TieWordEmbeddings = true,
        RopeScaling = new RopeScaling { Type = "yarn", Factor = 4, OriginalMaxPositionEmbeddings = 32 },
    };

    public static Qwen3Config Qwen3 { get; } = new()
    {
        VocabSize = Vocab,
        HiddenSize = Hidden,
        IntermediateSize = Intermediate,
        NumHiddenLayers = Layers,
        NumAttentionHeads = Heads,
        NumKeyValueHeads = KeyValueHeads,
        HeadDim = 32,
        MaxPositionEmbeddings = Context,
        TieWordEmbeddings = true,
    };

    public static Gemma2Config Gemma2 { get; } = new()
    {
        VocabSize = Vocab,
        HiddenSize = Hidden,
        IntermediateSize = Intermediate,
        NumHiddenLayers = Layers,
        NumAttentionHeads = Heads,
        NumKeyValueHeads = KeyValueHeads,
        HeadDim = HeadDim,
        MaxPositionEmbeddings = Context,
        TieWordEmbeddings = true,
        QueryPreAttnScalar = HeadDim,
        AttnLogitSoftcapping = 50,
        FinalLogitSoftcapping = 30,
        SlidingWindow = 32,
    };

    public static Gemma3Config Gemma3 { get; } = new()
    {
        VocabSize = Vocab,
        HiddenSize = Hidden,
        IntermediateSize = Intermediate,
        NumHiddenLayers = 7,
        NumAttentionHeads = Heads,
        NumKeyValueHeads = KeyValueHeads,
        HeadDim = HeadDim,
        MaxPositionEmbeddings = Context,
        TieWordEmbeddings = true,
        RopeTheta = 1e6,
        QueryPreAttnScalar = HeadDim,
        SlidingWindow = 32,
        RopeScaling = new RopeScaling { Type = "linear", Factor = 8 },
    };

    public static Phi3Config Phi3 { get; } = new()
    {
        VocabSize = Vocab,
        HiddenSize = Hidden,
        IntermediateSize = Intermediate,
        NumHiddenLayers = Layers,
        NumAttentionHeads = Heads,
        NumKeyValueHeads = KeyValueHeads,
        HeadDim = HeadDim,
        MaxPositionEmbeddings = Context,
        SlidingWindow = 32,
        PartialRotaryFactor = 0.75,
        RopeScaling = new RopeScaling
        {
            Type = "longrope",
            LongFactor = [1, 2, 3, 4, 5, 6],
            ShortFactor = [1, 1, 1, 1, 1, 1.5],
            OriginalMaxPositionEmbeddings = 32,
            AttentionFactor = 1.25,
        },
    };

    public static ModelConfig[] All { get; } = [Llama, Mistral, Qwen2, Qwen3, Gemma2, Gemma3, Phi3];

    public static ModelOnDisk Random(ModelConfig config, int seed = 1)
    {
        var random = new Random(seed);
        var weights = new MemoryCheckpoint();
        foreach (var (name, shape) in Tensors(config))
        {
            var values = new float[shape.Aggregate(1L, (product, dimension) => product * dimension)];
            foreach (ref var value in values.AsSpan()) value = (random.NextSingle() - 0.5f) / 4;
            weights.Add(name, shape, values);
        }

        return new ModelOnDisk { FileFormat = "safetensors", Path = $"tiny-{config.ModelType}", Config = config, Weights = weights };
    }

    static IEnumerable<(string Name, long[] Shape)> Tensors(ModelConfig config)
    {
        yield return ("model.embed_tokens.weight", [config.VocabSize, config.HiddenSize]);
        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            foreach (var (name, shape) in Layer(config)) yield return ($"model.layers.{layer}.{name}", shape);
        }

        yield return ("model.norm.weight", [config.HiddenSize]);
        if (!config.TieWordEmbeddings) yield return ("lm_head.weight", [config.VocabSize, config.HiddenSize]);
    }

    static IEnumerable<(string Name, long[] Shape)> Layer(ModelConfig config)
    {
        long hidden = config.HiddenSize, q = config.NumAttentionHeads * config.HeadDim, kv = config.NumKeyValueHeads * config.HeadDim;
        yield return ("input_layernorm.weight", [hidden]);
        yield return ("post_attention_layernorm.weight", [hidden]);
        yield return ("self_attn.o_proj.weight", [hidden, q]);
        yield return ("mlp.down_proj.weight", [hidden, config.IntermediateSize]);
        if (config is Phi3Config)
        {
            yield return ("self_attn.qkv_proj.weight", [q + 2 * kv, hidden]);
            yield return ("mlp.gate_up_proj.weight", [2 * config.IntermediateSize, hidden]);
            yield break;
        }

        foreach (var (name, rows) in new[] { ("q_proj", q), ("k_proj", kv), ("v_proj", kv) })
        {
            yield return ($"self_attn.{name}.weight", [rows, hidden]);
            if (config is Qwen2Config) yield return ($"self_attn.{name}.bias", [rows]);
        }

        yield return ("mlp.gate_proj.weight", [config.IntermediateSize, hidden]);
        yield return ("mlp.up_proj.weight", [config.IntermediateSize, hidden]);
        if (config is Gemma2Config or Gemma3Config)
        {
            yield return ("pre_feedforward_layernorm.weight", [hidden]);
            yield return ("post_feedforward_layernorm.weight", [hidden]);
        }

        if (config is Gemma3Config or Qwen3Config)
        {
            yield return ("self_attn.q_norm.weight", [config.HeadDim]);
            yield return ("self_attn.k_norm.weight", [config.HeadDim]);
        }
    }
}
