using Tern.Models.Configs;
using Tern.Run.Layers;

namespace Tern.Run.Architectures;

/// <summary>
/// Gemma 2 (Gemma team 2024, arXiv 2408.00118): norms (1 + weight) before and after each part, soft-capped scores and logits, every even
/// layer slides, GeGLU, embeddings times sqrt(hiddenSize), scores times 1 / sqrt(query_pre_attn_scalar).
/// </summary>
static class Gemma2
{
    public static DecoderModel Build(Gemma2Config config, DecoderBuilder builder)
    {
        var rotary = builder.Rotary(scaling: config.RopeScaling);
        return builder.LlamaModel(index => Layer(index, builder, builder.LlamaLayer(index, rotary)) with
        {
            Window = index % 2 == 0 ? config.SlidingWindow : 0,
        }) with
        {
            EmbeddingScale = MathF.Sqrt(config.HiddenSize),
            FinalNorm = builder.FinalNorm(offset: 1),
            AttentionScale = (float)(1 / Math.Sqrt(config.QueryPreAttnScalar)),
            AttentionSoftCap = (float)(config.AttnLogitSoftcapping ?? 0),
            FinalSoftCap = (float)(config.FinalLogitSoftcapping ?? 0),
            Activation = GateActivation.GeluTanh,
        };
    }

    /// <summary>The four norms of a Gemma block; what Llama calls post_attention_layernorm stands after the attention here.</summary>
    internal static DecoderLayer Layer(int index, DecoderBuilder builder, DecoderLayer layer)
    {
        var name = DecoderBuilder.Layer(index);
        return layer with
        {
            InputNorm = builder.Norm($"{name}input_layernorm", offset: 1),
            PostAttentionNorm = builder.Norm($"{name}post_attention_layernorm", offset: 1),
            FeedForwardNorm = builder.Norm($"{name}pre_feedforward_layernorm", offset: 1),
            PostFeedForwardNorm = builder.Norm($"{name}post_feedforward_layernorm", offset: 1),
        };
    }
}
