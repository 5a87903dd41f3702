using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Tern.Models.Files;
using Tern.Numerics.Formats;

namespace Tern.Models.Safetensors;

/// <summary>A tensor to be written: its description, and a callback that puts exactly its bytes into a stream when its turn comes.</summary>
/// <param name="Name">As in Hugging Face.</param>
/// <param name="Type">One that safetensors has.</param>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Write">Writes the elements, row-major, little endian.</param>
public sealed record SafetensorsSource(string Name, TensorType Type, long[] Shape, Action<Stream> Write)
{
    /// <exception cref="TernException">Safetensors does not have the type.</exception>
    /// <exception cref="OverflowException">More than 2^63 bytes.</exception>
    public long ByteLength
    {
        get
        {
            long bytes = SafetensorsTypes.BytesPerElement(Type);
            foreach (var dimension in Shape) bytes = checked(bytes * dimension);
            return bytes;
        }
    }
}

/// <summary>
/// Writes safetensors files, in a stream: a model of any size passes through without ever being in memory as a whole.
/// Tensors are ordered by element size, then name, so that each is aligned to its elements and the same model gives the same bytes.
/// </summary>
public static class SafetensorsWriter
{
    /// <summary>5 GB, as transformers cuts.</summary>
    public const long DefaultMaxShardBytes = 5_000_000_000;

    /// <summary>Writes one file; it appears only when it is complete.</summary>
    /// <exception cref="TernException">A type that safetensors lacks, a name that occurs twice, a callback that wrote too much or too little, a full disk.</exception>
    public static void Write(string path, IReadOnlyList<SafetensorsSource> tensors, CancellationToken cancellationToken = default)
    {
        var ordered = tensors.OrderByDescending(tensor => SafetensorsTypes.BytesPerElement(tensor.Type)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        var header = Header(path, ordered);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in ordered)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var begin = stream.Position;
                tensor.Write(stream);
                if (stream.Position - begin != tensor.ByteLength)
                    throw new InvalidOperationException($"tensor '{tensor.Name}' takes {tensor.ByteLength} bytes, its callback wrote {stream.Position - begin}.");
            }
        }, cancellationToken);
    }

    /// <summary>
    /// Writes model.safetensors into a folder, or, where that would exceed <paramref name="maxShardBytes"/>, model-00001-of-0000N.safetensors
    /// and their index. Shards are filled in the given order; a tensor larger than the limit has a shard of its own.
    /// </summary>
    /// <exception cref="TernException">As <see cref="Write"/>.</exception>
    public static void WriteFolder(string folder, IReadOnlyList<SafetensorsSource> tensors, long maxShardBytes = DefaultMaxShardBytes, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        var shards = Shards(tensors, maxShardBytes);
        if (shards.Count == 1)
        {
            Write(Path.Combine(folder, SafetensorsCheckpoint.SingleFileName), tensors, cancellationToken);
            return;
        }
        var shardOf = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < shards.Count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors");
            foreach (var tensor in shards[i])
            {
                if (!shardOf.TryAdd(tensor.Name, name)) throw new TernException($"{folder}: two tensors are named '{tensor.Name}'.");
            }
            Write(Path.Combine(folder, name), shards[i], cancellationToken);
        }
        WriteIndex(Path.Combine(folder, SafetensorsCheckpoint.IndexFileName), shardOf, tensors.Sum(tensor => tensor.ByteLength), cancellationToken);
    }

    static List<List<SafetensorsSource>> Shards(IReadOnlyList<SafetensorsSource> tensors, long maxShardBytes)
    {
        var shards = new List<List<SafetensorsSource>> { new() };
        long filled = 0;
        foreach (var tensor in tensors)
        {
            if (shards[^1].Count > 0 && tensor.ByteLength > maxShardBytes - filled)
            {
                shards.Add([]);
                filled = 0;
            }
            shards[^1].Add(tensor);
            filled += tensor.ByteLength;
        }
        return shards;
    }

    /// <summary>The JSON, with blanks behind so that the tensors begin at a multiple of eight bytes.</summary>
    static byte[] Header(string path, List<SafetensorsSource> ordered)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            var names = new HashSet<string>(StringComparer.Ordinal);
            long end = 0;
            foreach (var tensor in ordered)
            {
                if (!names.Add(tensor.Name) || tensor.Name.Length == 0) throw new TernException($"{path}: two tensors are named '{tensor.Name}', or one has no name.");
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorsTypes.NameOf(tensor.Type));
                json.WriteStartArray("shape");
                foreach (var dimension in tensor.Shape) json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(end);
                end = checked(end + tensor.ByteLength);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        if (buffer.Length > SafetensorsHeader.MaxHeaderLength)
            throw new TernException($"{path}: the header takes {buffer.Length} bytes, the format allows {SafetensorsHeader.MaxHeaderLength}; write several shards.");
        return buffer.ToArray();
    }

    static void WriteIndex(string path, SortedDictionary<string, string> shardOf, long totalBytes, CancellationToken cancellationToken) =>
        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", totalBytes);
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            foreach (var (tensor, shard) in shardOf) json.WriteString(tensor, shard);
            json.WriteEndObject();
            json.WriteEndObject();
        }, cancellationToken);
}
