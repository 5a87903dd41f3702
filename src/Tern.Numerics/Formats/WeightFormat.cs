namespace Tern.Numerics.Formats;

/// <summary>A weight format chosen at run time: the same operations as <see cref="IWeightFormat{TSelf}"/> over whole spans.</summary>
public abstract class WeightFormat
{
    public abstract TensorType Type { get; }

    public abstract int WeightsPerBlock { get; }

    public abstract int BytesPerBlock { get; }

    /// <summary>The name that ggml prints: "Q4_K".</summary>
    public string Name => Type.ToString();

    /// <summary>Storage cost including scales.</summary>
    public double BitsPerWeight => 8.0 * BytesPerBlock / WeightsPerBlock;

    /// <summary>Whether <see cref="Encode"/> is available (a few formats are read only).</summary>
    public abstract bool CanEncode { get; }

    /// <summary>Decodes whole blocks. <paramref name="weights"/> must hold a multiple of <see cref="WeightsPerBlock"/>.</summary>
    /// <exception cref="ArgumentException">The lengths of the spans do not match.</exception>
    public abstract void Decode(ReadOnlySpan<byte> blocks, Span<float> weights);

    /// <summary>Encodes whole blocks. <paramref name="weights"/> must hold a multiple of <see cref="WeightsPerBlock"/>.</summary>
    /// <exception cref="ArgumentException">
    /// The lengths of the spans do not match; or a block format is given a weight that is not finite or beyond ±65504 (the message names its index).
    /// </exception>
    /// <exception cref="NotSupportedException">The format is read only.</exception>
    public abstract void Encode(ReadOnlySpan<float> weights, Span<byte> blocks);

    /// <summary>Bytes that <paramref name="weights"/> weights take.</summary>
    /// <exception cref="ArgumentException">The count is negative or not a multiple of the block.</exception>
    /// <exception cref="OverflowException">The result does not fit into 63 bits.</exception>
    public long BytesFor(long weights)
    {
        if (weights < 0 || weights % WeightsPerBlock != 0)
            throw new ArgumentException($"{Type} stores blocks of {WeightsPerBlock} weights; {weights} is not a multiple.", nameof(weights));
        return checked(weights / WeightsPerBlock * BytesPerBlock);
    }
}
