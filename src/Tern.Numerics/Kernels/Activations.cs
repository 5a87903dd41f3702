using Tern.Numerics.Memory;

namespace Tern.Numerics.Kernels;

/// <summary>What matrices read of their input besides the float rows, which are always there.</summary>
[Flags]
public enum ActivationForms
{
    None = 0,

    /// <summary>int8 in blocks of 32.</summary>
    Quants = 1,

    /// <summary>The same as int16 (<see cref="Activations.Pairs"/>).</summary>
    Pairs = 2,

    /// <summary>Pairs of bfloat16 (<see cref="Activations.BFloat16Pairs"/>). They take the memory of <see cref="Pairs"/>: no kernels read both.</summary>
    BFloat16 = 4,
}

/// <summary>
/// The input of matrix products: float rows [tokens, columns], and the same rows rounded to int8 in blocks of 32 for the integer kernels:
/// x[32 b + i] ~ scale[b] * quant[32 b + i], scale = max |x| / 127. Rounded once, used by every matrix that reads them.
/// <para>
/// The int8 form is interleaved: block b of up to 16 tokens side by side, then block b + 1 of the same tokens
/// (<see cref="IndexOf"/>), so that a tile of tokens is one stretch of memory and a single token's row is contiguous.
/// </para>
/// </summary>
public sealed unsafe class Activations : IDisposable
{
    /// <summary>Activations that share a scale.</summary>
    public const int BlockSize = 32;

    /// <summary>Tokens that lie side by side, at most.</summary>
    public const int MaxInterleaved = 16;

    /// <summary>Sums kept of a block: of its first half, of its second half, of the whole.</summary>
    public const int SumsPerBlock = 3;

    readonly NativeBuffer _values, _quants, _pairs, _scales, _sums, _corrections;

    /// <param name="maxTokens">Rows.</param>
    /// <param name="maxColumns">Largest row length.</param>
    public Activations(int maxTokens, int maxColumns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxColumns);
        MaxTokens = maxTokens;
        MaxColumns = (maxColumns + BlockSize - 1) / BlockSize * BlockSize;
        _values = new NativeBuffer((long)maxTokens * MaxColumns * sizeof(float) + 64);
        var rows = maxTokens <= MaxInterleaved ? maxTokens : (maxTokens + MaxInterleaved - 1) / MaxInterleaved * MaxInterleaved;
        var count = (long)rows * MaxColumns;
        _quants = new NativeBuffer(count + 64);
        _pairs = new NativeBuffer(count * sizeof(short) + 64);
        _scales = new NativeBuffer(count / BlockSize * sizeof(float));
        _sums = new NativeBuffer(count / BlockSize * SumsPerBlock * sizeof(int));
        _corrections = new NativeBuffer(count / BlockSize * SumsPerBlock * sizeof(float));
    }

    /// <summary>Bytes that activations take: rows as floats, and their int8 and 16-bit forms with scales and sums.</summary>
    /// <inheritdoc cref="Activations(int, int)" path="/param"/>
    public static long BytesFor(int maxTokens, int maxColumns)
    {
        var columns = (maxColumns + BlockSize - 1L) / BlockSize * BlockSize;
        var rows = maxTokens <= MaxInterleaved ? maxTokens : (maxTokens + MaxInterleaved - 1L) / MaxInterleaved * MaxInterleaved;
        var perBlock = sizeof(float) + SumsPerBlock * (sizeof(int) + sizeof(float));
        return maxTokens * columns * sizeof(float) + rows * columns * (sizeof(sbyte) + sizeof(short)) + rows * columns / BlockSize * perBlock;
    }

    public int MaxTokens { get; }

    public int MaxColumns { get; }

    public int Tokens { get; private set; }

    public int Columns { get; private set; }

    /// <summary>Blocks of 32 in a row; the last one may be partial.</summary>
    public int Blocks => (Columns + BlockSize - 1) / BlockSize;

    /// <summary>Tokens that lie side by side: all if they are at most 16.</summary>
    public int Interleaved { get; private set; }

    /// <summary>Where a block of a token stands among the blocks of the int8 form; the token's next block is <see cref="Interleaved"/> further.</summary>
    public long IndexOf(int token, int block) => ((long)(token / Interleaved) * Blocks + block) * Interleaved + token % Interleaved;

    /// <summary>[tokens, columns], rows one after another.</summary>
    public float* Values => (float*)_values.Pointer;

    /// <summary>[index, 32], in the order of the columns.</summary>
    public sbyte* Quants => (sbyte*)_quants.Pointer;

    /// <summary>
    /// [index, 32] as int16, each four columns (0, 1, 2, 3) in the order (0, 2, 1, 3): what kernels over signed bytes multiply
    /// with the even and the odd bytes of a 32-bit lane.
    /// </summary>
    public short* Pairs => (short*)_pairs.Pointer;

    /// <summary>
    /// [tokens / interleaved, pairs of columns, interleaved, 2]: what kernels over bfloat16 broadcast. The last column of an odd number has 0 beside it.
    /// </summary>
    public ushort* BFloat16Pairs => (ushort*)_pairs.Pointer;

    /// <summary>[index].</summary>
    public float* Scales => (float*)_scales.Pointer;

    /// <summary>[index, 3]: minus the sums of the quants of the first half, the second half and the whole block.</summary>
    public int* NegatedSums => (int*)_sums.Pointer;

    /// <summary>[index, 3]: <see cref="NegatedSums"/> times the scale, which formats with minima multiply by them.</summary>
    public float* Corrections => (float*)_corrections.Pointer;

    /// <summary>Sets the shape of what follows. The content is undefined until written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than there is room for.</exception>
    public void Resize(int tokens, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, MaxTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, MaxColumns);
        Tokens = tokens;
        Columns = columns;
        Interleaved = Math.Clamp(tokens, 1, MaxInterleaved);
    }

    public void Dispose()
    {
        _values.Dispose();
        _quants.Dispose();
        _pairs.Dispose();
        _scales.Dispose();
        _sums.Dispose();
        _corrections.Dispose();
    }
}
