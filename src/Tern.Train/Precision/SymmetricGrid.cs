using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Precision;

/// <summary>
/// The integers from -(2^(b-1) - 1) to 2^(b-1) - 1, times a scale for each row of numbers: s = max|x| / (2^(b-1) - 1), so that nothing is cut off (the fake quantiser of Kumar et al. 2024,
/// arXiv 2411.04330). One bit has no such grid: there x becomes ±mean|x| by its sign, zero counting as positive. Halves are rounded to even.
/// </summary>
/// <param name="Bits">From <see cref="MinBits"/> to <see cref="MaxBits"/>.</param>
public readonly record struct SymmetricGrid(int Bits)
{
    public const int MinBits = 1, MaxBits = 16;

    /// <summary>Elements that a thread takes at once, about: some rows.</summary>
    const int Chunk = 16_384;

    /// <summary>Elements of a slice of a tensor: a span of its bytes must not exceed 2 GiB.</summary>
    const long Slice = 1L << 28;

    /// <summary>The largest of the integers; 0 for one bit.</summary>
    public int Largest => (1 << (Bits - 1)) - 1;

    /// <summary>The nearest points of the grid, with the gradient as if nothing had been rounded (straight-through: Bengio et al. 2013, arXiv 1308.3432).</summary>
    /// <param name="values">[..., n], float32 or bfloat16; a scale for each of the n. Their rounding is computed in float32; in bfloat16, its points are rounded to that in turn.</param>
    public Tensor StraightThrough(Tensor values)
    {
        // The copy's backward is the identity; that its elements change before anyone reads them is no part of the graph.
        var copy = values.dtype != ScalarType.Float32 ? values.to(ScalarType.Float32).contiguous() : values.is_contiguous() ? values.clone() : values.contiguous();
        RoundRows(copy);
        return copy.to(values.dtype);
    }

    /// <summary>Replaces every element by the nearest point of the grid of its row. A row with an element that is not finite becomes NaN.</summary>
    /// <param name="values">[..., n], contiguous float32.</param>
    public void RoundRows(Tensor values)
    {
        using var frozen = no_grad();
        using var all = values.detach();
        if (values.device_type != DeviceType.CPU)
        {
            RoundRowsByTorch(all);
            return;
        }
        var columns = (int)values.shape[^1];
        using var rows = all.view(-1, columns);
        var slice = Math.Max(1, Slice / columns);
        for (long start = 0; start < rows.shape[0]; start += slice)
        {
            using var part = rows.narrow(0, start, Math.Min(slice, rows.shape[0] - start));
            RoundRows(part, columns);
        }
    }

    /// <summary>The definition, for any device.</summary>
    internal void RoundRowsByTorch(Tensor values)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        if (Bits == 1)
        {
            var mean = values.abs().mean([-1], keepdim: true);
            values.copy_(where(values.ge(0), mean, -mean));
            return;
        }
        var scale = values.abs().amax([-1], keepdim: true) / Largest;
        values.div_(scale).round_().mul_(scale).masked_fill_(scale.eq(0).expand_as(values), 0);
    }

    unsafe void RoundRows(Tensor rows, int columns)
    {
        var first = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(rows.bytes));
        var grid = this;
        int count = (int)rows.shape[0], atOnce = Math.Max(1, Chunk / columns);
        void Run(int chunk)
        {
            for (var row = chunk * atOnce; row < Math.Min(count, (chunk + 1) * atOnce); row++) grid.Round(new Span<float>(first + ((long)row * columns), columns));
        }
        if (count <= atOnce) Run(0);
        else Parallel.For(0, (count + atOnce - 1) / atOnce, Run);
    }

    /// <summary>One row, in place.</summary>
    internal void Round(Span<float> row)
    {
        if (Bits == 1) Signs(row);
        else Round(row, LargestMagnitude(row) / Largest);
    }

    static void Round(Span<float> row, float scale)
    {
        if (scale == 0)                                                        // all zero, or so small that the scale is
        {
            row.Clear();
            return;
        }
        var wide = MemoryMarshal.Cast<float, Vector<float>>(row);
        var scales = new Vector<float>(scale);
        for (var i = 0; i < wide.Length; i++) wide[i] = Vector.Round(wide[i] / scales) * scales;
        for (var i = wide.Length * Vector<float>.Count; i < row.Length; i++) row[i] = MathF.Round(row[i] / scale) * scale;
    }

    static float LargestMagnitude(ReadOnlySpan<float> row)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(row);
        var largest = Vector<float>.Zero;
        foreach (var values in wide) largest = Vector.Max(largest, Vector.Abs(values));
        var result = 0f;
        for (var i = 0; i < Vector<float>.Count; i++) result = MathF.Max(result, largest[i]);
        foreach (var value in row[(wide.Length * Vector<float>.Count)..]) result = MathF.Max(result, MathF.Abs(value));
        return result;
    }

    static void Signs(Span<float> row)
    {
        var sum = 0.0;
        foreach (var value in row) sum += Math.Abs(value);
        var mean = (float)(sum / row.Length);
        foreach (ref var value in row) value = float.IsNaN(value) ? float.NaN : value >= 0 ? mean : -mean;
    }
}
