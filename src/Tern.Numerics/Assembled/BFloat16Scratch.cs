using Tern.Numerics.Kernels;
using Tern.Numerics.Memory;

namespace Tern.Numerics.Assembled;

/// <summary>Working memory of <see cref="BFloat16Part"/>. Rows of queries are padded to whole strips; everything begins with zeros.</summary>
sealed unsafe class BFloat16Scratch : IDisposable
{
    /// <summary>Keys that are converted at a time.</summary>
    public const int KeysPerBlock = 128;

    /// <summary>Sums of weights are kept for each lane.</summary>
    public const int SumLanes = 16;

    /// <summary>Queries whose scores are in the first-level cache at a time.</summary>
    public const int QueriesPerStrip = 2 * BFloat16AttentionProduct.RowMultiple;

    readonly NativeBuffer _memory;
    long _used;

    public BFloat16Scratch(int maxQueries, int headDim)
    {
        long rows = (maxQueries + QueriesPerStrip - 1L) / QueriesPerStrip * QueriesPerStrip;
        _memory = new NativeBuffer(Total(rows, headDim));
        _memory.Clear();
        Queries = (ushort*)Next(rows * headDim * sizeof(ushort));
        Keys = (uint*)Next((long)KeysPerBlock * headDim * sizeof(ushort));
        Values = (uint*)Next((long)KeysPerBlock * headDim * sizeof(ushort));
        Scores = (float*)Next((long)QueriesPerStrip * KeysPerBlock * sizeof(float));
        Weights = (ushort*)Next((long)QueriesPerStrip * KeysPerBlock * sizeof(ushort));
        Outputs = (float*)Next(rows * headDim * sizeof(float));
        Maxima = (float*)Next(rows * sizeof(float));
        Sums = (float*)Next(rows * SumLanes * sizeof(float));
        Corrections = (float*)Next(QueriesPerStrip * sizeof(float));
        Rows = (int)rows;
    }

    const int Line = 64;

    static long Total(long rows, int headDim) =>
        rows * (headDim * (sizeof(ushort) + sizeof(float)) + (1 + SumLanes) * sizeof(float))
        + KeysPerBlock * (2L * headDim * sizeof(ushort) + QueriesPerStrip * (sizeof(float) + sizeof(ushort))) + QueriesPerStrip * sizeof(float) + 9 * Line;

    byte* Next(long bytes)
    {
        var start = _memory.Pointer + _used;
        _used += (bytes + Line - 1) / Line * Line;
        return start;
    }

    public int Rows { get; }

    /// <summary>[rows, headDim], scaled.</summary>
    public ushort* Queries { get; }

    /// <summary>[panels of 16 keys][headDim / 2][16][2].</summary>
    public uint* Keys { get; }

    /// <summary>[panels of 16 numbers][64 pairs of positions][16][2].</summary>
    public uint* Values { get; }

    /// <summary>[24, 128].</summary>
    public float* Scores { get; }

    /// <summary>[24, 128].</summary>
    public ushort* Weights { get; }

    /// <summary>[rows, headDim].</summary>
    public float* Outputs { get; }

    /// <summary>As logarithms to base 2.</summary>
    public float* Maxima { get; }

    /// <summary>[rows, 16]: the lanes are added in the end.</summary>
    public float* Sums { get; }

    /// <summary>Of the queries of a strip.</summary>
    public float* Corrections { get; }

    public void Dispose() => _memory.Dispose();
}
