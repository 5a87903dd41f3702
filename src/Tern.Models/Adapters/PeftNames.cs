namespace Tern.Models.Adapters;

/// <summary>What a tensor of a low-rank pair is.</summary>
enum PeftTensor
{
    A,
    B,
    EmbeddingA,
    EmbeddingB,
    Magnitude,
}

/// <summary>The names of tensors in adapter files, behind "base_model.model.".</summary>
static class PeftNames
{
    static readonly (string End, PeftTensor Kind)[] Ends =
    [
        (".lora_A.weight", PeftTensor.A), (".lora_B.weight", PeftTensor.B),
        (".lora_embedding_A", PeftTensor.EmbeddingA), (".lora_embedding_B", PeftTensor.EmbeddingB),
        (".lora_magnitude_vector", PeftTensor.Magnitude), (".lora_magnitude_vector.weight", PeftTensor.Magnitude),
    ];

    /// <summary>A part of a low-rank change, of whatever kind.</summary>
    public static bool IsFactor(string name) => name.Contains(".lora_", StringComparison.Ordinal);

    /// <summary>The module and the kind; null for kinds that are not known. Some programs leave the name of PEFT's default adapter in.</summary>
    public static (string Module, PeftTensor Kind)? Parse(string name)
    {
        name = name.EndsWith(".default", StringComparison.Ordinal) ? name[..^".default".Length] : name.Replace(".default.weight", ".weight", StringComparison.Ordinal);
        foreach (var (end, kind) in Ends)
            if (name.EndsWith(end, StringComparison.Ordinal)) return (name[..^end.Length], kind);
        return null;
    }

    /// <summary>"lm_head.weight" of "lm_head.modules_to_save.weight" and of "lm_head.base_layer.weight".</summary>
    public static string WithoutWrappers(string name) =>
        name.Replace(".modules_to_save.", ".", StringComparison.Ordinal).Replace(".base_layer.", ".", StringComparison.Ordinal);
}
