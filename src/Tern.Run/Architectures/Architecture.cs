using Tern.Models;
using Tern.Models.Configs;
using Tern.Run.Layers;
using Tern.Run.Weights;

namespace Tern.Run.Architectures;

/// <summary>The registry: one line for each architecture.</summary>
static class Architecture
{
    /// <exception cref="TernException">The architecture is not known, or the weights do not fit the configuration.</exception>
    public static DecoderModel Build(ModelConfig config, WeightLoader weights)
    {
        var builder = new DecoderBuilder(config, weights);
        return config switch
        {
            LlamaConfig llama => Llama.Build(llama, builder),
            MistralConfig mistral => Mistral.Build(mistral, builder),
            Qwen2Config qwen2 => Qwen2.Build(qwen2, builder),
            Qwen3Config qwen3 => Qwen3.Build(qwen3, builder),
            Gemma2Config gemma2 => Gemma2.Build(gemma2, builder),
            Gemma3Config gemma3 => Gemma3.Build(gemma3, builder),
            Phi3Config phi3 => Phi3.Build(phi3, builder),
            _ => throw new TernException(
                $"Models of type '{config.ModelType}' cannot be run; supported are llama, mistral, qwen2, qwen3, gemma2, gemma3_text and phi3."),
        };
    }
}
