using System.Buffers.Binary;
using System.Text;
using Tern.Models.Files;
using Tern.Numerics.Formats;

namespace Tern.Models.Gguf;

/// <summary>One tensor to be written: its data comes from a callback when its turn comes, so that no more than one is in memory.</summary>
/// <param name="Name">The GGUF name.</param>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Write">Writes exactly the bytes that type and shape need.</param>
public sealed record GgufTensorSource(string Name, TensorType Type, long[] Shape, Action<Stream> Write);

/// <summary>
/// Writes GGUF version 3: key-values, then tensor infos, then the data of each tensor at a multiple of the alignment, as
/// llama.cpp wants it (offsets in order, without gaps other than the padding).
/// </summary>
public sealed class GgufWriter
{
    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly Stream stream;
    readonly byte[] scratch = new byte[8];
    long position;

    GgufWriter(Stream stream) => this.stream = stream;

    /// <summary>Writes a file, which appears under its name only when it is complete.</summary>
    /// <inheritdoc cref="Write(Stream, IReadOnlyDictionary{string, object}, IReadOnlyList{GgufTensorSource}, CancellationToken)"/>
    public static void Write(string path, IReadOnlyDictionary<string, object> metadata, IReadOnlyList<GgufTensorSource> tensors,
        CancellationToken cancellation = default) =>
        AtomicFile.Write(path, stream => Write(stream, metadata, tensors, cancellation), cancellation);

    /// <summary>Writes a whole file to a stream, front to back, without seeking.</summary>
    /// <param name="metadata">
    /// Values as <see cref="GgufMetadata"/> describes them. general.alignment (UInt32) is honoured. Strings of a
    /// <see cref="GgufMetadata"/> that were not valid UTF-8 are written with their original bytes.
    /// </param>
    /// <exception cref="ArgumentException">A value has a type that GGUF cannot hold, or a tensor a shape that does not fit its type.</exception>
    /// <exception cref="InvalidOperationException">A callback wrote a wrong number of bytes.</exception>
    public static void Write(Stream stream, IReadOnlyDictionary<string, object> metadata, IReadOnlyList<GgufTensorSource> tensors,
        CancellationToken cancellation = default)
    {
        var alignment = metadata.TryGetValue("general.alignment", out var value) ? checked((int)(uint)value) : GgufFile.DefaultAlignment;
        if (!int.IsPow2(alignment)) throw new ArgumentException($"general.alignment is {alignment}; it must be a power of two", nameof(metadata));
        CheckNames(tensors);
        var writer = new GgufWriter(stream);
        writer.UInt32(GgufFile.Magic);
        writer.UInt32(3);
        writer.UInt64((ulong)tensors.Count);
        writer.UInt64((ulong)metadata.Count);
        foreach (var (key, item) in metadata) writer.KeyValue(key, item, (metadata as GgufMetadata)?.RawStrings(key));
        var lengths = writer.TensorInfos(tensors, alignment);
        for (var i = 0; i < tensors.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            writer.PadTo(alignment);
            using (var counted = new CountedStream(stream, tensors[i].Name, lengths[i]))
            {
                tensors[i].Write(counted);
                counted.CheckComplete();
            }

            writer.position += lengths[i];
        }

        // llama.cpp and the Python reader expect the last tensor to be padded, too.
        writer.PadTo(alignment);
    }

    /// <summary>Bytes that a tensor takes in the file.</summary>
    /// <exception cref="ArgumentException">GGUF does not know the type, or rows are not whole blocks.</exception>
    public static long ByteLength(TensorType type, ReadOnlySpan<long> shape)
    {
        var entry = GgmlType.Find(type) ?? throw new ArgumentException($"GGUF has no tensor type for {type}", nameof(type));
        if (shape.Length > 0 && shape[^1] % entry.WeightsPerBlock != 0)
            throw new ArgumentException($"rows of {shape[^1]} are not whole blocks of {entry.WeightsPerBlock} ({type})", nameof(shape));
        long count = 1;
        foreach (var dimension in shape) count = dimension > 0 ? checked(count * dimension) : throw new ArgumentException("a dimension is not positive", nameof(shape));
        return checked(count / entry.WeightsPerBlock * entry.BytesPerBlock);
    }

