using Tern.Models.Files;

namespace Tern.Models.Gguf;

/// <summary>
/// A GGUF file (versions 2 and 3, little endian), memory-mapped: key-values, and views of the tensors under the file's own names.
/// The format is specified in docs/gguf.md of ggml; everything that the header says is checked against the size of the file before use.
/// </summary>
public sealed unsafe class GgufFile : IDisposable
{
    /// <summary>"GGUF" as a little-endian integer.</summary>
    public const uint Magic = 0x46554747;

    public const int DefaultAlignment = 32;

    /// <summary>More key-values than any model has (known files have fewer than a hundred).</summary>
    public const int MaxMetadataCount = 65_536;

    public const int MaxTensorCount = 1 << 20;

    public const int MaxDimensions = 4;

    /// <summary>ggml's own limit is 64 bytes with the final zero; newer files may go beyond.</summary>
    public const int MaxTensorNameBytes = 1024;

    public const uint MaxAlignment = 1 << 20;

    /// <summary>Smallest possible key-value: key length (8), one byte of key, type (4), one byte of value.</summary>
    const int MinBytesPerKeyValue = 14;

    /// <summary>Smallest possible tensor info: name length (8), one byte of name, dimension count (4), type (4), offset (8).</summary>
    const int MinBytesPerTensorInfo = 25;

    readonly MappedFile file;
    readonly Dictionary<string, GgufTensorInfo> byName;

    GgufFile(MappedFile file)
    {
        this.file = file;
        var reader = new GgufReader(file.Path, file.Pointer, file.Length);
        var (tensorCount, metadataCount) = ReadPreamble(reader);
        Metadata = ReadMetadata(reader, metadataCount);
        Alignment = ReadAlignment();
        Tensors = GgufTensorTable.Read(reader, file.Path, tensorCount, Alignment, file.Length);
        byName = Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    public string Path => file.Path;

    /// <summary>2 or 3.</summary>
    public int Version { get; private set; }

    /// <summary>The data of every tensor starts at a multiple of this many bytes after the header.</summary>
    public int Alignment { get; }

    public GgufMetadata Metadata { get; }

    /// <summary>In file order.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors { get; }

    /// <summary>Opens and checks the header; tensors are not read until they are used.</summary>
    /// <exception cref="ModelFormatException">The file is not a GGUF file that Tern reads; the message says why.</exception>
    public static GgufFile Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            return new GgufFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of this GGUF name, or null.</summary>
    public GgufTensorInfo? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>A view of the tensor, valid while the file is open.</summary>
    /// <param name="name">The name to give to the view, often the Hugging Face one.</param>
    public Tensor View(GgufTensorInfo info, string name) =>
        new(name, info.Type, info.Shape, file.At(info.Offset, info.ByteLength), info.ByteLength);

    (ulong TensorCount, ulong MetadataCount) ReadPreamble(GgufReader reader)
    {
        if (file.Length == 0) throw new ModelFormatException(Path, "the file is empty; download or convert it again");
        if (reader.Read<uint>("the magic number") != Magic) throw new ModelFormatException(Path, "not a GGUF file: it does not begin with 'GGUF'");
        var version = reader.Read<uint>("the version");
        if (GgufReader.IsBigEndian(version)) throw new ModelFormatException(Path, "a big-endian GGUF file; convert the model for little-endian machines");
        if (version is not (2 or 3)) throw new ModelFormatException(Path, $"GGUF version {version}; versions 2 and 3 can be read, so convert the model again");
        Version = (int)version;
        var tensorCount = reader.Read<ulong>("the number of tensors");
        var metadataCount = reader.Read<ulong>("the number of key-values");
        if (tensorCount > MaxTensorCount || tensorCount > (ulong)reader.Remaining / MinBytesPerTensorInfo)
            throw new ModelFormatException(Path, $"the header claims {tensorCount} tensors, more than the file can hold (limit {MaxTensorCount})");
        if (metadataCount > MaxMetadataCount || metadataCount > (ulong)reader.Remaining / MinBytesPerKeyValue)
            throw new ModelFormatException(Path, $"the header claims {metadataCount} key-values, more than the file can hold (limit {MaxMetadataCount})");
        return (tensorCount, metadataCount);
    }

    GgufMetadata ReadMetadata(GgufReader reader, ulong count)
    {
        var values = new OrderedDictionary<string, object>((int)count, StringComparer.Ordinal);
        var rawStrings = new Dictionary<string, byte[][]>(StringComparer.Ordinal);
        for (var i = 0; i < (int)count; i++)
        {
            var key = reader.Name($"metadata key {i}", GgufReader.MaxKeyBytes);
            if (!values.TryAdd(key, reader.Value(key, out var raw))) throw reader.Bad($"the metadata key '{key}' appears twice");
            if (raw is not null) rawStrings.Add(key, raw);
        }

        return new GgufMetadata(Path, values, rawStrings);
    }

    int ReadAlignment()
    {
        if (!Metadata.TryGetValue("general.alignment", out var value)) return DefaultAlignment;
        if (value is not uint alignment || alignment is 0 or > MaxAlignment || !uint.IsPow2(alignment))
            throw new ModelFormatException(Path, $"general.alignment is {value} ({value.GetType().Name}); it must be a UInt32 power of two up to {MaxAlignment}");
        return (int)alignment;
    }

    public void Dispose() => file.Dispose();
}
