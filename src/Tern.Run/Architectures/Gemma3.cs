using Tern.Models.Configs;
using Tern.Run.Layers;

namespace Tern.Run.Architectures;

/// <summary>
/// Gemma 3, text (Gemma team 2025, arXiv 2503.19786): Gemma 2 with norms on q and k instead of soft caps; each
/// <c>sliding_window_pattern</c>-th layer is global with its own rotary base, the others slide.
/// </summary>
static class Gemma3
{
    public static DecoderModel Build(Gemma3Config config, DecoderBuilder builder)
    {
        var global = builder.Rotary(scaling: config.RopeScaling);
        var local = builder.Rotary(config.RopeLocalBaseFreq);
        return builder.LlamaModel(index =>
        {
            var isGlobal = (index + 1) % config.SlidingWindowPattern == 0;
            return Gemma2.Layer(index, builder, builder.LlamaLayer(index, isGlobal ? global : local)) with
            {
                QueryNorm = builder.HeadNorm($"{DecoderBuilder.Layer(index)}self_attn.q_norm", offset: 1),
                KeyNorm = builder.HeadNorm($"{DecoderBuilder.Layer(index)}self_attn.k_norm", offset: 1),
                Window = isGlobal ? 0 : config.SlidingWindow,
            };
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
}