    static void CheckNames(IReadOnlyList<GgufTensorSource> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (!names.Add(tensor.Name)) throw new ArgumentException($"two tensors are called '{tensor.Name}'", nameof(tensors));
            if (tensor.Shape.Length > GgufFile.MaxDimensions) throw new ArgumentException($"'{tensor.Name}' has {tensor.Shape.Length} dimensions", nameof(tensors));
        }
    }

    long[] TensorInfos(IReadOnlyList<GgufTensorSource> tensors, int alignment)
    {
        var lengths = new long[tensors.Count];
        long offset = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            var tensor = tensors[i];
            lengths[i] = ByteLength(tensor.Type, tensor.Shape);
            String(Strict.GetBytes(tensor.Name));
            UInt32((uint)tensor.Shape.Length);
            for (var d = tensor.Shape.Length - 1; d >= 0; d--) UInt64((ulong)tensor.Shape[d]);
            UInt32(GgmlType.Find(tensor.Type)!.Id);
            UInt64((ulong)offset);
            offset = GgufTensorTable.AlignUp(checked(offset + lengths[i]), alignment);
        }

        return lengths;
    }

    void KeyValue(string key, object value, IReadOnlyList<byte[]>? raw)
    {
        String(Strict.GetBytes(key));
        var type = TypeOf(value) ?? throw new ArgumentException($"'{key}' is a {value.GetType().Name}, which GGUF metadata cannot hold");
        UInt32((uint)type);
        if (value is Array array) Sequence(key, array, raw);
        else if (value is string text) String(raw is null ? Strict.GetBytes(text) : raw[0]);
        else Scalar(value);
    }

    void Sequence(string key, Array array, IReadOnlyList<byte[]>? raw)
    {
        UInt32((uint)ElementTypeOf(key, array));
        UInt64((ulong)array.Length);
        switch (array)
        {
            case string[] strings:
                for (var i = 0; i < strings.Length; i++) String(raw is null ? Strict.GetBytes(strings[i]) : raw[i]);
                break;
            case object[] arrays:
                foreach (var inner in arrays) Sequence(key, (Array)inner, null);
                break;
            default:
                foreach (var element in array) Scalar(element!);
                break;
        }
    }

    static readonly Dictionary<Type, GgufValueType> ScalarTypes = new()
    {
        [typeof(byte)] = GgufValueType.UInt8,
        [typeof(sbyte)] = GgufValueType.Int8,
        [typeof(ushort)] = GgufValueType.UInt16,
        [typeof(short)] = GgufValueType.Int16,
        [typeof(uint)] = GgufValueType.UInt32,
        [typeof(int)] = GgufValueType.Int32,
        [typeof(float)] = GgufValueType.Float32,
        [typeof(bool)] = GgufValueType.Bool,
        [typeof(string)] = GgufValueType.String,
        [typeof(ulong)] = GgufValueType.UInt64,
        [typeof(long)] = GgufValueType.Int64,
        [typeof(double)] = GgufValueType.Float64,
    };

    static GgufValueType? TypeOf(object value) =>
        value is Array ? GgufValueType.Array : ScalarTypes.TryGetValue(value.GetType(), out var type) ? type : null;

    static GgufValueType ElementTypeOf(string key, Array array)
    {
        var element = array.GetType().GetElementType()!;
        if (ScalarTypes.TryGetValue(element, out var type)) return type;
        if (array is object[] arrays)
        {
            return arrays.All(inner => inner is Array)
                ? GgufValueType.Array
                : throw new ArgumentException($"'{key}' is an array of objects that are not arrays");
        }

        throw new ArgumentException($"'{key}' is an array of {element.Name}, which GGUF metadata cannot hold");
    }

    void Scalar(object value)
    {
        switch (value)
        {
            case byte number: Bytes([number]); break;
            case sbyte number: Bytes([unchecked((byte)number)]); break;
            case bool flag: Bytes([flag ? (byte)1 : (byte)0]); break;
            case ushort number: BinaryPrimitives.WriteUInt16LittleEndian(scratch, number); Bytes(scratch.AsSpan(0, 2)); break;
            case short number: BinaryPrimitives.WriteInt16LittleEndian(scratch, number); Bytes(scratch.AsSpan(0, 2)); break;
            case uint number: UInt32(number); break;
            case int number: UInt32(unchecked((uint)number)); break;
            case float number: UInt32(BitConverter.SingleToUInt32Bits(number)); break;
            case ulong number: UInt64(number); break;
            case long number: UInt64(unchecked((ulong)number)); break;
            case double number: UInt64(BitConverter.DoubleToUInt64Bits(number)); break;
            default: throw new ArgumentException($"a {value.GetType().Name} is not a scalar of GGUF");
        }
    }

    void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(scratch, value);
        Bytes(scratch.AsSpan(0, 4));
    }

    void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(scratch, value);
        Bytes(scratch);
    }

    void String(byte[] bytes)
    {
        UInt64((ulong)bytes.Length);
        Bytes(bytes);
    }

    void Bytes(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        position += bytes.Length;
    }

    void PadTo(int alignment)
    {
        Span<byte> zeros = stackalloc byte[256];
        zeros.Clear();
        for (var padding = GgufTensorTable.AlignUp(position, alignment) - position; padding > 0;)
        {
            var chunk = (int)Math.Min(padding, zeros.Length);
            Bytes(zeros[..chunk]);
            padding -= chunk;
        }
    }
}
