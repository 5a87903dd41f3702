using Tern.Models.Safetensors;

namespace Tern.Models.Quantized;

/// <summary>A quantisation applied while a Hugging Face folder is written.</summary>
/// <param name="ConfigJson">The object quantization_config of config.json.</param>
/// <param name="Replace">The tensors to write in place of a given one, or null to write it as it is.</param>
public sealed record QuantizedTensors(string ConfigJson, Func<Tensor, IReadOnlyList<SafetensorsSource>?> Replace);
