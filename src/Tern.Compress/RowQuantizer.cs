using Tern.Models;
using Tern.Models.Quantized;
using Tern.Numerics.Formats;
using Tern.Numerics.Threading;

namespace Tern.Compress;

/// <summary>Rounds the rows of one matrix, a few megabytes at a time, the rows of a part in parallel.</summary>
/// <param name="source">[rows, columns] of any weight format.</param>
/// <param name="rounding">Bits, groups, and the type of the scales.</param>
/// <param name="scaleType">How scales are written; it holds those of the rounding exactly.</param>
/// <param name="sourceRow">Which row of the source an output row is; null for the same.</param>
/// <param name="team">The threads.</param>
sealed unsafe class RowQuantizer(Tensor source, RoundToNearest rounding, TensorType scaleType, Func<long, long>? sourceRow, WorkerTeam team)
{
    const int WeightsAtOnce = 1 << 20;

    readonly int _columns = checked((int)source.Columns);

    public int Groups => rounding.GroupsIn(_columns);

    /// <summary>The packed codes of all rows.</summary>
    public void WriteCodes(Stream stream, CancellationToken cancellation) => Write(stream, 4 * PackedIntegers.WordsFor(_columns, rounding.Bits), codes: true, cancellation);

    /// <summary>The scales of all rows.</summary>
    public void WriteScales(Stream stream, CancellationToken cancellation) => Write(stream, (int)scaleType.BytesFor(Groups), codes: false, cancellation);

    void Write(Stream stream, int rowBytes, bool codes, CancellationToken cancellation)
    {
        var rows = source.Shape[0];
        var atOnce = (int)Math.Clamp(WeightsAtOnce / _columns, 1, rows);
        var output = new byte[checked(atOnce * rowBytes)];
        var scratch = new Scratch[team.Threads];
        for (var i = 0; i < scratch.Length; i++) scratch[i] = new Scratch(_columns, Groups);
        for (long first = 0; first < rows; first += atOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = (int)Math.Min(atOnce, rows - first);
            var body = new Part { Owner = this, Output = output, RowBytes = rowBytes, First = first, Codes = codes, Scratches = scratch };
            team.For(ref body, count);
            stream.Write(output, 0, count * rowBytes);
        }
    }

    sealed class Scratch(int columns, int groups)
    {
        public readonly float[] Weights = new float[columns];
        public readonly sbyte[] Codes = new sbyte[columns];
        public readonly float[] Scales = new float[groups];
    }

    struct Part : IParallelBody
    {
        public RowQuantizer Owner;
        public byte[] Output;
        public int RowBytes;
        public long First;
        public bool Codes;
        public Scratch[] Scratches;

        public readonly void Run(int start, int end, int worker)
        {
            var scratch = Scratches[worker];
            for (var row = start; row < end; row++)
            {
                Owner.Round(First + row, scratch);
                var target = Output.AsSpan(row * RowBytes, RowBytes);
                if (Codes) PackedIntegers.Pack(scratch.Codes, Owner.Bits, target);
                else WeightFormats.Of(Owner.ScaleType).Encode(scratch.Scales, target);
            }
        }
    }

    int Bits => rounding.Bits;

    TensorType ScaleType => scaleType;

    void Round(long row, Scratch scratch)
    {
        var bytes = source.Type.BytesFor(_columns);
        var data = source.Data + (sourceRow?.Invoke(row) ?? row) * bytes;
        WeightFormats.Of(source.Type).Decode(new ReadOnlySpan<byte>(data, checked((int)bytes)), scratch.Weights);
        try
        {
            rounding.Quantize(scratch.Weights, scratch.Codes, scratch.Scales);
        }
        catch (ArgumentException refused) when (refused.ParamName == "row")
        {
            throw new TernException($"row {row} of the tensor '{source.Name}' cannot be rounded to integers, its weights are damaged: {refused.Message}", refused);
        }
    }
}
