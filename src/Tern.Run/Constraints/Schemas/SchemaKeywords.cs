using System.Text.Json;
using Tern.Models;

namespace Tern.Run.Constraints.Schemas;

/// <summary>The types of JSON; a number that is no integer is a <see cref="Fraction"/>.</summary>
[Flags]
enum JsonTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Fraction = 8,
    Number = Integer | Fraction,
    String = 16,
    Array = 32,
    Object = 64,
    All = 127,
}

/// <summary>A schema and the JSON pointer of its place in the document.</summary>
readonly record struct Schema(JsonElement Element, string Path)
{
    public Schema Child(string keyword) => new(Element.GetProperty(keyword), $"{Path}/{keyword}");

    public Schema Child(string keyword, string name) =>
        new(Element.GetProperty(keyword).GetProperty(name), $"{Path}/{keyword}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}");

    public Schema Child(string keyword, int index) => new(Element.GetProperty(keyword)[index], $"{Path}/{keyword}/{index}");

    public bool Has(string keyword) => Element.TryGetProperty(keyword, out _);

    public TernException Problem(string what) => new($"JSON schema, {Path}: {what}");
}

/// <summary>Which keywords there are, and of which type each speaks.</summary>
static class SchemaKeywords
{
    static readonly Dictionary<string, JsonTypes> assertions = new(StringComparer.Ordinal)
    {
        ["properties"] = JsonTypes.Object,
        ["required"] = JsonTypes.Object,
        ["additionalProperties"] = JsonTypes.Object,
        ["items"] = JsonTypes.Array,
        ["prefixItems"] = JsonTypes.Array,
        ["minItems"] = JsonTypes.Array,
        ["maxItems"] = JsonTypes.Array,
        ["minLength"] = JsonTypes.String,
        ["maxLength"] = JsonTypes.String,
        ["pattern"] = JsonTypes.String,
        ["format"] = JsonTypes.String,
        ["minimum"] = JsonTypes.Number,
        ["maximum"] = JsonTypes.Number,
        ["exclusiveMinimum"] = JsonTypes.Number,
        ["exclusiveMaximum"] = JsonTypes.Number,
    };

    static readonly HashSet<string> others = new(StringComparer.Ordinal)
    {
        "type", "enum", "const", "allOf", "anyOf", "oneOf", "$ref", "$defs", "definitions",
        "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly",
        "$schema", "$id", "$comment", "contentEncoding", "contentMediaType", "contentSchema",
    };

    /// <summary>The types that the assertions of a schema speak of.</summary>
    public static JsonTypes TypesOf(Schema schema) =>
        schema.Element.EnumerateObject().Aggregate(JsonTypes.None, (types, keyword) => types | assertions.GetValueOrDefault(keyword.Name));

    /// <summary>A keyword, other than type, enum and const, that a value of these types must obey; null if there is none.</summary>
    public static string? AssertionOn(JsonTypes types, Schema schema) =>
        schema.Element.EnumerateObject().Select(keyword => keyword.Name).FirstOrDefault(name => (assertions.GetValueOrDefault(name) & types) != 0);

    public static void Check(Schema schema)
    {
        foreach (var keyword in schema.Element.EnumerateObject())
        {
            var name = keyword.Name;
            if (assertions.ContainsKey(name) || others.Contains(name) || name.StartsWith("x-", StringComparison.Ordinal)) continue;
            if (name == "uniqueItems" && keyword.Value.ValueKind == JsonValueKind.False) continue;
            throw schema.Problem($"the keyword '{name}' is not supported here; take it out and check the finished document for it");
        }
    }

    public static JsonTypes TypesNamedBy(Schema schema)
    {
        var type = schema.Element.GetProperty("type");
        return type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Aggregate(JsonTypes.None, (types, name) => types | Named(name))
            : Named(type);

        JsonTypes Named(JsonElement name) => (name.ValueKind == JsonValueKind.String ? name.GetString() : null) switch
        {
            "null" => JsonTypes.Null,
            "boolean" => JsonTypes.Boolean,
            "integer" => JsonTypes.Integer,
            "number" => JsonTypes.Number,
            "string" => JsonTypes.String,
            "array" => JsonTypes.Array,
            "object" => JsonTypes.Object,
            _ => throw schema.Problem($"type is {name.GetRawText()}: it must be null, boolean, integer, number, string, array, object, or a list of these"),
        };
    }

    public static JsonTypes TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonTypes.Null,
        JsonValueKind.True or JsonValueKind.False => JsonTypes.Boolean,
        JsonValueKind.String => JsonTypes.String,
        JsonValueKind.Array => JsonTypes.Array,
        JsonValueKind.Object => JsonTypes.Object,
        _ => ExactDecimal.Parse(value.GetRawText()) is { } number && number.Floor() == number.Ceiling() ? JsonTypes.Integer : JsonTypes.Fraction,
    };
}
