using Tern.Models.Configs;
using Tern.Train.Layers;
using Tern.Train.Precision;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Architectures;

/// <summary>
/// Llama (Touvron et al. 2023, arXiv 2302.13971): pre-norm with RMSNorm, rotary positions, grouped queries, SwiGLU, no biases. Weights are float32; matrix products and
/// attention run in <c>computeType</c>; the residual stream, norms and the rotation are float32.
/// </summary>
public sealed class Llama : CausalModel
{
    readonly LlamaConfig _config;
    readonly ScalarType _computeType;
    readonly double _dropout;
    readonly FakeQuantization? _quantization;
    readonly List<TrainedParameter> _parameters = [];
    readonly Tensor _embedding, _finalNorm;
    readonly Linear _output;
    readonly LayerWeights[] _layers;
    readonly RotaryPositions _rotary;

    /// <summary>The weights of one layer. Matrices are [out, in].</summary>
    sealed record LayerWeights(Tensor AttentionNorm, Linear Query, Linear Key, Linear Value, Linear Output, Tensor FeedForwardNorm, Linear Gate, Linear Up, Linear Down)
    {
        public IEnumerable<Linear> Linears => [Query, Key, Value, Output, Gate, Up, Down];
    }

    /// <summary>A model whose weights come from <paramref name="weights"/>.</summary>
    /// <param name="config">No biases, no rope scaling.</param>
    /// <param name="length">The longest sequence.</param>
    /// <param name="computeType">float32 or bfloat16.</param>
    /// <param name="dropout">Of the outputs of attention and feed-forward while training.</param>
    /// <param name="weights">Gives the initial value of a weight, float32 of the given shape, from its name and role.</param>
    /// <param name="quantization">What the forward pass rounds; null: nothing.</param>
    /// <exception cref="Tern.Models.TernException">The configuration asks for something that is not trained here.</exception>
    public Llama(LlamaConfig config, int length, ScalarType computeType, double dropout, Func<string, long[], ParameterRole, Tensor> weights, FakeQuantization? quantization = null)
    {
        if (config.AttentionBias || config.MlpBias || config.RopeScaling is not null)
            throw new Tern.Models.TernException("training: Llama models with biases or rope_scaling are not trained by this version; take one without.");
        (_config, _computeType, _dropout, _quantization) = (config, computeType, dropout, quantization);
        Tensor Weight(string name, ParameterRole role, params long[] shape)
        {
            var value = weights(name, shape, role).requires_grad_().DetachFromDisposeScope();
            _parameters.Add(new TrainedParameter(name, value, role));
            return value;
        }
        Linear Matrix(string module, params long[] shape) => new(module, Weight(module + ".weight", ParameterRole.Matrix, shape), computeType) { WeightGrid = quantization?.WeightGrid };
        long hidden = config.HiddenSize, inner = config.IntermediateSize, queries = config.NumAttentionHeads * config.HeadDim, keys = config.NumKeyValueHeads * config.HeadDim;
        _embedding = Weight("model.embed_tokens.weight", ParameterRole.Embedding, config.VocabSize, hidden);
        _layers = new LayerWeights[config.NumHiddenLayers];
        for (var i = 0; i < _layers.Length; i++)
        {
            var layer = $"model.layers.{i}.";
            _layers[i] = new LayerWeights(
                Weight(layer + "input_layernorm.weight", ParameterRole.Vector, hidden),
                Matrix(layer + "self_attn.q_proj", queries, hidden),
                Matrix(layer + "self_attn.k_proj", keys, hidden),
                Matrix(layer + "self_attn.v_proj", keys, hidden),
                Matrix(layer + "self_attn.o_proj", hidden, queries),
                Weight(layer + "post_attention_layernorm.weight", ParameterRole.Vector, hidden),
                Matrix(layer + "mlp.gate_proj", inner, hidden),
                Matrix(layer + "mlp.up_proj", inner, hidden),
                Matrix(layer + "mlp.down_proj", hidden, inner));
        }
        _finalNorm = Weight("model.norm.weight", ParameterRole.Vector, hidden);
        _output = new Linear("lm_head", config.TieWordEmbeddings ? _embedding : Weight("lm_head.weight", ParameterRole.Output, config.VocabSize, hidden), computeType, isOutput: true);
        _rotary = new RotaryPositions(config.HeadDim, length, config.RopeTheta);
    }

    public override ModelConfig Config => _config;

    public override IReadOnlyList<TrainedParameter> Parameters => _parameters;

    public override IReadOnlyList<Linear> Linears => [.. _layers.SelectMany(layer => layer.Linears), _output];

    public override Tensor Embed(Tensor tokens) => _embedding.index_select(0, tokens.flatten()).unflatten(0, tokens.shape);

    public override Tensor Layer(int index, Tensor residual, AttentionScope scope)
    {
        var layer = _layers[index];
        residual = residual + Dropped(Attention(layer, Norm(residual, layer.AttentionNorm), scope), scope);
        return residual + Dropped(FeedForward(layer, Norm(residual, layer.FeedForwardNorm), scope), scope);
    }

    public override Tensor Head(Tensor residual) => _output.Apply(Norm(residual, _finalNorm), training: false);

    /// <summary>[sequences, length, hidden] to the same.</summary>
    Tensor Attention(LayerWeights layer, Tensor input, AttentionScope scope)
    {
        input = Read(input);
        var query = _rotary.Rotate(Heads(layer.Query.Apply(input, scope.Training), _config.NumAttentionHeads));
        var key = _rotary.Rotate(Heads(layer.Key.Apply(input, scope.Training), _config.NumKeyValueHeads));
        var value = Heads(layer.Value.Apply(input, scope.Training), _config.NumKeyValueHeads);
        if (_quantization is { } rounding) (key, value) = (rounding.KeysOrValues(key), rounding.KeysOrValues(value));
        var group = _config.NumAttentionHeads / _config.NumKeyValueHeads;
        if (group > 1) (key, value) = (key.repeat_interleave(group, 1), value.repeat_interleave(group, 1));
        var read = nn.functional.scaled_dot_product_attention(query, key, value, scope.Mask!, 0, scope.Mask is null);
        return layer.Output.Apply(Read(read.transpose(1, 2).flatten(2)), scope.Training);
    }

    /// <summary>SwiGLU: down(silu(gate x) * up x).</summary>
    Tensor FeedForward(LayerWeights layer, Tensor input, AttentionScope scope)
    {
        input = Read(input);
        return layer.Down.Apply(Read(nn.functional.silu(layer.Gate.Apply(input, scope.Training)) * layer.Up.Apply(input, scope.Training)), scope.Training);
    }

    /// <summary>What the matrices of a layer read, rounded where activations are.</summary>
    Tensor Read(Tensor input) => _quantization?.Activations(input) ?? input;

    /// <summary>[sequences, length, heads * headDim] to [sequences, heads, length, headDim].</summary>
    Tensor Heads(Tensor flat, int heads) => flat.unflatten(2, heads, _config.HeadDim).transpose(1, 2);

    Tensor Norm(Tensor residual, Tensor weight) => RmsNorm.Apply(residual, weight, _config.RmsNormEps, _computeType);

    Tensor Dropped(Tensor output, AttentionScope scope) => scope.Training && _dropout > 0 ? nn.functional.dropout(output, _dropout, true) : output;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _rotary.Dispose();
    }
}
