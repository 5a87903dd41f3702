using Tern.Models;
using Tern.Models.Configs;
using Tern.Numerics.Formats;

namespace Tern.Run.Tests.Reference;

/// <summary>
/// The decoders as their papers and transformers' modelling files define them, in float64 and plain loops, with no code of Tern.Run: every
/// token attends to the whole text again, there is no cache, no batch, no order of summation to keep.
/// Sources: Llama 2302.13971, Mistral 2310.06825, Qwen2 2407.10671, Qwen3 2505.09388, Gemma 2 2408.00118, Gemma 3 2503.19786,
/// Phi-3 2404.14219; rotary scaling: 2306.15595 (linear), 2309.00071 (YaRN), 2402.13753 (LongRoPE), Llama 3 2407.21783.
/// </summary>
sealed unsafe class ReferenceDecoder(ModelOnDisk model)
{
    readonly ModelConfig config = model.Config;
    readonly Dictionary<string, double[]> tensors = [];

    bool IsGemma => config is Gemma2Config or Gemma3Config;

    /// <summary>Logits [tokens][vocabSize] at every position.</summary>
    /// <param name="tokens">The text.</param>
    /// <param name="contextLength">What LongRoPE and dynamic NTK choose their frequencies by.</param>
    public double[][] Logits(ReadOnlySpan<int> tokens, int contextLength)
    {
        var head = config.TieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
        var cap = config is Gemma2Config gemma2 ? gemma2.FinalLogitSoftcapping : (config as Gemma3Config)?.FinalLogitSoftcapping;
        return [.. HiddenStates(tokens, contextLength).Select(hidden => Multiply(head, hidden, config.VocabSize).Select(logit => SoftCap(logit, cap)).ToArray())];
    }

    /// <summary>The output of the final norm, [tokens][hiddenSize].</summary>
    public double[][] HiddenStates(ReadOnlySpan<int> tokens, int contextLength)
    {
        var scale = IsGemma ? Math.Sqrt(config.HiddenSize) : 1;
        var x = new double[tokens.Length][];
        for (var t = 0; t < tokens.Length; t++)
            x[t] = [.. Tensor("model.embed_tokens.weight").Skip(tokens[t] * config.HiddenSize).Take(config.HiddenSize).Select(value => value * scale)];
        for (var layer = 0; layer < config.NumHiddenLayers; layer++) Block(x, layer, contextLength);
        return [.. x.Select(row => Norm(row, "model.norm.weight"))];
    }

    void Block(double[][] x, int layer, int contextLength)
    {
        var name = $"model.layers.{layer}.";
        var attended = Attention([.. x.Select(row => Norm(row, $"{name}input_layernorm.weight"))], layer, contextLength);
        for (var t = 0; t < x.Length; t++)
            x[t] = Add(x[t], IsGemma ? Norm(attended[t], $"{name}post_attention_layernorm.weight") : attended[t]);
        for (var t = 0; t < x.Length; t++)
        {
            var h = FeedForward(Norm(x[t], IsGemma ? $"{name}pre_feedforward_layernorm.weight" : $"{name}post_attention_layernorm.weight"), $"{name}mlp.");
            x[t] = Add(x[t], IsGemma ? Norm(h, $"{name}post_feedforward_layernorm.weight") : h);
        }
    }

    double[] FeedForward(double[] h, string name)
    {
        var size = config.IntermediateSize;
        double[] gate, up;
        if (config is Phi3Config)
        {
            var both = Linear($"{name}gate_up_proj", h, 2 * size);
            (gate, up) = (both[..size], both[size..]);
        }
        else (gate, up) = (Linear($"{name}gate_proj", h, size), Linear($"{name}up_proj", h, size));
        return Linear($"{name}down_proj", [.. gate.Zip(up, (g, u) => (IsGemma ? GeluTanh(g) : g / (1 + Math.Exp(-g))) * u)], config.HiddenSize);
    }

