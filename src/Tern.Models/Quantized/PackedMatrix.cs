using System.Buffers.Binary;
using Tern.Numerics.Formats;
using Tern.Numerics.Memory;

namespace Tern.Models.Quantized;

/// <summary>
/// One quantised weight of a compressed-tensors file: codes [rows, columns], as int8 or packed, and scales [rows, groups]. weight = scale * code.
/// </summary>
sealed unsafe class PackedMatrix
{
    /// <summary>What a block of Q4_0 or Q8_0 shares a scale among.</summary>
    const int BlockSize = 32;

    /// <summary>Half an ulp of a half: what rounding a scale to half precision may change, as a share of the largest scale of the tensor.</summary>
    const float HalfRounding = 1f / 2048;

    readonly Tensor _codes, _scales;
    readonly int _rows, _columns, _groups, _bits;
    readonly bool _packed;

    /// <param name="name">Name of the weight.</param>
    /// <param name="codes">Int32 words, or int8.</param>
    /// <param name="scales">Of a floating-point type.</param>
    /// <param name="shape">[rows, columns].</param>
    /// <param name="config">Which bits there may be.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ModelFormatException">The shapes do not fit together.</exception>
    public PackedMatrix(string name, Tensor codes, Tensor scales, (long Rows, long Columns) shape, QuantizationConfig config, string path)
    {
        ModelFormatException Bad(string problem) => new(path, $"the quantised tensor '{name}' {problem}");
        static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.Shape.ToArray())}] of {tensor.Type}";

        (Name, _codes, _scales, _packed) = (name, codes, scales, codes.Type == TensorType.I32);
        if (shape.Rows is < 1 or > int.MaxValue / 2 || shape.Columns is < 1 or > int.MaxValue / 8) throw Bad($"has the shape [{shape.Rows}, {shape.Columns}]");
        (_rows, _columns) = ((int)shape.Rows, (int)shape.Columns);
        if (codes.Shape.Length != 2 || codes.Shape[0] != _rows) throw Bad($"of shape [{_rows}, {_columns}] has codes {Text(codes)}");
        _bits = _packed
            ? config.Bits.FirstOrDefault(bits => PackedIntegers.WordsFor(_columns, bits) == codes.Shape[1])
            : codes.Shape[1] == _columns ? 8 : 0;
        if (_bits == 0) throw Bad($"of shape [{_rows}, {_columns}] has codes {Text(codes)}, which is not what {string.Join(" or ", config.Bits)} bits a weight take");
        if (scales.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16)) throw Bad($"has scales of {scales.Type}");
        if (scales.Count == 1) _groups = 1;
        else if (scales.Rows == _rows || scales.Shape.Length == 1 && scales.Count == _rows) _groups = (int)Math.Min(scales.Count / _rows, int.MaxValue);
        if (_groups < 1 || _columns % _groups != 0) throw Bad($"of shape [{_rows}, {_columns}] has scales {Text(scales)}");
        OneScale = scales.Count == 1 && _rows > 1;
    }

    public string Name { get; }

    bool OneScale { get; }

    int GroupSize => _columns / _groups;

    public long StoredBytes => _codes.ByteLength + _scales.ByteLength;

    public string StoredAs => $"int{_bits}, {(OneScale ? "one scale" : _groups == 1 ? "one scale per row" : $"groups of {GroupSize}")}";

    /// <summary>
    /// The same weights as a tensor that the kernels read: Q4_0 or Q8_0 where groups are whole blocks of 32 and every scale can be a half;
    /// F32 otherwise. Blocks hold exactly code * scale where the scale is a half already (F16 always, BF16 from 2^-17 to 65504), and otherwise
    /// the scale rounded to a half, which changes a weight by at most 1/2048 of the largest of the tensor.
    /// </summary>
    public Tensor Decode(NativeBuffer buffer)
    {
        var type = TypeOf();
        Parallel.For(0, _rows, row => DecodeRow(row, type, buffer.Pointer + row * type.BytesFor(_columns)));
        return new Tensor(Name, type, [_rows, _columns], buffer.Pointer, _rows * type.BytesFor(_columns));
    }

    /// <summary>Bytes of the buffer for <see cref="Decode"/>.</summary>
    public long DecodedBytes => _rows * TypeOf().BytesFor(_columns);

    TensorType TypeOf() => _type ??= GroupSize % BlockSize == 0 && ScalesFitHalf() ? _bits == 4 ? TensorType.Q4_0 : TensorType.Q8_0 : TensorType.F32;

    TensorType? _type;

    bool ScalesFitHalf()
    {
        var scales = new float[_groups];
        float largest = 0, worst = 0;
        for (var row = 0; row < (OneScale ? 1 : _rows); row++)
        {
            ReadScales(row, scales);
            foreach (var scale in scales)
            {
                if (!float.IsFinite((float)(Half)scale)) return false;
                largest = MathF.Max(largest, MathF.Abs(scale));
                worst = MathF.Max(worst, MathF.Abs((float)(Half)scale - scale));
            }
        }
        return worst <= HalfRounding * largest;
    }

    void DecodeRow(int row, TensorType type, byte* target)
    {
        var codes = new sbyte[_columns];
        ReadCodes(row, codes);
        var scales = new float[_groups];
        ReadScales(row, scales);
        if (type == TensorType.F32)
        {
            for (var i = 0; i < _columns; i++) ((float*)target)[i] = scales[i / GroupSize] * codes[i];
            return;
        }
        for (var start = 0; start < _columns; start += BlockSize, target += type.BytesPerBlock())
        {
            BinaryPrimitives.WriteHalfLittleEndian(new Span<byte>(target, 2), (Half)scales[start / GroupSize]);
            for (var i = 0; i < BlockSize; i++)
            {
                if (type == TensorType.Q8_0) target[2 + i] = (byte)codes[start + i];
                else if (i < BlockSize / 2) target[2 + i] = (byte)(codes[start + i] + 8 | codes[start + i + BlockSize / 2] + 8 << 4);
            }
        }
    }

    void ReadCodes(int row, Span<sbyte> codes)
    {
        var rowBytes = _codes.ByteLength / _rows;
        var bytes = new ReadOnlySpan<byte>(_codes.Data + row * rowBytes, (int)rowBytes);
        if (_packed) PackedIntegers.Unpack(bytes, _bits, codes);
        else System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(bytes).CopyTo(codes);
    }

    void ReadScales(int row, Span<float> scales)
    {
        var rowBytes = OneScale ? 0 : _scales.ByteLength / _rows;
        WeightFormats.Of(_scales.Type).Decode(new ReadOnlySpan<byte>(_scales.Data + row * rowBytes, (int)_scales.Type.BytesFor(_groups)), scales);
    }
}
