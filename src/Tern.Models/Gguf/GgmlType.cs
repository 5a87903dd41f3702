using Tern.Numerics.Formats;

namespace Tern.Models.Gguf;

/// <summary>
/// The tensor types of ggml by their number in the file: name, block geometry, and the <see cref="TensorType"/> where Tern
/// reads it.
/// </summary>
public static class GgmlType
{
    /// <summary>One type of ggml.</summary>
    /// <param name="Type">Null where ggml knows the type and Tern does not.</param>
    public sealed record Entry(uint Id, string Name, TensorType? Type, int WeightsPerBlock, int BytesPerBlock);

    static readonly Entry[] Entries =
    [
        new(0, "F32", TensorType.F32, 1, 4),
        new(1, "F16", TensorType.F16, 1, 2),
        new(2, "Q4_0", TensorType.Q4_0, 32, 18),
        new(3, "Q4_1", TensorType.Q4_1, 32, 20),
        new(4, "Q4_2 (removed from ggml)", null, 0, 0),
        new(5, "Q4_3 (removed from ggml)", null, 0, 0),
        new(6, "Q5_0", TensorType.Q5_0, 32, 22),
        new(7, "Q5_1", TensorType.Q5_1, 32, 24),
        new(8, "Q8_0", TensorType.Q8_0, 32, 34),
        new(9, "Q8_1", null, 0, 0),
        new(10, "Q2_K", TensorType.Q2_K, 256, 84),
        new(11, "Q3_K", TensorType.Q3_K, 256, 110),
        new(12, "Q4_K", TensorType.Q4_K, 256, 144),
        new(13, "Q5_K", TensorType.Q5_K, 256, 176),
        new(14, "Q6_K", TensorType.Q6_K, 256, 210),
        new(15, "Q8_K", null, 0, 0),
        new(16, "IQ2_XXS", null, 0, 0),
        new(17, "IQ2_XS", null, 0, 0),
        new(18, "IQ3_XXS", null, 0, 0),
        new(19, "IQ1_S", null, 0, 0),
        new(20, "IQ4_NL", TensorType.IQ4_NL, 32, 18),
        new(21, "IQ3_S", null, 0, 0),
        new(22, "IQ2_S", null, 0, 0),
        new(23, "IQ4_XS", TensorType.IQ4_XS, 256, 136),
        new(24, "I8", TensorType.I8, 1, 1),
        new(25, "I16", TensorType.I16, 1, 2),
        new(26, "I32", TensorType.I32, 1, 4),
        new(27, "I64", TensorType.I64, 1, 8),
        new(28, "F64", TensorType.F64, 1, 8),
        new(29, "IQ1_M", null, 0, 0),
        new(30, "BF16", TensorType.BF16, 1, 2),
        new(31, "Q4_0_4_4 (removed from ggml)", null, 0, 0),
        new(32, "Q4_0_4_8 (removed from ggml)", null, 0, 0),
        new(33, "Q4_0_8_8 (removed from ggml)", null, 0, 0),
        new(34, "TQ1_0", TensorType.TQ1_0, 256, 54),
        new(35, "TQ2_0", TensorType.TQ2_0, 256, 66),
        new(36, "IQ4_NL_4_4 (removed from ggml)", null, 0, 0),
        new(37, "IQ4_NL_4_8 (removed from ggml)", null, 0, 0),
        new(38, "IQ4_NL_8_8 (removed from ggml)", null, 0, 0),
        new(39, "MXFP4", null, 0, 0),
    ];

    /// <summary>Null where the number is not one of ggml's.</summary>
    public static Entry? Find(uint id) => id < (uint)Entries.Length ? Entries[id] : null;

    /// <summary>Null where GGUF has no number for the type (F8, U8, Bool).</summary>
    public static Entry? Find(TensorType type) => Array.Find(Entries, entry => entry.Type == type);

    /// <summary>"F32, F16, Q4_0, ...": what Tern reads.</summary>
    public static string Supported { get; } = string.Join(", ", Entries.Where(entry => entry.Type is not null).Select(entry => entry.Name));
}
