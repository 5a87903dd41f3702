using Tern.Models.Configs;
using Tern.Run.Layers;

namespace Tern.Run.Architectures;

/// <summary>
/// Qwen 2 and 2.5 (Yang et al. 2024, arXiv 2407.10671): Llama with biases on q, k and v (they are found beside the weights); upper layers may slide.
/// </summary>
static class Qwen2
{
    public static DecoderModel Build(Qwen2Config config, DecoderBuilder builder)
    {
        var rotary = builder.Rotary(scaling: config.RopeScaling);
        return builder.LlamaModel(index => builder.LlamaLayer(index, rotary) with
        {
            Window = config.SlidingWindow is { } window && index >= config.MaxWindowLayers ? window : 0,
        });
    }
}
