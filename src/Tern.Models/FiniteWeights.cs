using System.Numerics;
using Tern.Numerics.Formats;

namespace Tern.Models;

/// <summary>
/// Whether weights are numbers that a type can hold. In a damaged file scales and floats are NaN or infinite here and there, and one of them
/// spoils every token.
/// </summary>
static unsafe class FiniteWeights
{
    /// <summary>Decodes every weight of a model. A block decodes to finite weights only where its scales are finite, so that no format needs a rule of its own.</summary>
    /// <exception cref="TernException">A weight is NaN or infinite; the message names the first.</exception>
    public static void Require(ModelOnDisk model, CancellationToken cancellation)
    {
        foreach (var tensor in model.Weights.Tensors.Where(tensor => WeightFormats.All.Any(format => format.Type == tensor.Type)))
        {
            var format = WeightFormats.Of(tensor.Type);
            var (columns, bytes) = (checked((int)tensor.Columns), checked((int)format.BytesFor(tensor.Columns)));
            InOrder(tensor.Rows, (first, end) =>
            {
                var weights = new float[columns];
                for (var row = first; row < end; row++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    format.Decode(new ReadOnlySpan<byte>(tensor.Data + row * bytes, bytes), weights);
                    Require(model.Path, tensor.Name, row, weights, TensorType.F32);
                }
            });
        }
    }

    /// <summary>Refuses what <paramref name="type"/> cannot hold: NaN, infinity, and numbers that would become infinite.</summary>
    /// <exception cref="TernException">The message names the first such weight.</exception>
    public static void Require(string path, string tensor, long row, ReadOnlySpan<float> weights, TensorType type)
    {
        var largest = Largest(type);
        var column = 0;
        while (Vector.IsHardwareAccelerated && column + Vector<float>.Count <= weights.Length
            && Vector.LessThanOrEqualAll(Vector.Abs(new Vector<float>(weights[column..])), new Vector<float>(largest)))
            column += Vector<float>.Count;
        for (; column < weights.Length; column++)
        {
            var weight = weights[column];
            if (MathF.Abs(weight) <= largest) continue;
            throw new TernException($"{path}: the tensor '{tensor}' holds {weight} in row {row}, column {column}" + (float.IsFinite(weight)
                ? $"; {type} reaches ±{largest:G6}. Choose bf16 or f32."
                : ", which is no weight: the file is damaged. Fetch it again, or make it again from its source."));
        }
    }

    /// <summary>Runs a body over parts of the rows in parallel; where it refuses, once more in order, so that the message is about the first row whatever the threads did.</summary>
    public static void InOrder(long rows, Action<long, long> body)
    {
        // Parts rather than rows: a part of a narrow matrix is still worth the hand-over to another core.
        var parts = (int)Math.Min(rows, Environment.ProcessorCount * 4);
        try
        {
            Parallel.For(0, parts, part => body(rows * part / parts, rows * (part + 1) / parts));
        }
        catch (AggregateException)
        {
            body(0, rows);
            throw;
        }
    }

    /// <summary>What does not become infinite when it is rounded to the type. The scales of blocks are halves.</summary>
    static float Largest(TensorType type) => type switch
    {
        TensorType.F32 or TensorType.F64 => float.MaxValue,
        TensorType.BF16 => BitConverter.UInt32BitsToSingle(0x7f7f7fff),
        TensorType.F16 => MathF.BitDecrement(65520),
        _ => 65504,
    };
}
