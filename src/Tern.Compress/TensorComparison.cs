using Tern.Models;
using Tern.Numerics.Formats;
using Tern.Numerics.Threading;

namespace Tern.Compress;

/// <summary>Compares a tensor with what became of it, row by row, in double precision.</summary>
sealed unsafe class TensorComparison(WorkerTeam team)
{
    /// <summary>Sums over some weights.</summary>
    public struct Sums
    {
        public double Squares, SquaresAfter, Product, ErrorSquares, MaxError;

        public readonly double RelativeError => Squares > 0 ? Math.Sqrt(ErrorSquares / Squares) : ErrorSquares > 0 ? double.PositiveInfinity : 0;

        public readonly double Cosine => ErrorSquares == 0 ? 1 : Product / Math.Sqrt(Squares * SquaresAfter);

        public void Add(in Sums other)
        {
            Squares += other.Squares;
            SquaresAfter += other.SquaresAfter;
            Product += other.Product;
            ErrorSquares += other.ErrorSquares;
            MaxError = Math.Max(MaxError, other.MaxError);
        }
    }

    /// <summary>Which row of <paramref name="before"/> is row i of the tensor in <paramref name="after"/>; null where the order is the same.</summary>
    public static Func<long, long>? RowOrder(ModelOnDisk before, ModelOnDisk after, string tensor)
    {
        var headDim = before.Config.HeadDim;
        if (before.Config.RopeInterleaved == after.Config.RopeInterleaved || !RotaryLayout.IsRotated(tensor)) return null;
        return before.Config.RopeInterleaved ? row => RotaryLayout.InterleavedRow(row, headDim) : row => RotaryLayout.HalvesRow(row, headDim);
    }

    /// <param name="before">Any weight format.</param>
    /// <param name="after">The same shape.</param>
    /// <param name="beforeRow">Which row of <paramref name="before"/> a row of <paramref name="after"/> is; null for the same. A vector then counts as rows of one weight.</param>
    public Sums Compare(Tensor before, Tensor after, Func<long, long>? beforeRow)
    {
        var (rows, columns) = beforeRow is not null && after.Shape.Length == 1 ? (after.Count, 1) : (after.Rows, checked((int)after.Columns));
        var body = new Rows
        {
            Before = before,
            After = after,
            BeforeRow = beforeRow,
            Columns = columns,
            Results = new Sums[rows],
            Scratch = [.. Enumerable.Range(0, team.Threads).Select(_ => (new float[columns], new float[columns]))],
        };
        team.For(ref body, checked((int)rows));
        var total = default(Sums);
        foreach (ref readonly var row in body.Results.AsSpan()) total.Add(row);      // in order, so that threads do not show
        return total;
    }

    struct Rows : IParallelBody
    {
        public Tensor Before, After;
        public Func<long, long>? BeforeRow;
        public int Columns;
        public Sums[] Results;
        public (float[] Before, float[] After)[] Scratch;

        public readonly void Run(int start, int end, int worker)
        {
            var (before, after) = Scratch[worker];
            for (var row = start; row < end; row++)
            {
                Decode(Before, BeforeRow?.Invoke(row) ?? row, before);
                Decode(After, row, after);
                Results[row] = Of(before, after);
            }
        }

        readonly void Decode(Tensor tensor, long row, float[] weights)
        {
            var bytes = tensor.Type.BytesFor(Columns);
            WeightFormats.Of(tensor.Type).Decode(new ReadOnlySpan<byte>(tensor.Data + row * bytes, (int)bytes), weights);
        }

        static Sums Of(float[] before, float[] after)
        {
            var sums = default(Sums);
            for (var i = 0; i < before.Length; i++)
            {
                double w = before[i], v = after[i], error = Math.Abs(v - w);
                sums.Squares += w * w;
                sums.SquaresAfter += v * v;
                sums.Product += w * v;
                sums.ErrorSquares += error * error;
                if (error > sums.MaxError) sums.MaxError = error;
            }
            return sums;
        }
    }
}
