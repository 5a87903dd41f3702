using Tern.Numerics.Formats;

namespace Tern.Models.Safetensors;

/// <summary>The dtype names of safetensors, their types and sizes.</summary>
public static class SafetensorsTypes
{
    static readonly (string Name, TensorType Type, int Bytes)[] Known =
    [
        ("F64", TensorType.F64, 8), ("F32", TensorType.F32, 4), ("F16", TensorType.F16, 2), ("BF16", TensorType.BF16, 2),
        ("F8_E4M3", TensorType.F8E4M3, 1), ("F8_E5M2", TensorType.F8E5M2, 1),
        ("I64", TensorType.I64, 8), ("I32", TensorType.I32, 4), ("I16", TensorType.I16, 2), ("I8", TensorType.I8, 1),
        ("U8", TensorType.U8, 1), ("BOOL", TensorType.Bool, 1),
    ];

    /// <summary>All names, for messages.</summary>
    public static string Names => string.Join(", ", Known.Select(known => known.Name));

    public static bool TryParse(string name, out TensorType type, out int bytesPerElement)
    {
        foreach (var known in Known)
        {
            if (known.Name != name) continue;
            (_, type, bytesPerElement) = known;
            return true;
        }
        (type, bytesPerElement) = (default, 0);
        return false;
    }

    /// <summary>Whether safetensors can hold this type (the block formats of GGUF it cannot).</summary>
    public static bool Has(TensorType type) => Known.Any(known => known.Type == type);

    /// <exception cref="TernException">Safetensors has no such type.</exception>
    public static string NameOf(TensorType type) => Find(type).Name;

    /// <exception cref="TernException">Safetensors has no such type.</exception>
    public static int BytesPerElement(TensorType type) => Find(type).Bytes;

    static (string Name, TensorType Type, int Bytes) Find(TensorType type)
    {
        foreach (var known in Known)
            if (known.Type == type) return known;
        throw new TernException($"safetensors cannot hold {type}; decode to one of {Names} first.");
    }
}
