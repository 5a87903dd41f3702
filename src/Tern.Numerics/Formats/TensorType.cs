namespace Tern.Numerics.Formats;

/// <summary>
/// How the elements of a tensor are stored. Plain element types first, then the block formats of GGUF.
/// The definition of each floating-point or block format is its <see cref="IWeightFormat{TSelf}"/>.
/// </summary>
public enum TensorType
{
    F32, F16, BF16, F64,
    F8E4M3, F8E5M2,
    I8, U8, I16, I32, I64, Bool,
    Q4_0, Q4_1, Q5_0, Q5_1, Q8_0,
    Q2_K, Q3_K, Q4_K, Q5_K, Q6_K,
    IQ4_NL, IQ4_XS,
    TQ1_0, TQ2_0,
}
