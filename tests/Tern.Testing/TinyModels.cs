using Tern.Models;
using Tern.Models.Configs;

namespace Tern.Testing;

/// <summary>Models of every architecture with random weights, small enough for a test.</summary>
public static class TinyModels
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

    /// <summary>Random weights; norms near their neutral value, so that no part of a model fades out.</summary>
    public static ModelOnDisk Random(ModelConfig config, int seed = 1)
    {
        var random = new Random(seed);
        var neutral = config is Gemma2Config or Gemma3Config ? 0 : 1;
        var weights = new MemoryCheckpoint();
        foreach (var (name, shape) in ExpectedTensors.Of(config))
        {
            var values = new float[shape.Aggregate(1L, (product, dimension) => product * dimension)];
            var isNorm = name.EndsWith("norm.weight", StringComparison.Ordinal);
            foreach (ref var value in values.AsSpan()) value = (random.NextSingle() - 0.5f) * (isNorm ? 1 : 0.5f) + (isNorm ? neutral : 0);
            weights.Add(name, shape, values);
        }
        return new ModelOnDisk { FileFormat = "safetensors", Path = $"tiny-{config.ModelType}", Config = config, Weights = weights };
    }

    /// <summary>The same on disk: a Hugging Face folder, F32.</summary>
    public static string Write(string folder, ModelConfig config, int seed = 1)
    {
        using var model = Random(config, seed);
        HfFolder.Write(folder, model);
        return folder;
    }
}
