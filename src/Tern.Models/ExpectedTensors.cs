using Tern.Models.Configs;
using Tern.Numerics.Formats;

namespace Tern.Models;

/// <summary>The tensors that a configuration calls for, with their shapes, outermost dimension first.</summary>
public static class ExpectedTensors
{
    /// <summary>Names and shapes, in the order of the forward pass; a tied lm_head is not among them.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(ModelConfig config)
    {
        yield return ("model.embed_tokens.weight", [config.VocabSize, config.HiddenSize]);
        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            foreach (var (name, shape) in Layer(config)) yield return ($"model.layers.{layer}.{name}", shape);
        }
        yield return ("model.norm.weight", [config.HiddenSize]);
        if (!config.TieWordEmbeddings) yield return ("lm_head.weight", [config.VocabSize, config.HiddenSize]);
    }

    /// <summary>What is missing or has another shape, one sentence each.</summary>
    public static IEnumerable<string> Problems(ModelConfig config, Checkpoint weights)
    {
        foreach (var (name, shape) in Of(config))
        {
            if (!weights.TryGet(name, out var tensor)) yield return $"'{name}' is missing";
            else if (!tensor.Shape.SequenceEqual(shape)) yield return $"'{name}' is [{Text(tensor.Shape)}], expected [{Text(shape)}]";
            else if (tensor.Type is TensorType.I8 or TensorType.U8 or TensorType.I16 or TensorType.I32 or TensorType.I64 or TensorType.Bool)
                yield return $"'{name}' is of {tensor.Type}, which is no type for weights (a quantisation that Tern does not read?)";
        }
    }

    static IEnumerable<(string Name, long[] Shape)> Layer(ModelConfig config)
    {
        long hidden = config.HiddenSize, queries = (long)config.NumAttentionHeads * config.HeadDim, keys = (long)config.NumKeyValueHeads * config.HeadDim;
        yield return ("input_layernorm.weight", [hidden]);
        if (config is Phi3Config)
        {
            yield return ("self_attn.qkv_proj.weight", [queries + 2 * keys, hidden]);
        }
        else
        {
            yield return ("self_attn.q_proj.weight", [queries, hidden]);
            yield return ("self_attn.k_proj.weight", [keys, hidden]);
            yield return ("self_attn.v_proj.weight", [keys, hidden]);
        }
        var outputBias = config is LlamaConfig { AttentionBias: true } or Qwen3Config { AttentionBias: true };
        if (outputBias || config is Qwen2Config)
        {
            yield return ("self_attn.q_proj.bias", [queries]);
            yield return ("self_attn.k_proj.bias", [keys]);
            yield return ("self_attn.v_proj.bias", [keys]);
        }
        if (config is Qwen3Config or Gemma3Config)
        {
            yield return ("self_attn.q_norm.weight", [config.HeadDim]);
            yield return ("self_attn.k_norm.weight", [config.HeadDim]);
        }
        yield return ("self_attn.o_proj.weight", [hidden, queries]);
        if (outputBias) yield return ("self_attn.o_proj.bias", [hidden]);
        yield return ("post_attention_layernorm.weight", [hidden]);
        foreach (var part in FeedForward(config)) yield return part;
    }

    static IEnumerable<(string Name, long[] Shape)> FeedForward(ModelConfig config)
    {
        long hidden = config.HiddenSize, intermediate = config.IntermediateSize;
        var sandwich = config is Gemma2Config or Gemma3Config;
        if (sandwich) yield return ("pre_feedforward_layernorm.weight", [hidden]);
        if (config is Phi3Config)
        {
            yield return ("mlp.gate_up_proj.weight", [2 * intermediate, hidden]);
        }
        else
        {
            yield return ("mlp.gate_proj.weight", [intermediate, hidden]);
            yield return ("mlp.up_proj.weight", [intermediate, hidden]);
        }
        yield return ("mlp.down_proj.weight", [hidden, intermediate]);
        if (config is LlamaConfig { MlpBias: true })
        {
            yield return ("mlp.gate_proj.bias", [intermediate]);
            yield return ("mlp.up_proj.bias", [intermediate]);
            yield return ("mlp.down_proj.bias", [hidden]);
        }
        if (sandwich) yield return ("post_feedforward_layernorm.weight", [hidden]);
    }

    static string Text(ReadOnlySpan<long> shape) => string.Join(", ", shape.ToArray());
}
