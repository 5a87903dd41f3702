using Tern.Models.Configs;
using Tern.Run.Layers;

namespace Tern.Run.Architectures;

/// <summary>
/// Llama (Touvron et al. 2023, arXiv 2302.13971): pre-norm with RMSNorm, rotary positions, grouped queries, SwiGLU, biases only where the
/// configuration asks for them.
/// </summary>
static class Llama
{
    public static DecoderModel Build(LlamaConfig config, DecoderBuilder builder)
    {
        var rotary = builder.Rotary(scaling: config.RopeScaling);
        return builder.LlamaModel(index => builder.LlamaLayer(index, rotary));
    }
}
