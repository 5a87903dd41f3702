using Tern.Numerics.Memory;

namespace Tern.Numerics.Kernels;

/// <summary>
/// The input of matrix products: float rows [tokens, columns], and the same rows rounded to int8 in blocks of 32 for the integer kernels:
/// x[32 b + i] ~ scale[b] * quant[32 b + i], scale = max |x| / 127. Rounded once, used by every matrix that reads them.
/// </summary>
public sealed unsafe class Activations : IDisposable
{
    /// <summary>Activations that share a scale.</summary>
    public const int BlockSize = 32;

    readonly NativeBuffer _values, _quants, _pairs, _scales, _sums;

    /// <param name="maxTokens">Rows.</param>
    /// <param name="maxColumns">Largest row length.</param>
    public Activations(int maxTokens, int maxColumns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxColumns);
        MaxTokens = maxTokens;
        MaxColumns = (maxColumns + BlockSize - 1) / BlockSize * BlockSize;
        var count = (long)maxTokens * MaxColumns;
        _values = new NativeBuffer(count * sizeof(float) + 64);
        _quants = new NativeBuffer(count + 64);
        _pairs = new NativeBuffer(count * sizeof(short) + 64);
        _scales = new NativeBuffer(count / BlockSize * sizeof(float));
        _sums = new NativeBuffer(count / BlockSize * 2 * sizeof(int));
    }

    public int MaxTokens { get; }

    public int MaxColumns { get; }

    public int Tokens { get; private set; }

    public int Columns { get; private set; }

    /// <summary>Blocks of 32 in a row; the last one may be partial.</summary>
    public int Blocks => (Columns + BlockSize - 1) / BlockSize;

    /// <summary>[tokens, columns], rows one after another.</summary>
    public float* Values => (float*)_values.Pointer;

    /// <summary>[tokens, blocks, 32], in the order of the columns.</summary>
    public sbyte* Quants => (sbyte*)_quants.Pointer;

    /// <summary>
    /// [tokens, blocks, 32] as int16, each four columns (0, 1, 2, 3) in the order (0, 2, 1, 3): what kernels over signed bytes multiply
    /// with the even and the odd bytes of a 32-bit lane.
    /// </summary>
    public short* Pairs => (short*)_pairs.Pointer;

    /// <summary>[tokens, blocks].</summary>
    public float* Scales => (float*)_scales.Pointer;

    /// <summary>[tokens, blocks, 2]: the sums of the quants of each half block.</summary>
    public int* HalfSums => (int*)_sums.Pointer;

    /// <summary>Sets the shape of what follows. The content is undefined until written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than there is room for.</exception>
    public void Resize(int tokens, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, MaxTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, MaxColumns);
        Tokens = tokens;
        Columns = columns;
    }

    public void Dispose()
    {
        _values.Dispose();
        _quants.Dispose();
        _pairs.Dispose();
        _scales.Dispose();
        _sums.Dispose();
    }
}
