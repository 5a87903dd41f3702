using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Tern.Models.Gguf;

/// <summary>
/// Reads the header of a GGUF file from front to back. Nothing is trusted: each length and count is compared with the bytes that
/// are left before anything is allocated for it.
/// </summary>
sealed unsafe class GgufReader(string path, byte* data, long length)
{
    /// <summary>Arrays of arrays may go this deep; known files have none.</summary>
    public const int MaxArrayDepth = 8;

    /// <summary>A key may have this many bytes (the specification's limit).</summary>
    public const int MaxKeyBytes = 65_535;

    /// <summary>A single string may have this many bytes (chat templates have some ten thousand).</summary>
    public const int MaxStringBytes = 1 << 28;

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    long position;

    public long Position => position;

    public long Remaining => length - position;

    public T Read<T>(string what) where T : unmanaged
    {
        if (Remaining < sizeof(T)) throw Truncated(what);
        var value = Unsafe.ReadUnaligned<T>(data + position);
        position += sizeof(T);
        return value;
    }

    /// <summary>A key or a tensor name: valid UTF-8, not empty, at most <paramref name="maxBytes"/> long.</summary>
    public string Name(string what, int maxBytes)
    {
        var bytes = StringBytes(what);
        if (bytes.IsEmpty || bytes.Length > maxBytes)
            throw Bad($"{what} has {bytes.Length} bytes, allowed are 1 to {maxBytes}");
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Bad($"{what} is not valid UTF-8");
        }
    }

    /// <summary>A value of the type that the file names, as described at <see cref="GgufMetadata"/>.</summary>
    /// <param name="raw">The bytes of the strings, if some were not valid UTF-8.</param>
    public object Value(string key, out byte[][]? raw)
    {
        raw = null;
        var type = Read<uint>($"the type of '{key}'");
        if (type == (uint)GgufValueType.Array) return Sequence(key, 1, out raw);
        if (type == (uint)GgufValueType.String)
        {
            var bytes = StringBytes($"the value of '{key}'");
            if (!System.Text.Unicode.Utf8.IsValid(bytes)) raw = [bytes.ToArray()];
            return Encoding.UTF8.GetString(bytes);
        }

        return Scalar(key, type);
    }

    object Scalar(string key, uint type) => (GgufValueType)type switch
    {
        GgufValueType.UInt8 => Read<byte>(key),
        GgufValueType.Int8 => Read<sbyte>(key),
        GgufValueType.UInt16 => Read<ushort>(key),
        GgufValueType.Int16 => Read<short>(key),
        GgufValueType.UInt32 => Read<uint>(key),
        GgufValueType.Int32 => Read<int>(key),
        GgufValueType.Float32 => Read<float>(key),
        GgufValueType.Bool => ToBool(key, Read<byte>(key)),
        GgufValueType.UInt64 => Read<ulong>(key),
        GgufValueType.Int64 => Read<long>(key),
        GgufValueType.Float64 => Read<double>(key),
        _ => throw UnknownType(key, type),
    };

    object Sequence(string key, int depth, out byte[][]? raw)
    {
        raw = null;
        if (depth > MaxArrayDepth) throw Bad($"the metadata key '{key}' nests arrays deeper than {MaxArrayDepth}");
        var type = Read<uint>($"the element type of '{key}'");
        var count = Read<ulong>($"the length of '{key}'");
        return (GgufValueType)type switch
        {
            GgufValueType.UInt8 => Elements<byte>(key, count),
            GgufValueType.Int8 => Elements<sbyte>(key, count),
            GgufValueType.UInt16 => Elements<ushort>(key, count),
            GgufValueType.Int16 => Elements<short>(key, count),
            GgufValueType.UInt32 => Elements<uint>(key, count),
            GgufValueType.Int32 => Elements<int>(key, count),
            GgufValueType.Float32 => Elements<float>(key, count),
            GgufValueType.Bool => Array.ConvertAll(Elements<byte>(key, count), value => ToBool(key, value)),
            GgufValueType.UInt64 => Elements<ulong>(key, count),
            GgufValueType.Int64 => Elements<long>(key, count),
            GgufValueType.Float64 => Elements<double>(key, count),
            GgufValueType.String => Strings(key, count, out raw),
            GgufValueType.Array => Sequences(key, count, depth),
            _ => throw UnknownType(key, type),
        };
    }

    T[] Elements<T>(string key, ulong count) where T : unmanaged
    {
        var elements = new T[Fits(key, count, sizeof(T))];
        var bytes = MemoryMarshal.AsBytes(elements.AsSpan());
        new ReadOnlySpan<byte>(data + position, bytes.Length).CopyTo(bytes);
        position += bytes.Length;
        return elements;
    }

    string[] Strings(string key, ulong count, out byte[][]? raw)
    {
        var start = position;
        var strings = new string[Fits(key, count, sizeof(ulong))];
        var valid = true;
        for (var i = 0; i < strings.Length; i++)
        {
            var bytes = StringBytes($"a string of '{key}'");
            valid &= System.Text.Unicode.Utf8.IsValid(bytes);
            strings[i] = Encoding.UTF8.GetString(bytes);
        }

        raw = null;
        if (valid) return strings;
        raw = new byte[strings.Length][];
        position = start;
        for (var i = 0; i < raw.Length; i++) raw[i] = StringBytes(key).ToArray();
        return strings;
    }

    object[] Sequences(string key, ulong count, int depth)
    {
        var arrays = new object[Fits(key, count, sizeof(uint) + sizeof(ulong))];
        for (var i = 0; i < arrays.Length; i++) arrays[i] = Sequence(key, depth + 1, out _);
        return arrays;
    }

    /// <summary>The count as an array length, once the file is known to hold that many elements of at least that size.</summary>
    int Fits(string key, ulong count, int bytesPerElement)
    {
        if (count > (ulong)Remaining / (ulong)bytesPerElement)
            throw Bad($"the metadata key '{key}' claims {count} elements, more than the {Remaining} bytes left in the file can hold");
        if (count > (ulong)(int.MaxValue / bytesPerElement))
            throw Bad($"the metadata key '{key}' has {count} elements of {bytesPerElement} bytes, more than 2 GiB");
        return (int)count;
    }

    ReadOnlySpan<byte> StringBytes(string what)
    {
        var count = Read<ulong>(what);
        if (count > (ulong)Remaining) throw Bad($"{what} claims {count} bytes, but only {Remaining} are left in the file");
        if (count > MaxStringBytes) throw Bad($"{what} has {count} bytes; the limit is {MaxStringBytes}");
        var bytes = new ReadOnlySpan<byte>(data + position, (int)count);
        position += bytes.Length;
        return bytes;
    }

    bool ToBool(string key, byte value) => value <= 1 ? value == 1 : throw Bad($"the metadata key '{key}' has the bool value {value}");

    public ModelFormatException Truncated(string what) =>
        Bad($"the file ends at byte {length} in the middle of {what}; download or convert it again");

    public ModelFormatException Bad(string problem) => new(path, $"at byte {position}: {problem}");

    ModelFormatException UnknownType(string key, uint type) => Bad($"the metadata key '{key}' has the unknown value type {type}");

    /// <summary>Whether the version field is a small number in the other byte order.</summary>
    public static bool IsBigEndian(uint version) => version > 0xFFFF && BinaryPrimitives.ReverseEndianness(version) <= 0xFFFF;
}
