using Tern.Models.Configs;
using Tern.Run.Layers;

namespace Tern.Run.Architectures;

/// <summary>Mistral 7B (Jiang et al. 2023, arXiv 2310.06825): Llama whose attention reaches back <c>sliding_window</c> positions.</summary>
static class Mistral
{
    public static DecoderModel Build(MistralConfig config, DecoderBuilder builder)
    {
        var rotary = builder.Rotary(scaling: config.RopeScaling);
        return builder.LlamaModel(index => builder.LlamaLayer(index, rotary) with { Window = config.SlidingWindow ?? 0 });
    }
}
