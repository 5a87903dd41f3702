using System.Text.Json;
using Tern.Models;
using Tern.Run.Constraints.Schemas;

namespace Tern.Run.Constraints;

/// <summary>
/// JSON schemas (draft 2020-12, the part that a grammar can say) as grammars, so that a model can write nothing but documents that fit.
/// <para>
/// Understood: type, enum, const, properties, required, additionalProperties, items, prefixItems, minItems, maxItems, minLength,
/// maxLength, pattern, format (date, time, date-time, uuid), minimum, maximum, exclusiveMinimum, exclusiveMaximum, allOf, anyOf, oneOf,
/// $ref within the document. Annotations and other formats are ignored, as JSON Schema does; every other keyword is an error.
/// </para>
/// <para>
/// Narrower than JSON Schema, because the language is meant to be written, not checked: properties come in the order of the schema;
/// an object with properties has no others unless additionalProperties says so, an array with prefixItems no more unless items does;
/// a schema without type means the type that its keywords speak of; whitespace is at most one line break and its indentation, and
/// never before a colon or a comma; bounded numbers have no exponent; strings with a pattern escape only what must be escaped.
/// Wider: oneOf is anyOf, and the keys of additional properties may repeat.
/// </para>
/// </summary>
public static class JsonSchemaGrammar
{
    /// <summary>The deepest nesting that a schema may have.</summary>
    public const int MaxDepth = 200;

    static readonly Lazy<Grammar> anyJson = new(() => FromSchema("true"));
    static readonly Lazy<Grammar> anyObject = new(() => FromSchema("""{"type":"object"}"""));

    /// <summary>Any JSON value.</summary>
    public static Grammar AnyJson => anyJson.Value;

    /// <summary>Any JSON object: what APIs call the JSON mode.</summary>
    public static Grammar AnyObject => anyObject.Value;

    /// <summary>The grammar of a schema.</summary>
    /// <param name="schema">The text of the schema, JSON.</param>
    /// <exception cref="TernException">It is no JSON, has a keyword that is not understood, or no finite document fits; the message names the place.</exception>
    public static Grammar FromSchema(string schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        try
        {
            using var document = JsonDocument.Parse(schema, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return FromSchema(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new TernException($"the JSON schema is no JSON that can be read: {error.Message}", error);
        }
    }

    /// <summary>The grammar of a schema.</summary>
    /// <exception cref="TernException">It has a keyword that is not understood, or no finite document fits; the message names the place.</exception>
    public static Grammar FromSchema(JsonElement schema)
    {
        var rules = SchemaRules.Of(schema);
        rules.CheckThatDocumentsEnd();
        return Grammar.Parse(rules.ToGbnf());
    }

    /// <summary>The grammar of a schema as GBNF text, to read or to give to another program.</summary>
    /// <exception cref="TernException">As <see cref="FromSchema(string)"/>.</exception>
    public static string ToGbnf(string schema) => FromSchema(schema).Source;
}
