using System.Buffers.Binary;
using Tern.Numerics.Formats;
using Tern.Numerics.Memory;

namespace Tern.Models.Quantized;

/// <summary>
/// A safetensors checkpoint in the layout "compressed-tensors", presented as if it held ordinary tensors: <c>X.weight_packed</c> (or an int8 <c>X.weight</c>)
/// with <c>X.weight_scale</c> and <c>X.weight_shape</c> becomes <c>X.weight</c> in Q4_0, Q8_0 or F32, made in memory when the file is opened (see
/// <see cref="PackedMatrix.Decode"/>); everything else stays a view of the file.
/// </summary>
sealed unsafe class CompressedTensorsCheckpoint : Checkpoint
{
    const string Packed = "_packed", Scale = "_scale", Shape = "_shape";

    /// <summary>Parts that would change the weights in ways that are not implemented.</summary>
    static readonly string[] Unread = ["weight_zero_point", "weight_g_idx", "weight_global_scale"];

    /// <summary>Scales of activations and caches, which weights do not need.</summary>
    static readonly string[] Passed = ["input_scale", "input_zero_point", "input_global_scale", "output_scale", "output_zero_point", "k_scale", "v_scale", "q_scale"];

    readonly Checkpoint _file;
    readonly string _path;
    readonly List<Tensor> _tensors = [];
    readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    readonly Dictionary<string, PackedMatrix> _packed = new(StringComparer.Ordinal);
    readonly List<NativeBuffer> _buffers = [];

    CompressedTensorsCheckpoint(Checkpoint file, string path) => (_file, _path) = (file, path);

    /// <summary>Takes over <paramref name="file"/>, also when it fails.</summary>
    /// <exception cref="ModelFormatException">A part is missing, has another shape than the rest, or is of a kind that Tern does not read.</exception>
    public static CompressedTensorsCheckpoint Wrap(Checkpoint file, QuantizationConfig config, string path)
    {
        var checkpoint = new CompressedTensorsCheckpoint(file, path);
        try
        {
            foreach (var tensor in file.Tensors) checkpoint.Add(tensor, config);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    public override IReadOnlyList<Tensor> Tensors => _tensors;

    public override IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    public override bool TryGet(string name, out Tensor tensor)
    {
        var found = _indices.TryGetValue(name, out var index);
        tensor = found ? _tensors[index] : default;
        return found;
    }

    public override Tensor this[string name] => TryGet(name, out var tensor) ? tensor : throw new TernException($"{_path}: there is no tensor '{name}'.");

    public override long StoredBytes(Tensor tensor) => _packed.TryGetValue(tensor.Name, out var matrix) ? matrix.StoredBytes : base.StoredBytes(tensor);

    public override string StoredAs(Tensor tensor) => _packed.TryGetValue(tensor.Name, out var matrix) ? matrix.StoredAs : base.StoredAs(tensor);

    public override bool IsMapped(Tensor tensor) => !_packed.ContainsKey(tensor.Name);

    void Add(Tensor tensor, QuantizationConfig config)
    {
        var last = tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..];
        if (Unread.Contains(last)) throw new ModelFormatException(_path, $"the tensor '{tensor.Name}' belongs to a quantisation that Tern does not read (only symmetric integers without reordering)");
        if (Passed.Contains(last)) return;
        if (tensor.Name.EndsWith(Scale, StringComparison.Ordinal) || tensor.Name.EndsWith(Shape, StringComparison.Ordinal))
        {
            var owner = tensor.Name[..tensor.Name.LastIndexOf('_')];
            if (!_file.TryGet(owner, out _) && !_file.TryGet(owner + Packed, out _)) throw new ModelFormatException(_path, $"the tensor '{tensor.Name}' is there, but no '{owner}{Packed}'");
            return;
        }
        var isPacked = tensor.Name.EndsWith(Packed, StringComparison.Ordinal);
        if (isPacked ? tensor.Type == TensorType.I32 : tensor.Type == TensorType.I8) Present(Decoded(tensor, isPacked, config));
        else if (isPacked) throw new ModelFormatException(_path, $"the tensor '{tensor.Name}' is of {tensor.Type}, expected I32");
        else Present(tensor);
    }

    void Present(Tensor tensor)
    {
        if (!_indices.TryAdd(tensor.Name, _tensors.Count)) throw new ModelFormatException(_path, $"the tensor '{tensor.Name}' is there both plain and packed");
        _tensors.Add(tensor);
    }

    Tensor Decoded(Tensor codes, bool isPacked, QuantizationConfig config)
    {
        var name = isPacked ? codes.Name[..^Packed.Length] : codes.Name;
        if (!_file.TryGet(name + Scale, out var scales)) throw new ModelFormatException(_path, $"the quantised tensor '{name}' has no '{name}{Scale}'");
        var shape = (codes.Shape.Length == 2 ? codes.Shape[0] : 0, codes.Columns);
        if (isPacked)
        {
            if (!_file.TryGet(name + Shape, out var stated)) throw new ModelFormatException(_path, $"the quantised tensor '{name}' has no '{name}{Shape}'");
            shape = ShapeIn(stated);
        }
        var matrix = new PackedMatrix(name, codes, scales, shape, config, _path);
        var buffer = new NativeBuffer(matrix.DecodedBytes);
        _buffers.Add(buffer);
        _packed[name] = matrix;
        return matrix.Decode(buffer);
    }

    (long Rows, long Columns) ShapeIn(Tensor stated)
    {
        var bytes = new ReadOnlySpan<byte>(stated.Data, (int)Math.Min(stated.ByteLength, 16));
        return stated switch
        {
            { Count: 2, Type: TensorType.I64 } => (BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..])),
            { Count: 2, Type: TensorType.I32 } => (BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[4..])),
            _ => throw new ModelFormatException(_path, $"'{stated.Name}' should hold two integers, the shape of the weight"),
        };
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var buffer in _buffers) buffer.Dispose();
        _file.Dispose();
    }
}
