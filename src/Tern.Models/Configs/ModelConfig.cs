namespace Tern.Models.Configs;

/// <summary>
/// What config.json says of a decoder-only transformer: the keys that all supported architectures share, under their
/// Hugging Face names. Each architecture adds its own record (<see cref="LlamaConfig"/>, ...) with its own keys.
/// </summary>
public abstract record ModelConfig
{
    /// <summary>"llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text", "phi3".</summary>
    public abstract string ModelType { get; }

    public required int VocabSize { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int NumHiddenLayers { get; init; }

    public required int NumAttentionHeads { get; init; }

    public required int NumKeyValueHeads { get; init; }

    public required int HeadDim { get; init; }

    public required int MaxPositionEmbeddings { get; init; }

    public double RmsNormEps { get; init; } = 1e-6;

    public double RopeTheta { get; init; } = 10_000;

    public RopeScaling? RopeScaling { get; init; }

    public bool TieWordEmbeddings { get; init; }

    public int? BosTokenId { get; init; }

    /// <summary>Ids that end a generation (config.json has one or a list; generation_config.json wins).</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    public int? PadTokenId { get; init; }

    /// <summary>
    /// Not a key of config.json: true where the rows of q_proj and k_proj are in the order of llama2.c and of GGUF "llama",
    /// in which rotary pairs are neighbours (2i, 2i+1); false for Hugging Face's halves (i, i + headDim/2).
    /// </summary>
    public bool RopeInterleaved { get; init; }
}

/// <summary>The rope_scaling object of config.json; which fields count depends on <see cref="Type"/>.</summary>
public sealed record RopeScaling
{
    /// <summary>"linear", "dynamic", "llama3", "yarn", "longrope".</summary>
    public required string Type { get; init; }

    public double Factor { get; init; } = 1;

    public double LowFreqFactor { get; init; } = 1;

    public double HighFreqFactor { get; init; } = 4;

    public int? OriginalMaxPositionEmbeddings { get; init; }

    public double? AttentionFactor { get; init; }

    public double BetaFast { get; init; } = 32;

    public double BetaSlow { get; init; } = 1;

    /// <summary>[headDim / 2], longrope.</summary>
    public IReadOnlyList<double>? ShortFactor { get; init; }

    /// <summary>[headDim / 2], longrope.</summary>
    public IReadOnlyList<double>? LongFactor { get; init; }

    /// <summary>[headDim / 2]: GGUF's rope_freqs tensor, which divides the frequencies (llama3 scaling baked in).</summary>
    public IReadOnlyList<double>? FrequencyFactors { get; init; }
}
