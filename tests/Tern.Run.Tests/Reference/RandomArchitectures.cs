using Tern.Models.Configs;
using Tern.Testing;

namespace Tern.Run.Tests.Reference;

/// <summary>Configurations of every architecture with unusual widths, so that no kernel can rely on round numbers.</summary>
static class RandomArchitectures
{
    public static readonly string[] ModelTypes = [.. TinyModels.All.Select(config => config.ModelType)];

    static readonly string[] Scalings = ["none", "linear", "dynamic", "llama3", "yarn", "longrope"];

    /// <summary>Context is 64, windows are 3 to 20, original lengths 16.</summary>
    public static ModelConfig Next(string modelType, Random random)
    {
        var keyHeads = random.Next(1, 4);
        var headDim = 2 * random.Next(2, 21);                    // 4 .. 40, mostly no multiple of 16
        if (headDim == 4 && modelType == "phi3") headDim = 6;
        var layers = modelType == "gemma3_text" ? 4 : random.Next(1, 4);
        int? window = random.Next(3) == 0 ? null : random.Next(3, 21);
        var fromLayer = random.Next(0, layers + 1);
        ModelConfig config = TinyModels.All.Single(config => config.ModelType == modelType) switch
        {
            LlamaConfig c => c with { AttentionBias = random.Next(2) == 0, MlpBias = random.Next(2) == 0 },
            MistralConfig c => c with { SlidingWindow = window },
            Qwen2Config c => c with { SlidingWindow = window, MaxWindowLayers = fromLayer },
            Qwen3Config c => c with { SlidingWindow = window, MaxWindowLayers = fromLayer, AttentionBias = random.Next(2) == 0 },
            Gemma2Config c => c with { SlidingWindow = window ?? 100, QueryPreAttnScalar = random.Next(4, 40), AttnLogitSoftcapping = random.Next(2) == 0 ? 5 : null, FinalLogitSoftcapping = random.Next(2) == 0 ? 3 : null },
            Gemma3Config c => c with { SlidingWindow = window ?? 100, SlidingWindowPattern = random.Next(1, 5), RopeLocalBaseFreq = 500, QueryPreAttnScalar = random.Next(4, 40) },
            Phi3Config c => c with { SlidingWindow = window, PartialRotaryFactor = random.Next(2) == 0 ? 1 : (headDim - 2.0) / headDim },
            var other => throw new NotSupportedException(other.ModelType),
        };
        var width = config is Phi3Config phi ? (int)(headDim * phi.PartialRotaryFactor) : headDim;
        return config with
        {
            VocabSize = random.Next(20, 90),
            HiddenSize = random.Next(10, 80),
            IntermediateSize = random.Next(10, 100),
            NumHiddenLayers = layers,
            NumKeyValueHeads = keyHeads,
            NumAttentionHeads = keyHeads * random.Next(1, 6),
            HeadDim = headDim,
            MaxPositionEmbeddings = 64,
            TieWordEmbeddings = random.Next(2) == 0,
            RopeTheta = random.Next(2) == 0 ? 10_000 : 1_000_000,
            RopeScaling = Scaling(Scalings[random.Next(Scalings.Length)], width / 2, random),
        };
    }

    static RopeScaling? Scaling(string type, int pairs, Random random) => type == "none" ? null : new RopeScaling
    {
        Type = type,
        Factor = 1 + 4 * random.NextDouble(),
        OriginalMaxPositionEmbeddings = type == "linear" ? null : 16,
        BetaFast = 4,
        ShortFactor = type == "longrope" ? [.. Enumerable.Range(0, pairs).Select(_ => 1 + random.NextDouble())] : null,
        LongFactor = type == "longrope" ? [.. Enumerable.Range(0, pairs).Select(_ => 1 + 4 * random.NextDouble())] : null,
    };

    public static int[] Tokens(ModelConfig config, int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => random.Next(config.VocabSize))];
}
