using System.Numerics;
using System.Runtime.InteropServices;
using Tern.Numerics.Formats;

namespace Tern.Models.Adapters;

/// <summary>The low-rank change of one matrix, row by row, in float32: w ← w + s (B A), then with DoRA w ← m w / ‖w‖.</summary>
sealed unsafe class LowRankDelta
{
    readonly int _rank, _columns;
    readonly float[] _left;                                          // [rows, rank]
    readonly float[] _right;                                         // [rank, columns]
    readonly float[]? _magnitude;                                    // [rows]
    readonly float _scale;

    /// <param name="module">Not both transposed and with a magnitude.</param>
    /// <param name="sign">1 to add, -1 to take away.</param>
    public LowRankDelta(PeftModule module, int sign)
    {
        var (a, b) = (Floats(module.A), Floats(module.B));
        _rank = (int)module.A.Shape[0];
        _columns = (int)(module.Transposed ? module.B.Shape[0] : module.A.Shape[1]);
        (_left, _right) = module.Transposed ? (Transpose(a, _rank), Transpose(b, (int)module.B.Shape[0])) : (b, a);
        _magnitude = module.Magnitude is { } magnitude ? Floats(magnitude) : null;
        _scale = (float)(sign * module.Scale);
    }

    /// <summary>Changes a row of the matrix.</summary>
    public void Apply(long row, Span<float> weights)
    {
        for (var k = 0; k < _rank; k++) AddScaled(weights, _right.AsSpan(k * _columns, _columns), _scale * _left[row * _rank + k]);
        if (_magnitude is null) return;
        var squares = 0.0;
        foreach (var weight in weights) squares += (double)weight * weight;
        var gain = (float)(_magnitude[row] / Math.Sqrt(squares));
        foreach (ref var weight in weights) weight *= gain;
    }

    static void AddScaled(Span<float> sum, ReadOnlySpan<float> values, float factor)
    {
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var added = MemoryMarshal.Cast<float, Vector<float>>(values);
        var factors = new Vector<float>(factor);
        for (var i = 0; i < sums.Length; i++) sums[i] += added[i] * factors;
        for (var i = sums.Length * Vector<float>.Count; i < sum.Length; i++) sum[i] += values[i] * factor;
    }

    static float[] Floats(Tensor tensor)
    {
        var floats = new float[tensor.Count];
        WeightFormats.Of(tensor.Type).Decode(new ReadOnlySpan<byte>(tensor.Data, checked((int)tensor.ByteLength)), floats);
        return floats;
    }

    /// <summary>Of a matrix with so many rows.</summary>
    static float[] Transpose(float[] matrix, int rows)
    {
        var columns = matrix.Length / rows;
        var transposed = new float[matrix.Length];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++) transposed[column * rows + row] = matrix[row * columns + column];
        return transposed;
    }
}
