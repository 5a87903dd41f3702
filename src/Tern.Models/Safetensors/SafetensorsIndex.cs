using System.Text.Json;
using Tern.Models.Files;

namespace Tern.Models.Safetensors;

/// <summary>model.safetensors.index.json: which shard holds which tensor.</summary>
public sealed class SafetensorsIndex
{
    /// <summary>Larger indices than any model needs.</summary>
    public const int MaxLength = 100_000_000;

    readonly Dictionary<string, string> shardOf = new(StringComparer.Ordinal);

    /// <summary>The file name of the shard by tensor name.</summary>
    public IReadOnlyDictionary<string, string> ShardOf => shardOf;

    /// <summary>Each shard once, in ordinal order.</summary>
    public IEnumerable<string> Shards => shardOf.Values.Distinct().Order(StringComparer.Ordinal);

    /// <exception cref="ModelFormatException">The index is not what it should be, or names files outside its folder.</exception>
    public static SafetensorsIndex Read(string path)
    {
        using var file = MappedFile.Open(path);
        if (file.Length > MaxLength) throw new ModelFormatException(path, $"{file.Length} bytes are more than an index may have ({MaxLength}).");
        return Parse(file.Slice(0, (int)file.Length), path);
    }

    /// <inheritdoc cref="Read"/>
    public static SafetensorsIndex Parse(ReadOnlySpan<byte> json, string path)
    {
        if (FileKind.Problem(json[..Math.Min(json.Length, FileKind.StartLength)]) is { } problem) throw new ModelFormatException(path, problem);
        var index = new SafetensorsIndex();
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            index.ReadObject(reader, path);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException(path, $"is not valid JSON: {broken.Message}", broken);
        }
        if (index.shardOf.Count == 0) throw new ModelFormatException(path, "there is no weight_map, or it is empty.");
        return index;
    }

    void ReadObject(Utf8JsonReader json, string path)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw new ModelFormatException(path, "is not a JSON object.");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isMap = json.ValueTextEquals("weight_map"u8);
            json.Read();
            if (!isMap) json.Skip();
            else if (json.TokenType != JsonTokenType.StartObject) throw new ModelFormatException(path, "weight_map is not an object.");
            else ReadMap(ref json, path);
        }
        while (json.Read()) { } // rejects anything but blanks after the object
    }

    void ReadMap(ref Utf8JsonReader json, string path)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var tensor = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String) throw new ModelFormatException(path, $"weight_map '{tensor}' is not a file name.");
            var shard = json.GetString()!;
            if (!IsPlainFileName(shard))
                throw new ModelFormatException(path, $"tensor '{tensor}' is said to be in '{shard}', which is not the name of a .safetensors file in this folder.");
            if (!shardOf.TryAdd(tensor, shard)) throw new ModelFormatException(path, $"tensor '{tensor}' is listed twice.");
        }
    }

    /// <summary>No folders, no drive, no "..": an index must not lead out of its folder.</summary>
    static bool IsPlainFileName(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal) && name.Length <= 255
        && !name.AsSpan().ContainsAny("/\\:") && !name.AsSpan().ContainsAnyInRange('\0', '\u001F') && name[0] != '.';
}
