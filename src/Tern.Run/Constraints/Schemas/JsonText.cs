using System.Text;
using System.Text.Json;

namespace Tern.Run.Constraints.Schemas;

/// <summary>Text as JSON writes it, and as GBNF says it. Characters have one form: only what must be escaped is, and as shortly as possible.</summary>
static class JsonText
{
    static readonly (int First, int Last)[] MustEscape = [(0, 0x1F), ('"', '"'), ('\\', '\\')];

    /// <summary>A string with its quotes.</summary>
    public static string Quote(string text)
    {
        var json = new StringBuilder("\"");
        foreach (var character in text) json.Append(Escape(character) ?? character.ToString());
        return json.Append('"').ToString();
    }

    /// <summary>A value without spaces; its numbers as they are written.</summary>
    public static string Compact(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Quote(value.GetString()!),
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Compact))}]",
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Select(property => $"{Quote(property.Name)}:{Compact(property.Value)}"))}}}",
        _ => value.GetRawText(),
    };

    /// <summary>The GBNF literal of a text.</summary>
    public static string Literal(string text)
    {
        var gbnf = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\') gbnf.Append('\\').Append((char)rune.Value);
            else if (rune.Value is >= 0x20 and <= 0x7E) gbnf.Append((char)rune.Value);
            else gbnf.Append(Hex(rune.Value));
        }
        return gbnf.Append('"').ToString();
    }

    /// <summary>The GBNF of one character out of a normalised set, inside of a JSON string.</summary>
    public static string Characters((int First, int Last)[] set)
    {
        var choices = new List<string>();
        var plain = CharacterSet.Normalize(CharacterSet.Complement(set).Concat(MustEscape));
        if (CharacterSet.Complement(plain) is { Length: > 0 } unescaped) choices.Add(Class(unescaped));
        var escaped = Enumerable.Range(0, 0x20).Append('"').Append('\\').Where(point => CharacterSet.Contains(set, point)).ToArray();
        var byLetter = escaped.Select(point => Escape((char)point)!).Where(text => text.Length == 2).Select(text => (int)text[1]).ToArray();
        if (byLetter.Length > 0) choices.Add($"\"\\\\\" {Class([.. byLetter.Select(letter => (letter, letter))])}");
        foreach (var high in (char[])['0', '1'])
        {
            var digits = escaped.Select(point => Escape((char)point)!).Where(text => text.Length == 6 && text[4] == high).Select(text => (int)text[5]).ToArray();
            if (digits.Length > 0) choices.Add($"\"\\\\u00{high}\" {Class(CharacterSet.Normalize(digits.Select(digit => (digit, digit))))}");
        }
        return choices is [['[', ..]] ? choices[0] : $"({string.Join(" | ", choices)})";
    }

    static string Class((int First, int Last)[] set)
    {
        var gbnf = new StringBuilder("[");
        foreach (var (first, last) in set)
        {
            gbnf.Append(ClassCharacter(first));
            if (last > first + 1) gbnf.Append('-');
            if (last > first) gbnf.Append(ClassCharacter(last));
        }
        return gbnf.Append(']').ToString();
    }

    static string ClassCharacter(int point) =>
        point is '"' or '\\' or '[' or ']' or '^' or '-' ? $"\\{(char)point}" : point is >= 0x20 and <= 0x7E ? ((char)point).ToString() : Hex(point);

    static string Hex(int point) => point <= 0xFF ? $"\\x{point:x2}" : point <= 0xFFFF ? $"\\u{point:x4}" : $"\\U{point:x8}";

    static string? Escape(char character) => character switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' => $"\\u{(int)character:x4}",
        _ => null,
    };
}
