using System.Text.Json;

namespace Tern.Models.Configs;

/// <summary>The keys of one JSON object of a config file, read with defaults and limits; every complaint names file and key.</summary>
sealed class ConfigKeys(JsonElement json, string path, string prefix = "")
{
    public const int MaxLayers = 10_000;

    /// <summary>For the vocabulary and every width.</summary>
    public const int MaxDimension = 1 << 24;

    /// <summary>JSON documents of configurations nest no deeper.</summary>
    const int MaxDepth = 32;

    const long MaxFileLength = 16 << 20;

    public string Path => path;

    /// <summary>Reads a whole file and hands its object to <paramref name="read"/>.</summary>
    /// <exception cref="TernException">The file is missing or not a JSON object; or <paramref name="read"/> complains.</exception>
    public static T Read<T>(string path, Func<ConfigKeys, T> read)
    {
        using var file = Files.MappedFile.Open(path);
        if (file.Length > MaxFileLength) throw new ModelFormatException(path, $"{file.Length} bytes are more than a configuration may have ({MaxFileLength}).");
        return Parse(file.Slice(0, (int)file.Length).ToArray(), path, read);
    }

    /// <inheritdoc cref="Read"/>
    public static T Parse<T>(ReadOnlyMemory<byte> bytes, string path, Func<ConfigKeys, T> read)
    {
        if (Files.FileKind.Problem(bytes.Span[..Math.Min(bytes.Length, Files.FileKind.StartLength)]) is { } problem) throw new ModelFormatException(path, problem);
        if (bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
            using var document = JsonDocument.Parse(bytes, options);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new ModelFormatException(path, "is not a JSON object");
            return read(new ConfigKeys(document.RootElement, path));
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8 or holds half a surrogate pair.
            throw new ModelFormatException(path, $"is not valid JSON: {broken.Message}", broken);
        }
    }

    /// <summary>The nested object, or null where it is absent or null.</summary>
    public ConfigKeys? Object(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Object) throw Bad(key, "must be an object");
        return new ConfigKeys(value, path, $"{prefix}{key}.");
    }

    /// <summary>All keys.</summary>
    public IReadOnlyList<string> Names => [.. json.EnumerateObject().Select(property => property.Name)];

    /// <summary>Whether the key is there, be it null.</summary>
    public bool Has(string key) => json.TryGetProperty(key, out _);

    public int Int(string key, int missing, int max = MaxDimension, int min = 1) => IntOrNull(key, max, min) ?? missing;

    public int? IntOrNull(string key, int max = MaxDimension, int min = 1)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || number != Math.Floor(number))
            throw Bad(key, $"is {Shown(value)}; it must be a whole number");
        if (!(number >= min && number <= max)) throw Bad(key, $"is {Shown(value)}; it must be between {min} and {max}");
        return (int)number;
    }

    /// <summary>A token id; negative ones, which some configurations use for "none", are read as null.</summary>
    public int? TokenId(string key) => IntOrNull(key, int.MaxValue, int.MinValue) is >= 0 and var id ? id : null;

    /// <summary>A token id or a list of them; null where the key is absent or null.</summary>
    public int[]? TokenIds(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array) return TokenId(key) is { } id ? [id] : [];
        if (value.GetArrayLength() > 1024) throw Bad(key, "has more than 1024 ids");
        var ids = new List<int>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out var token)) throw Bad(key, $"holds {Shown(item)}; it must hold token ids");
            if (token >= 0 && !ids.Contains(token)) ids.Add(token);
        }
        return [.. ids];
    }

    /// <summary>A finite number of at least <paramref name="min"/>.</summary>
    public double Number(string key, double missing, double min = double.Epsilon) => NumberOrNull(key, min) ?? missing;

    public double? NumberOrNull(string key, double min = double.Epsilon)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number) || number < min)
            throw Bad(key, $"is {Shown(value)}; it must be a number {(min > 0 ? "above 0" : $"of at least {min}")}");
        return number;
    }

    public bool Flag(string key, bool missing) => Find(key) switch
    {
        null => missing,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Bad(key, $"is {Shown(value)}; it must be true or false"),
    };

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } value => throw Bad(key, $"is {Shown(value)}; it must be text"),
    };

    /// <summary>Whether the key holds a list.</summary>
    public bool IsList(string key) => Find(key) is { ValueKind: JsonValueKind.Array };

    public string[]? Texts(string key, int maxCount)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > maxCount || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
            throw Bad(key, $"must be a list of at most {maxCount} texts");
        return [.. value.EnumerateArray().Select(item => item.GetString()!)];
    }

    /// <summary>A list of exactly <paramref name="count"/> positive numbers, or null.</summary>
    public double[]? Numbers(string key, int count)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != count) throw Bad(key, $"must be a list of {count} numbers, half the rotary width");
        var numbers = new List<double>(count);
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetDouble(out var number) || !double.IsFinite(number) || number <= 0)
                throw Bad(key, $"holds {Shown(item)}; it must hold numbers above 0");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    public ModelFormatException Bad(string key, string problem) => new(path, $"'{prefix}{key}' {problem}");

    JsonElement? Find(string key) => json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 60), "...");
    }
}
