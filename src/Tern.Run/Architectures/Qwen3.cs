using Tern.Models.Configs;
using Tern.Run.Layers;

namespace Tern.Run.Architectures;

/// <summary>Qwen 3, dense (Yang et al. 2025, arXiv 2505.09388): Llama with an RMSNorm on each head of q and k before the rotation.</summary>
static class Qwen3
{
    public static DecoderModel Build(Qwen3Config config, DecoderBuilder builder)
    {
        var rotary = builder.Rotary(scaling: config.RopeScaling);
        return builder.LlamaModel(index => builder.LlamaLayer(index, rotary) with
        {
            QueryNorm = builder.HeadNorm($"{DecoderBuilder.Layer(index)}self_attn.q_norm"),
            KeyNorm = builder.HeadNorm($"{DecoderBuilder.Layer(index)}self_attn.k_norm"),
            Window = config.SlidingWindow is { } window && index >= config.MaxWindowLayers ? window : 0,
        });
    }
}
