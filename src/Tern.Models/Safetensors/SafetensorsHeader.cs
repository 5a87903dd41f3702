using System.Buffers.Binary;
using System.Text.Json;
using Tern.Models.Files;
using Tern.Numerics.Formats;

namespace Tern.Models.Safetensors;

/// <summary>One tensor as the header describes it; the offsets count from the first byte after the header.</summary>
public readonly record struct SafetensorsEntry(string Name, TensorType Type, long[] Shape, long Begin, long End);

/// <summary>
/// The header of a safetensors file: uint64 length, that many bytes of JSON, then the tensors without holes. Everything it
/// claims is checked here, as the format demands (github.com/huggingface/safetensors, "Format"): afterwards each entry lies inside the file,
/// has the size of its shape, and shares no byte with another.
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>The limit of the reference implementation.</summary>
    public const int MaxHeaderLength = 100_000_000;

    /// <summary>{"name": {"shape": [..]}} has depth 3; a little more for unknown keys, which are skipped.</summary>
    const int MaxDepth = 8;

    const int MaxDimensions = 64;

    const int MaxNameLength = 4096;

    readonly string path;
    readonly List<SafetensorsEntry> entries = [];
    readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

    SafetensorsHeader(string path, long dataOffset, long dataLength)
    {
        this.path = path;
        DataOffset = dataOffset;
        DataLength = dataLength;
    }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => entries;

    /// <summary>__metadata__, empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Where the tensors begin in the file.</summary>
    public long DataOffset { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long DataLength { get; }

    /// <summary>Reads and checks the header of a mapped file.</summary>
    /// <exception cref="ModelFormatException">The file is not safetensors, or damaged.</exception>
    public static SafetensorsHeader Read(MappedFile file)
    {
        if (FileKind.Problem(file.Slice(0, (int)Math.Min(file.Length, FileKind.StartLength))) is { } problem)
            throw new ModelFormatException(file.Path, problem);
        if (file.Length < 8) throw new ModelFormatException(file.Path, $"{file.Length} bytes are too few for a safetensors file; fetch it again.");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(0, 8));
        if (length > MaxHeaderLength)
            throw new ModelFormatException(file.Path, $"the header claims {length} bytes, more than the limit of {MaxHeaderLength}; this is not a safetensors file.");
        if ((long)length > file.Length - 8)
            throw new ModelFormatException(file.Path, $"the header claims {length} bytes, but only {file.Length - 8} follow; the file is truncated, fetch it again.");
        return Parse(file.Slice(8, (int)length), file.Length - 8 - (long)length, file.Path);
    }

    /// <summary>Parses the JSON of a header.</summary>
    /// <param name="json">Without the eight bytes of its length; blanks may follow the object.</param>
    /// <param name="dataLength">Bytes that follow the header in the file.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ModelFormatException">The header breaks a rule of the format.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength, string path)
    {
        var header = new SafetensorsHeader(path, 8L + json.Length, dataLength);
        if (json.IsEmpty || json[0] != (byte)'{') throw header.Bad("the header does not begin with '{'; this is not a safetensors file.");
        try
        {
            header.ReadObject(new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth }));
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8 or holds half a surrogate pair.
            throw new ModelFormatException(path, $"the header is not valid JSON: {problem.Message}", problem);
        }
        header.CheckLayout();
        return header;
    }

    void ReadObject(Utf8JsonReader json)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (!names.Add(name)) throw Bad($"'{name}' appears twice in the header.");
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject) throw Bad($"the header entry '{name}' is not an object.");
            if (name == "__metadata__") ReadMetadata(ref json);
            else entries.Add(ReadEntry(name, ref json));
        }
        while (json.Read()) { } // rejects anything but blanks after the object
    }

    void ReadMetadata(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String) throw Bad($"__metadata__ '{key}' is not a string.");
            if (!metadata.TryAdd(key, json.GetString()!)) throw Bad($"__metadata__ '{key}' appears twice.");
        }
    }

    SafetensorsEntry ReadEntry(string name, ref Utf8JsonReader json)
    {
        if (name.Length is 0 or > MaxNameLength || name.AsSpan().ContainsAnyInRange('\0', '\u001F'))
            throw Bad($"a tensor name is empty, longer than {MaxNameLength} characters or holds control characters.");
        string? dtype = null;
        List<long>? shape = null, offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            switch (key)
            {
                case "dtype" when dtype is null && json.TokenType == JsonTokenType.String: dtype = json.GetString(); break;
                case "shape" when shape is null: shape = ReadNumbers(name, key, MaxDimensions, ref json); break;
                case "data_offsets" when offsets is null: offsets = ReadNumbers(name, key, 2, ref json); break;
                case "dtype" or "shape" or "data_offsets": throw Bad($"tensor '{name}': '{key}' appears twice or has the wrong type.");
                default: json.Skip(); break;
            }
        }
        if (dtype is null || shape is null || offsets is not { Count: 2 })
            throw Bad($"tensor '{name}' lacks its dtype, shape or two data_offsets.");
        if (!SafetensorsTypes.TryParse(dtype, out var type, out var bytesPerElement))
            throw Bad($"tensor '{name}' has the unknown dtype '{dtype}'; known are {SafetensorsTypes.Names}.");
        return Checked(new SafetensorsEntry(name, type, [.. shape], offsets[0], offsets[1]), bytesPerElement);
    }

    List<long> ReadNumbers(string name, string key, int limit, ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Bad($"tensor '{name}': {key} is not a list.");
        var numbers = new List<long>(4);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var number) || number < 0)
                throw Bad($"tensor '{name}': {key} holds something that is not a whole number from 0 to {long.MaxValue}.");
            if (numbers.Count == limit) throw Bad($"tensor '{name}': {key} has more than {limit} numbers.");
            numbers.Add(number);
        }
        return numbers;
    }

    SafetensorsEntry Checked(SafetensorsEntry entry, int bytesPerElement)
    {
        long bytes = bytesPerElement;
        foreach (var dimension in entry.Shape)
        {
            if (dimension != 0 && bytes > long.MaxValue / dimension) throw Bad($"tensor '{entry.Name}': the shape {Text(entry.Shape)} is too large.");
            bytes *= dimension;
        }
        if (entry.End < entry.Begin || entry.End - entry.Begin != bytes)
            throw Bad($"tensor '{entry.Name}': shape {Text(entry.Shape)} of {entry.Type} takes {bytes} bytes, but its data_offsets are {entry.Begin} to {entry.End}.");
        if (entry.End > DataLength)
            throw Bad($"tensor '{entry.Name}' ends at {entry.End}, but only {DataLength} bytes of tensors follow the header; the file is truncated, fetch it again.");
        return entry;
    }

    /// <summary>Tensors follow each other without overlap and without holes, and fill the file.</summary>
    void CheckLayout()
    {
        entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long end = 0;
        foreach (var entry in entries)
        {
            if (entry.Begin < end) throw Bad($"tensor '{entry.Name}' begins at {entry.Begin}, inside the one before, which ends at {end}.");
            if (entry.Begin > end) throw Bad($"there is a hole of {entry.Begin - end} bytes before tensor '{entry.Name}'; the format allows none.");
            end = entry.End;
        }
        if (end != DataLength) throw Bad($"the tensors end at {end}, but {DataLength} bytes follow the header; the format allows no bytes after the last tensor.");
    }

    static string Text(long[] shape) => $"[{string.Join(", ", shape)}]";

    ModelFormatException Bad(string problem) => new(path, problem);
}
