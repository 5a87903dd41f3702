using System.Collections.Frozen;
using Tern.Models.Configs;

namespace Tern.Models.Gguf;

/// <summary>
/// What GGUF calls the parts of one architecture, beside the Hugging Face names, and how its numbers differ from Hugging Face's:
/// the order of the rotary rows ("llama" stores neighbouring pairs, ggml's NORM rope; the others store halves, NEOX) and the
/// norms of Gemma (GGUF stores weight + 1, Hugging Face stores weight).
/// </summary>
sealed class GgufArchitecture
{
    readonly FrozenDictionary<string, string> toHuggingFace;
    readonly FrozenDictionary<string, string> toGguf;

    GgufArchitecture(string name, params (string Gguf, string HuggingFace)[] layerParts)
    {
        Name = name;
        toHuggingFace = layerParts.ToFrozenDictionary(part => part.Gguf, part => part.HuggingFace);
        toGguf = layerParts.ToFrozenDictionary(part => part.HuggingFace, part => part.Gguf);
    }

    /// <summary>The value of general.architecture and the prefix of the keys.</summary>
    public string Name { get; }

    /// <summary>Rotary pairs are neighbouring rows of q and k.</summary>
    public bool RopeInterleaved { get; private init; }

    /// <summary>The weights of norms are stored plus one.</summary>
    public bool NormsPlusOne { get; private init; }

    static readonly (string, string)[] Attention =
    [
        ("attn_q.weight", "self_attn.q_proj.weight"), ("attn_q.bias", "self_attn.q_proj.bias"),
        ("attn_k.weight", "self_attn.k_proj.weight"), ("attn_k.bias", "self_attn.k_proj.bias"),
        ("attn_v.weight", "self_attn.v_proj.weight"), ("attn_v.bias", "self_attn.v_proj.bias"),
        ("attn_output.weight", "self_attn.o_proj.weight"), ("attn_output.bias", "self_attn.o_proj.bias"),
    ];

    static readonly (string, string)[] HeadNorms =
    [
        ("attn_q_norm.weight", "self_attn.q_norm.weight"), ("attn_k_norm.weight", "self_attn.k_norm.weight"),
    ];

    static readonly (string, string)[] FeedForward =
    [
        ("ffn_gate.weight", "mlp.gate_proj.weight"), ("ffn_gate.bias", "mlp.gate_proj.bias"),
        ("ffn_up.weight", "mlp.up_proj.weight"), ("ffn_up.bias", "mlp.up_proj.bias"),
        ("ffn_down.weight", "mlp.down_proj.weight"), ("ffn_down.bias", "mlp.down_proj.bias"),
    ];

    static readonly (string, string)[] TwoNorms =
    [
        ("attn_norm.weight", "input_layernorm.weight"), ("ffn_norm.weight", "post_attention_layernorm.weight"),
    ];

    static readonly (string, string)[] FourNorms =
    [
        ("attn_norm.weight", "input_layernorm.weight"), ("post_attention_norm.weight", "post_attention_layernorm.weight"),
        ("ffn_norm.weight", "pre_feedforward_layernorm.weight"), ("post_ffw_norm.weight", "post_feedforward_layernorm.weight"),
    ];

    static readonly (string, string)[] Fused =
    [
        ("attn_qkv.weight", "self_attn.qkv_proj.weight"), ("attn_output.weight", "self_attn.o_proj.weight"),
        ("ffn_up.weight", "mlp.gate_up_proj.weight"), ("ffn_down.weight", "mlp.down_proj.weight"),
    ];

    /// <summary>Llama and Mistral.</summary>
    public static readonly GgufArchitecture Llama = new("llama", [.. Attention, .. FeedForward, .. TwoNorms]) { RopeInterleaved = true };

    public static readonly GgufArchitecture Qwen2 = new("qwen2", [.. Attention, .. FeedForward, .. TwoNorms]);

    public static readonly GgufArchitecture Qwen3 = new("qwen3", [.. Attention, .. HeadNorms, .. FeedForward, .. TwoNorms]);

    public static readonly GgufArchitecture Gemma2 = new("gemma2", [.. Attention, .. FeedForward, .. FourNorms]) { NormsPlusOne = true };

    public static readonly GgufArchitecture Gemma3 = new("gemma3", [.. Attention, .. HeadNorms, .. FeedForward, .. FourNorms]) { NormsPlusOne = true };

    public static readonly GgufArchitecture Phi3 = new("phi3", [.. Fused, .. TwoNorms]);

    static readonly GgufArchitecture[] All = [Llama, Qwen2, Qwen3, Gemma2, Gemma3, Phi3];

    static readonly (string Gguf, string HuggingFace)[] OutsideLayers =
    [
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("output_norm.weight", "model.norm.weight"),
        ("output.weight", "lm_head.weight"),
    ];

    /// <summary>"llama, qwen2, ...".</summary>
    public static string Supported { get; } = string.Join(", ", All.Select(architecture => architecture.Name));

    public static GgufArchitecture? Find(string name) => Array.Find(All, architecture => architecture.Name == name);

    /// <exception cref="TernException">GGUF has no name for this architecture that Tern knows.</exception>
    public static GgufArchitecture Of(ModelConfig config) => config switch
    {
        LlamaConfig or MistralConfig => Llama,
        Qwen2Config => Qwen2,
        Qwen3Config => Qwen3,
        Gemma2Config => Gemma2,
        Gemma3Config => Gemma3,
        Phi3Config => Phi3,
        _ => throw new TernException($"models of type '{config.ModelType}' cannot be written as GGUF; possible are {Supported}"),
    };

    /// <summary><c>blk.3.attn_q.weight</c> to <c>model.layers.3.self_attn.q_proj.weight</c>; null where there is no such part.</summary>
    public string? ToHuggingFace(string name) => Translate(name, "blk.", "model.layers.", toHuggingFace, pair => (pair.Gguf, pair.HuggingFace));

    /// <summary><c>model.layers.3.self_attn.q_proj.weight</c> to <c>blk.3.attn_q.weight</c>; null where there is no such part.</summary>
    public string? ToGguf(string name) => Translate(name, "model.layers.", "blk.", toGguf, pair => (pair.HuggingFace, pair.Gguf));

    /// <summary>Whether the weight of this Hugging Face name is stored plus one.</summary>
    public bool IsShiftedNorm(string huggingFaceName) => NormsPlusOne && huggingFaceName.EndsWith("norm.weight", StringComparison.Ordinal);

    static string? Translate(string name, string fromPrefix, string toPrefix, FrozenDictionary<string, string> parts,
        Func<(string Gguf, string HuggingFace), (string From, string To)> direction)
    {
        foreach (var pair in OutsideLayers)
        {
            var (from, to) = direction(pair);
            if (name == from) return to;
        }

        if (!name.StartsWith(fromPrefix, StringComparison.Ordinal)) return null;
        var rest = name[fromPrefix.Length..];
        var dot = rest.IndexOf('.');
        if (dot < 1 || rest.AsSpan(0, dot).ContainsAnyExceptInRange('0', '9')) return null;
        return parts.TryGetValue(rest[(dot + 1)..], out var part) ? $"{toPrefix}{rest[..dot]}.{part}" : null;
    }
}
