using Tern.Models.Configs;
using Tern.Run.Layers;

namespace Tern.Run.Architectures;

/// <summary>
/// Phi-3 (Abdin et al. 2024, arXiv 2404.14219): Llama whose q, k, v and whose gate, up are rows of one matrix each; LongRoPE scaling, and a part of
/// the head may stay unrotated.
/// </summary>
static class Phi3
{
    public static DecoderModel Build(Phi3Config config, DecoderBuilder builder)
    {
        var rotary = builder.Rotary(scaling: config.RopeScaling, share: config.PartialRotaryFactor);
        return builder.LlamaModel(index =>
        {
            var name = DecoderBuilder.Layer(index);
            int hidden = config.HiddenSize, intermediate = config.IntermediateSize;
            int query = builder.QuerySize, key = builder.KeySize, all = query + 2 * key;
            return new DecoderLayer
            {
                InputNorm = builder.Norm($"{name}input_layernorm"),
                Query = builder.Rows($"{name}self_attn.qkv_proj", 0, query, all, hidden),
                Key = builder.Rows($"{name}self_attn.qkv_proj", query, key, all, hidden),
                Value = builder.Rows($"{name}self_attn.qkv_proj", query + key, key, all, hidden),
                Output = builder.Linear($"{name}self_attn.o_proj", hidden, query),
                FeedForwardNorm = builder.Norm($"{name}post_attention_layernorm"),
                Gate = builder.Rows($"{name}mlp.gate_up_proj", 0, intermediate, 2 * intermediate, hidden),
                Up = builder.Rows($"{name}mlp.gate_up_proj", intermediate, intermediate, 2 * intermediate, hidden),
                Down = builder.Linear($"{name}mlp.down_proj", hidden, intermediate),
                Rotary = rotary,
                Window = config.SlidingWindow ?? 0,
            };
        });
    }
}
