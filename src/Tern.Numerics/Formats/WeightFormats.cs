using System.Collections.Immutable;

namespace Tern.Numerics.Formats;

/// <summary>The registry of weight formats: by type, and by the names that ggml and safetensors use.</summary>
public static class WeightFormats
{
    static readonly WeightFormat?[] ByType = Register(
        new WeightFormat<F32>(), new WeightFormat<F16>(), new WeightFormat<BF16>(), new WeightFormat<F64>(),
        new WeightFormat<F8E4M3>(), new WeightFormat<F8E5M2>(),
        new WeightFormat<Q4_0>(), new WeightFormat<Q4_1>(), new WeightFormat<Q5_0>(), new WeightFormat<Q5_1>(), new WeightFormat<Q8_0>(),
        new WeightFormat<Q2_K>(), new WeightFormat<Q3_K>(), new WeightFormat<Q4_K>(), new WeightFormat<Q5_K>(), new WeightFormat<Q6_K>(),
        new WeightFormat<IQ4_NL>(), new WeightFormat<IQ4_XS>(), new WeightFormat<TQ1_0>(), new WeightFormat<TQ2_0>());

    /// <summary>Every format that holds weights, in the order of <see cref="TensorType"/>.</summary>
    public static ImmutableArray<WeightFormat> All { get; } = [.. ByType.OfType<WeightFormat>()];

    /// <summary>The format of a tensor type.</summary>
    /// <exception cref="NotSupportedException">The type holds integers or booleans, not weights.</exception>
    public static WeightFormat Of(TensorType type) =>
        (uint)type < (uint)ByType.Length && ByType[(int)type] is { } format
            ? format
            : throw new NotSupportedException($"{type} is not a weight format; choose one of {string.Join(", ", All.Select(known => known.Type))}.");

    /// <summary>
    /// Reads a name of a tensor type: that of ggml ("Q4_K", "f16"), of safetensors ("F8_E4M3") or of the enumeration; case does not matter.
    /// </summary>
    public static bool TryParse(string? name, out TensorType type)
    {
        type = default;
        if (string.IsNullOrEmpty(name)) return false;
        foreach (var candidate in Enum.GetValues<TensorType>())
        {
            if (!candidate.ToString().Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            type = candidate;
            return true;
        }
        return Aliases.TryGetValue(name, out type);
    }

    static readonly Dictionary<string, TensorType> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["fp32"] = TensorType.F32,
        ["float32"] = TensorType.F32,
        ["fp16"] = TensorType.F16,
        ["float16"] = TensorType.F16,
        ["bfloat16"] = TensorType.BF16,
        ["fp64"] = TensorType.F64,
        ["float64"] = TensorType.F64,
        ["F8_E4M3"] = TensorType.F8E4M3,
        ["F8_E4M3FN"] = TensorType.F8E4M3,
        ["float8_e4m3fn"] = TensorType.F8E4M3,
        ["F8_E5M2"] = TensorType.F8E5M2,
        ["float8_e5m2"] = TensorType.F8E5M2,
    };

    static WeightFormat?[] Register(params ReadOnlySpan<WeightFormat> formats)
    {
        var byType = new WeightFormat?[Enum.GetValues<TensorType>().Length];
        foreach (var format in formats) byType[(int)format.Type] = format;
        return byType;
    }
}
