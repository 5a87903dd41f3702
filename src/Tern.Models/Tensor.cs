using Tern.Numerics.Formats;

namespace Tern.Models;

/// <summary>
/// A view of one tensor of a <see cref="Checkpoint"/>: row-major, last dimension contiguous, names as in Hugging Face.
/// Valid while the checkpoint is open.
/// </summary>
public readonly unsafe struct Tensor(string name, TensorType type, long[] shape, byte* data, long byteLength)
{
    public string Name { get; } = name;

    public TensorType Type { get; } = type;

    /// <summary>Outermost dimension first: a linear layer is [out, in].</summary>
    public ReadOnlySpan<long> Shape => shape;

    public byte* Data { get; } = data;

    public long ByteLength { get; } = byteLength;

    /// <summary>Number of elements (the product of the shape; 1 for a scalar).</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (var dimension in shape) count *= dimension;
            return count;
        }
    }

    /// <summary>Rows of the matrix view: all dimensions but the last multiplied (1 for a vector).</summary>
    public long Rows => Columns == 0 ? 0 : Count / Columns;

    /// <summary>The last dimension (1 for a scalar).</summary>
    public long Columns => shape.Length == 0 ? 1 : shape[^1];
}
