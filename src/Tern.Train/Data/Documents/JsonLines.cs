using System.Text.Json;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Train.Data.Documents;

/// <summary>JSON objects, one a line, of which one key holds the text.</summary>
static class JsonLines
{
    public const string DefaultField = "text";

    /// <summary>The texts in the order of the file; blank lines and empty texts are left out.</summary>
    /// <exception cref="TernException">The file is empty, or a line is no JSON object that holds a text under <paramref name="field"/>.</exception>
    public static IEnumerable<string> Read(string path, string field) =>
        Rows(path, $"'{field}'", (row, line) => Text(row, field, path, line)).Where(text => text.Length > 0);

    /// <summary>What <paramref name="read"/> makes of the value and number of each line; blank lines are left out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">That is read, for messages.</param>
    /// <param name="read">Complains with file and line of its own.</param>
    /// <exception cref="TernException">The file is empty, or a line is no JSON.</exception>
    public static IEnumerable<T> Rows<T>(string path, string what, Func<JsonElement, long, T> read) where T : class
    {
        using var file = MappedFile.Open(path);
        if (file.Length == 0) throw new TernException($"{path}: the file is empty.");
        var start = 0L;
        for (var line = 1L; start < file.Length; line++)
        {
            var rest = file.Slice(start, (int)Math.Min(file.Length - start, StrictUtf8.MaxDocumentBytes));
            var end = rest.IndexOf((byte)'\n');
            if (end < 0 && start + rest.Length < file.Length)
                throw new TernException($"{path}, line {line}: is longer than {StrictUtf8.MaxDocumentBytes} bytes; cut its text into several.");
            var length = end < 0 ? rest.Length : end;
            if (RowOf(rest[..length], what, path, line, start, read) is { } row) yield return row;
            start += length + 1L;
        }
    }

    static T? RowOf<T>(ReadOnlySpan<byte> json, string what, string path, long line, long offset, Func<JsonElement, long, T> read) where T : class
    {
        if (line == 1 && json.StartsWith(StrictUtf8.ByteOrderMark)) json = json[StrictUtf8.ByteOrderMark.Length..];
        json = json.Trim(" \t\r"u8);
        if (json.IsEmpty) return null;
        _ = StrictUtf8.Decode(json, path, offset);                   // the parser would not name the byte
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            if (reader.Read()) throw new TernException($"{path}, line {line}: more than one value; expected one object a line.");
            return read(document.RootElement, line);
        }
        catch (JsonException problem)
        {
            throw new TernException($"{path}, line {line}: no valid JSON at byte {problem.BytePositionInLine} of the line.", problem);
        }
        catch (InvalidOperationException problem)                    // an escape such as \ud800 alone
        {
            throw new TernException($"{path}, line {line}: {what} holds half of a surrogate pair, which is no text.", problem);
        }
    }

    static string Text(JsonElement line, string field, string path, long number)
    {
        if (line.ValueKind != JsonValueKind.Object) throw new TernException($"{path}, line {number}: is {Spell(line.ValueKind)}; expected an object such as {{\"{field}\": \"...\"}}.");
        if (!line.TryGetProperty(field, out var value))
            throw new TernException($"{path}, line {number}: has no key '{field}'; it has {Keys(line)}. Name the one that holds the text as field.");
        if (value.ValueKind != JsonValueKind.String) throw new TernException($"{path}, line {number}: '{field}' is {Spell(value.ValueKind)}; expected a text.");
        return value.GetString()!;
    }

    public static string Keys(JsonElement line)
    {
        var keys = line.EnumerateObject().Select(property => $"'{property.Name}'").Take(10).ToList();
        return keys.Count == 0 ? "none" : string.Join(", ", keys);
    }

    public static string Spell(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
