namespace Tern.Numerics.Formats;

/// <summary>Sizes of every <see cref="TensorType"/>, integers included.</summary>
public static class TensorTypes
{
    /// <summary>Elements that are stored together: 1 for plain types, the block of a block format.</summary>
    public static int ElementsPerBlock(this TensorType type) => IntegerBytes(type) is not 0 ? 1 : WeightFormats.Of(type).WeightsPerBlock;

    /// <summary>Bytes of <see cref="ElementsPerBlock"/> elements.</summary>
    public static int BytesPerBlock(this TensorType type) =>
        IntegerBytes(type) is not 0 and var bytes ? bytes : WeightFormats.Of(type).BytesPerBlock;

    /// <summary>Bytes that <paramref name="count"/> elements take.</summary>
    /// <exception cref="ArgumentException">The count is negative or not a multiple of the block.</exception>
    /// <exception cref="OverflowException">The result does not fit into 63 bits.</exception>
    public static long BytesFor(this TensorType type, long count)
    {
        if (IntegerBytes(type) is not 0 and var bytes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            return checked(count * bytes);
        }
        return WeightFormats.Of(type).BytesFor(count);
    }

    static int IntegerBytes(TensorType type) => type switch
    {
        TensorType.I8 or TensorType.U8 or TensorType.Bool => 1,
        TensorType.I16 => 2,
        TensorType.I32 => 4,
        TensorType.I64 => 8,
        _ => 0,
    };
}
