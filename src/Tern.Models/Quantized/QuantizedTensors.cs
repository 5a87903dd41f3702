using Tern.Models.Safetensors;

namespace Tern.Models.Quantized;

/// <summary>Tensors that are written in another form while a Hugging Face folder is: quantised, or with an adapter merged in.</summary>
/// <param name="ConfigJson">The object quantization_config of config.json; null where the tensors are no quantisation.</param>
/// <param name="Replace">The tensors to write in place of a given one, or null to write it as it is.</param>
public sealed record QuantizedTensors(string? ConfigJson, Func<Tensor, IReadOnlyList<SafetensorsSource>?> Replace);
