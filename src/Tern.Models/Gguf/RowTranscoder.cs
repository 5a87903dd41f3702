using System.Buffers;
using Tern.Numerics.Formats;

namespace Tern.Models.Gguf;

/// <summary>
/// Writes the rows of one tensor in another type: raw where the type stays, decoded and encoded otherwise. Works through chunks of
/// rows, each chunk in parallel, so that a tensor of any size needs a few megabytes.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="source">The tensor; a vector counts as one row, or as rows of one element where <paramref name="sourceRow"/> is given.</param>
/// <param name="target">The type to write; rows must be whole blocks of it.</param>
/// <param name="shift">Added to every weight (the norms of Gemma).</param>
/// <param name="sourceRow">Which row of the source becomes a given row of the output; null for the same.</param>
/// <param name="edit">Changes the weights of a row of the output before they are encoded; called from several threads; null to leave them.</param>
sealed unsafe class RowTranscoder(string path, Tensor source, TensorType target, float shift, Func<long, long>? sourceRow, RowEdit? edit = null)
{
    /// <summary>Weights per chunk: large enough to share among cores, small enough for caches and quick cancellation.</summary>
    const int WeightsPerChunk = 1 << 20;

    readonly bool asElements = sourceRow is not null && source.Shape.Length == 1;

    long Columns => asElements ? 1 : source.Columns;

    long Rows => asElements ? source.Count : source.Rows;

    bool IsRaw => source.Type == target && shift == 0 && edit is null;

    /// <exception cref="TernException">A weight is not finite, or too large for the target type.</exception>
    public void WriteTo(Stream stream, Action<long>? written, CancellationToken cancellation)
    {
        if (Columns > int.MaxValue / sizeof(double)) throw new TernException($"{path}: the tensor '{source.Name}' has rows of {Columns} weights, which is too long");
        var targetRow = checked((int)GgufWriter.ByteLength(target, [Columns]));
        var rowsPerChunk = (int)Math.Clamp(WeightsPerChunk / Math.Max(1, Columns), 1, Math.Max(1, Rows));
        var chunk = ArrayPool<byte>.Shared.Rent(checked(rowsPerChunk * targetRow));
        try
        {
            for (long first = 0; first < Rows; first += rowsPerChunk)
            {
                cancellation.ThrowIfCancellationRequested();
                var rows = (int)Math.Min(rowsPerChunk, Rows - first);
                Transcode(first, rows, targetRow, chunk);
                stream.Write(chunk, 0, rows * targetRow);
                written?.Invoke((long)rows * targetRow);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    void Transcode(long first, int rows, int targetRow, byte[] chunk)
    {
        if (IsRaw)
        {
            for (var row = 0; row < rows; row++) SourceRow(first + row).CopyTo(chunk.AsSpan(row * targetRow, targetRow));
            return;
        }

        FiniteWeights.InOrder(rows, (begin, end) =>
        {
            var weights = ArrayPool<float>.Shared.Rent((int)Columns);
            for (var row = (int)begin; row < end; row++)
                TranscodeRow(first + row, weights.AsSpan(0, (int)Columns), chunk.AsSpan(row * targetRow, targetRow));
            ArrayPool<float>.Shared.Return(weights);
        });
    }

    void TranscodeRow(long row, Span<float> weights, Span<byte> output)
    {
        WeightFormats.Of(source.Type).Decode(SourceRow(row), weights);
        if (shift != 0)
        {
            foreach (ref var weight in weights) weight += shift;
        }

        edit?.Invoke(row, weights);
        FiniteWeights.Require(path, source.Name, sourceRow?.Invoke(row) ?? row, weights, target);
        WeightFormats.Of(target).Encode(weights, output);
    }

    ReadOnlySpan<byte> SourceRow(long row)
    {
        var bytes = source.ByteLength / Math.Max(1, Rows);
        return new ReadOnlySpan<byte>(source.Data + (sourceRow?.Invoke(row) ?? row) * bytes, checked((int)bytes));
    }
}

/// <summary>Changes the weights of a row.</summary>
delegate void RowEdit(long row, Span<float> weights);