    static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    double[][] Attention(double[][] h, int layer, int contextLength)
    {
        int heads = config.NumAttentionHeads, keyHeads = config.NumKeyValueHeads, size = config.HeadDim;
        var name = $"model.layers.{layer}.self_attn.";
        var q = new double[h.Length][];
        var k = new double[h.Length][];
        var v = new double[h.Length][];
        for (var t = 0; t < h.Length; t++)
        {
            if (config is Phi3Config)
            {
                var all = Linear($"{name}qkv_proj", h[t], (heads + 2 * keyHeads) * size);
                (q[t], k[t], v[t]) = (all[..(heads * size)], all[(heads * size)..((heads + keyHeads) * size)], all[((heads + keyHeads) * size)..]);
            }
            else (q[t], k[t], v[t]) = (Linear($"{name}q_proj", h[t], heads * size), Linear($"{name}k_proj", h[t], keyHeads * size), Linear($"{name}v_proj", h[t], keyHeads * size));
            q[t] = Rotated(q[t], layer, t, contextLength, $"{name}q_norm.weight");
            k[t] = Rotated(k[t], layer, t, contextLength, $"{name}k_norm.weight");
        }

        var cap = config is Gemma2Config gemma2 ? gemma2.AttnLogitSoftcapping : (config as Gemma3Config)?.AttnLogitSoftcapping;
        var scale = config switch { Gemma2Config g => 1 / Math.Sqrt(g.QueryPreAttnScalar), Gemma3Config g => 1 / Math.Sqrt(g.QueryPreAttnScalar), _ => 1 / Math.Sqrt(size) };
        var output = new double[h.Length][];
        for (var t = 0; t < h.Length; t++)
        {
            var mixed = new double[heads * size];
            for (var head = 0; head < heads; head++)
            {
                var keyHead = head / (heads / keyHeads);
                var first = WindowOf(layer) is { } window ? Math.Max(0, t - window + 1) : 0;
                var scores = Enumerable.Range(first, t - first + 1)
                    .Select(s => SoftCap(scale * Enumerable.Range(0, size).Sum(i => q[t][head * size + i] * k[s][keyHead * size + i]), cap)).ToArray();
                var largest = scores.Max();
                var weights = scores.Select(score => Math.Exp(score - largest)).ToArray();
                var sum = weights.Sum();
                for (var i = 0; i < size; i++)
                    mixed[head * size + i] = weights.Select((weight, s) => weight / sum * v[first + s][keyHead * size + i]).Sum();
            }
            output[t] = Linear($"{name}o_proj", mixed, config.HiddenSize);
        }
        return output;
    }

    /// <summary>How many positions a query of this layer sees, itself included; null for all.</summary>
    int? WindowOf(int layer) => config switch
    {
        MistralConfig c => c.SlidingWindow,
        Phi3Config c => c.SlidingWindow,
        Qwen2Config c => layer >= c.MaxWindowLayers ? c.SlidingWindow : null,
        Qwen3Config c => layer >= c.MaxWindowLayers ? c.SlidingWindow : null,
        Gemma2Config c => layer % 2 == 0 ? c.SlidingWindow : null,
        Gemma3Config c => (layer + 1) % c.SlidingWindowPattern == 0 ? null : c.SlidingWindow,
        _ => null,
    };

    /// <summary>Norm of each head where there is one, then the rotation of its first part.</summary>
    double[] Rotated(double[] vector, int layer, int position, int contextLength, string norm)
    {
        var isLocal = config is Gemma3Config gemma3 && (layer + 1) % gemma3.SlidingWindowPattern != 0;
        var width = config is Phi3Config phi3 ? (int)(config.HeadDim * phi3.PartialRotaryFactor) : config.HeadDim;
        var (frequencies, magnitude) = isLocal
            ? (ReferenceRotary.Plain(((Gemma3Config)config).RopeLocalBaseFreq, width), 1)
            : ReferenceRotary.Scaled(config, width, contextLength);
        var heads = vector.Chunk(config.HeadDim).Select(head => config is Qwen3Config or Gemma3Config ? Norm(head, norm) : head).ToArray();
        foreach (var head in heads)
            for (var i = 0; i < width / 2; i++)
            {
                var (sine, cosine) = Math.SinCos(position * frequencies[i]);
                var (first, second) = config.RopeInterleaved ? (2 * i, 2 * i + 1) : (i, i + width / 2);
                var (a, b) = (head[first], head[second]);
                head[first] = magnitude * (a * cosine - b * sine);
                head[second] = magnitude * (a * sine + b * cosine);
            }
        return [.. heads.SelectMany(head => head)];
    }

    double[] Norm(double[] x, string name)
    {
        var weight = Tensor(name);
        var scale = 1 / Math.Sqrt(x.Sum(value => value * value) / x.Length + config.RmsNormEps);
        return [.. x.Select((value, i) => value * scale * (IsGemma ? 1 + weight[i] : weight[i]))];
    }

    double[] Linear(string name, double[] x, int rows)
    {
        var y = Multiply($"{name}.weight", x, rows);
        return model.Weights.TryGet($"{name}.bias", out _) ? Add(y, Tensor($"{name}.bias")) : y;
    }

    double[] Multiply(string name, double[] x, int rows)
    {
        var weight = Tensor(name);
        Assert.Equal(rows * (long)x.Length, weight.Length);
        var y = new double[rows];
        for (var row = 0; row < rows; row++)
            for (var i = 0; i < x.Length; i++) y[row] += weight[row * x.Length + i] * x[i];
        return y;
    }

    static double SoftCap(double x, double? cap) => cap is { } c ? c * Math.Tanh(x / c) : x;

    static double[] Add(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a + b)];

    double[] Tensor(string name)
    {
        if (tensors.TryGetValue(name, out var known)) return known;
        var tensor = model.Weights[name];
        var values = new float[tensor.Count];
        WeightFormats.Of(tensor.Type).Decode(new ReadOnlySpan<byte>(tensor.Data, checked((int)tensor.ByteLength)), values);
        return tensors[name] = [.. values.Select(value => (double)value)];
    }
}
