using Tern.Models;
using Tern.Models.Configs;
using Tern.Run.Layers;
using Tern.Run.Positions;
using Tern.Run.Weights;

namespace Tern.Run.Architectures;

/// <summary>What the architecture files share: the tensor names of Hugging Face's decoder and the parts nearly all of them have.</summary>
sealed class DecoderBuilder(ModelConfig config, WeightLoader weights)
{
    const string Model = "model.";

    public int QuerySize => config.NumAttentionHeads * config.HeadDim;

    public int KeySize => config.NumKeyValueHeads * config.HeadDim;

    public static string Layer(int index) => $"{Model}layers.{index}.";

    public EmbeddingTable Embedding() => weights.Embedding($"{Model}embed_tokens.weight", config.VocabSize, config.HiddenSize);

    public ParameterVector FinalNorm(float offset = 0) => weights.Vector($"{Model}norm.weight", config.HiddenSize, offset);

    public ParameterVector Norm(string name, float offset = 0) => weights.Vector($"{name}.weight", config.HiddenSize, offset);

    public ParameterVector HeadNorm(string name, float offset = 0) => weights.Vector($"{name}.weight", config.HeadDim, offset);

    public Linear Linear(string name, int rows, int columns) => weights.Linear(name, rows, columns);

    public Linear Rows(string name, int start, int rows, int totalRows, int columns) => weights.Rows(name, start, rows, totalRows, columns);

    /// <summary>lm_head, or the embeddings where they are tied.</summary>
    public Linear Head() => weights.Has("lm_head.weight") && !config.TieWordEmbeddings
        ? weights.Linear("lm_head", config.VocabSize, config.HiddenSize)
        : weights.Linear($"{Model}embed_tokens", config.VocabSize, config.HiddenSize);

    public RotaryEmbedding Rotary(double? theta = null, RopeScaling? scaling = null, double share = 1) => new(
        theta ?? config.RopeTheta, (int)(config.HeadDim * share) / 2 * 2, config.MaxPositionEmbeddings, scaling, config.RopeInterleaved);

    /// <summary>The block that Llama made common; architectures change it with <c>with</c>.</summary>
    public DecoderLayer LlamaLayer(int index, RotaryEmbedding rotary)
    {
        var name = Layer(index);
        return new DecoderLayer
        {
            InputNorm = Norm($"{name}input_layernorm"),
            Query = Linear($"{name}self_attn.q_proj", QuerySize, config.HiddenSize),
            Key = Linear($"{name}self_attn.k_proj", KeySize, config.HiddenSize),
            Value = Linear($"{name}self_attn.v_proj", KeySize, config.HiddenSize),
            Output = Linear($"{name}self_attn.o_proj", config.HiddenSize, QuerySize),
            FeedForwardNorm = Norm($"{name}post_attention_layernorm"),
            Gate = Linear($"{name}mlp.gate_proj", config.IntermediateSize, config.HiddenSize),
            Up = Linear($"{name}mlp.up_proj", config.IntermediateSize, config.HiddenSize),
            Down = Linear($"{name}mlp.down_proj", config.HiddenSize, config.IntermediateSize),
            Rotary = rotary,
        };
    }

    /// <summary>A model of such blocks.</summary>
    public DecoderModel LlamaModel(Func<int, DecoderLayer> layer) => new()
    {
        Config = config,
        Embedding = Embedding(),
        Layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(layer)],
        FinalNorm = FinalNorm(),
        Head = Head(),
        AttentionScale = 1 / MathF.Sqrt(config.HeadDim),
    };
}
