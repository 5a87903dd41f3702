using Tern.Models;
using Tern.Numerics;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Memory;
using Tern.Numerics.Threading;

namespace Tern.Run.Weights;

/// <summary>
/// Takes tensors out of a checkpoint in the form that the kernels want. Types without kernels are widened: F8 to BF16 (exact), F64 to F32.
/// </summary>
sealed unsafe class WeightLoader(ModelOnDisk model, WorkerTeam team, IsaLevel level) : IDisposable
{
    readonly List<NativeBuffer> _converted = [];

    /// <summary>Whether the model has this tensor.</summary>
    public bool Has(string name) => model.Weights.TryGet(name, out _);

    /// <summary>A matrix [rows, columns] with the bias beside it, if there is one.</summary>
    public Linear Linear(string name, int rows, int columns) => new(
        Matrix($"{name}.weight", rows, columns),
        Has($"{name}.bias") ? Vector($"{name}.bias", rows) : null);

    /// <summary>Some rows of a fused matrix [.., columns].</summary>
    public Linear Rows(string name, int start, int rows, int totalRows, int columns) =>
        new(Matrix($"{name}.weight", rows, columns, start, totalRows), null);

    /// <exception cref="TernException">The tensor is missing or has another shape.</exception>
    public WeightMatrix Matrix(string name, int rows, int columns, int start = 0, int? totalRows = null)
    {
        var tensor = model.Weights[name];
        if (tensor.Shape.Length != 2 || tensor.Shape[0] != (totalRows ?? rows) || tensor.Shape[1] != columns)
            throw ShapeError(tensor, $"[{totalRows ?? rows}, {columns}]");
        var (type, data) = Readable(tensor);
        var rowBytes = TensorTypes.BytesFor(type, columns);
        try
        {
            var matrix = WeightMatrix.Create(type, data + start * rowBytes, rows, columns, team, level);
            if (matrix.IsRepacked && model.Weights.IsMapped(tensor)) NativeBuffer.Release(data + start * rowBytes, rows * rowBytes);
            return matrix;
        }
        catch (NotSupportedException exception)
        {
            throw new TernException($"{model.Path}: tensor {name} has type {type}, which cannot be multiplied. Convert the model to F16 first.", exception);
        }
    }

    /// <summary>A vector as floats, <paramref name="offset"/> added to each element (Gemma's norms multiply by 1 + weight).</summary>
    public ParameterVector Vector(string name, int length, float offset = 0)
    {
        var tensor = model.Weights[name];
        if (tensor.Count != length) throw ShapeError(tensor, $"[{length}]");
        var vector = new ParameterVector(length);
        WeightFormats.Of(tensor.Type).Decode(new ReadOnlySpan<byte>(tensor.Data, checked((int)tensor.ByteLength)), vector.Span);
        if (offset != 0)
            foreach (ref var element in vector.Span) element += offset;
        return vector;
    }

    /// <summary>The embedding table, looked up row by row where it lies.</summary>
    public EmbeddingTable Embedding(string name, int rows, int columns)
    {
        var tensor = model.Weights[name];
        if (tensor.Shape.Length != 2 || tensor.Shape[0] != rows || tensor.Shape[1] != columns) throw ShapeError(tensor, $"[{rows}, {columns}]");
        return new EmbeddingTable(WeightFormats.Of(tensor.Type), tensor.Data, rows, columns);
    }

    TernException ShapeError(Tensor tensor, string expected) =>
        new($"{model.Path}: tensor {tensor.Name} has shape [{string.Join(", ", tensor.Shape.ToArray())}]; the configuration asks for {expected}.");

    (TensorType Type, nint Data) Widen(Tensor tensor, TensorType target)
    {
        var buffer = new NativeBuffer(TensorTypes.BytesFor(target, tensor.Count));
        _converted.Add(buffer);
        var from = WeightFormats.Of(tensor.Type);
        var to = WeightFormats.Of(target);
        var columns = (int)tensor.Columns;
        var row = new float[columns];
        long sourceBytes = from.BytesFor(columns), targetBytes = to.BytesFor(columns);
        for (var i = 0L; i < tensor.Rows; i++)
        {
            from.Decode(new ReadOnlySpan<byte>(tensor.Data + i * sourceBytes, (int)sourceBytes), row);
            to.Encode(row, new Span<byte>(buffer.Pointer + i * targetBytes, (int)targetBytes));
        }
        return (target, (nint)buffer.Pointer);
    }

    Readable Readable(Tensor tensor)
    {
        if (WeightMatrix.Supports(tensor.Type)) return new Readable(tensor.Type, tensor.Data);
        var (type, data) = tensor.Type switch
        {
            TensorType.F8E4M3 or TensorType.F8E5M2 => Widen(tensor, TensorType.BF16),
            TensorType.F64 => Widen(tensor, TensorType.F32),
            _ => (tensor.Type, (nint)tensor.Data),
        };
        return new Readable(type, (byte*)data);
    }

    public void Dispose()
    {
        foreach (var buffer in _converted) buffer.Dispose();
    }
}

/// <summary>Where the kernels can read a tensor.</summary>
readonly unsafe struct Readable(TensorType type, byte* data)
{
    public void Deconstruct(out TensorType outType, out byte* outData)
    {
        outType = type;
        outData = data;
    }
}
