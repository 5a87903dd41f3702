using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Tern.Run.Tests.Constraints;

/// <summary>Random JSON values, and a writer that puts space where the grammars of schemas allow it.</summary>
static class RandomJson
{
    static readonly string[] Texts = ["", "a", "ab", "abc", "é", "😀", "a\"b", "\\", "\n", "\u0001", "x y", "1"];

    public static readonly string[] Keys = ["a", "ab", "b", "k\"", "é", "key"];

    public static string Text(Random random) => Texts[random.Next(Texts.Length)];

    public static JsonNode? Any(Random random, int depth) => random.Next(depth > 0 ? 8 : 5) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.Next(-20, 20),
        3 => new decimal(random.Next(-3000, 3000), 0, 0, false, 2),
        4 => Text(random),
        5 or 6 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Any(random, depth - 1))]),
        _ => new JsonObject(Keys.Where(_ => random.Next(3) == 0).Select(key => KeyValuePair.Create(key, Any(random, depth - 1)))),
    };

    public static string Write(JsonNode? value, Random? random = null) => value switch
    {
        null => "null",
        JsonArray { Count: 0 } => $"[{Space(random)}]",
        JsonArray items => $"[{Space(random)}{string.Concat(items.Select((item, i) => (i > 0 ? "," + Space(random) : "") + Write(item, random)))}{Space(random)}]",
        JsonObject { Count: 0 } => $"{{{Space(random)}}}",
        JsonObject members => $"{{{Space(random)}{string.Concat(members.Select((member, i) => $"{(i > 0 ? "," + Space(random) : "")}{Quote(member.Key)}:{Space(random)}{Write(member.Value, random)}"))}{Space(random)}}}",
        JsonValue leaf when leaf.TryGetValue<string>(out var text) => Quote(text),
        JsonValue leaf when leaf.TryGetValue<bool>(out var flag) => flag ? "true" : "false",
        JsonValue leaf when leaf.TryGetValue<int>(out var number) => number.ToString(CultureInfo.InvariantCulture),
        _ => value.AsValue().GetValue<decimal>().ToString(CultureInfo.InvariantCulture),
    };

    static string Space(Random? random) => random?.Next(6) switch { 0 => " ", 1 => "\n", 2 => "\n  ", 3 => "\r\n\t", _ => "" } ?? "";

    /// <summary>A string with the escapes that must be.</summary>
    public static string Quote(string text)
    {
        var json = new StringBuilder("\"");
        foreach (var character in text)
            json.Append(character switch { '"' => "\\\"", '\\' => "\\\\", '\n' => "\\n", '\t' => "\\t", '\r' => "\\r", '\b' => "\\b", '\f' => "\\f", < ' ' => $"\\u{(int)character:x4}", _ => character.ToString() });
        return json.Append('"').ToString();
    }

}
