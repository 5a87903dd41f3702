using System.Text.Json;
using Tern.Models;

namespace Tern.Run.Constraints.Schemas;

/// <summary>
/// Takes $ref, allOf, anyOf and oneOf out of schemas: what is left is a list of alternatives, each a set of plain schemas that a value
/// must fit all at once.
/// </summary>
sealed class SchemaAlternatives(JsonElement document)
{
    const int MaxAlternatives = 2000;
    const int MaxReferences = 300;

    readonly HashSet<string> open = new(StringComparer.Ordinal);

    /// <summary>The alternatives of a value that must fit every one of these schemas; none if nothing can, an empty one if anything does.</summary>
    public List<Schema[]> Of(IEnumerable<Schema> goal)
    {
        List<Schema[]> all = [[]];
        foreach (var schema in goal) all = Both(all, Expand(schema), schema);
        return all;
    }

    List<Schema[]> Expand(Schema schema)
    {
        switch (schema.Element.ValueKind)
        {
            case JsonValueKind.True: return [[]];
            case JsonValueKind.False: return [];
            case JsonValueKind.Object: break;
            default: throw schema.Problem($"a schema is an object, true or false, not {schema.Element.GetRawText()}");
        }
        if (open.Count > MaxReferences) throw schema.Problem($"references and combinations nest deeper than {MaxReferences} levels");
        if (!open.Add(schema.Path)) throw schema.Problem("it refers to itself with nothing in between: no document ends that reference");
        SchemaKeywords.Check(schema);

        List<Schema[]> all = [[schema]];
        if (schema.Has("$ref")) all = Both(all, Expand(Resolve(schema)), schema);
        foreach (var part in Branches(schema, "allOf")) all = Both(all, Expand(part), schema);
        foreach (var keyword in (string[])["anyOf", "oneOf"])
            if (schema.Has(keyword))
                all = Both(all, [.. Branches(schema, keyword).SelectMany(Expand)], schema);
        open.Remove(schema.Path);
        return all;
    }

    static IEnumerable<Schema> Branches(Schema schema, string keyword)
    {
        if (!schema.Element.TryGetProperty(keyword, out var list)) return [];
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0) throw schema.Problem($"{keyword} must be a list of schemas, not empty");
        return Enumerable.Range(0, list.GetArrayLength()).Select(i => schema.Child(keyword, i));
    }

    static List<Schema[]> Both(List<Schema[]> left, List<Schema[]> right, Schema at)
    {
        if ((long)left.Count * right.Count > MaxAlternatives) throw at.Problem($"anyOf and oneOf combine to more than {MaxAlternatives} alternatives");
        return [.. left.SelectMany(_ => right, (a, b) => a.Concat(b).DistinctBy(schema => schema.Path).ToArray())];
    }

    Schema Resolve(Schema schema)
    {
        var value = schema.Element.GetProperty("$ref");
        var reference = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw schema.Problem("$ref must be a text");
        if (reference != "#" && !reference.StartsWith("#/", StringComparison.Ordinal))
            throw schema.Problem($"$ref \"{reference}\" leads out of the document or to an anchor; only \"#\" and \"#/...\" are supported");
        var target = new Schema(document, "#");
        foreach (var step in reference.Split('/').Skip(1))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            var found = target.Element.ValueKind switch
            {
                JsonValueKind.Object when target.Element.TryGetProperty(name, out var child) => child,
                JsonValueKind.Array when int.TryParse(name, out var index) && index >= 0 && index < target.Element.GetArrayLength() => target.Element[index],
                _ => throw schema.Problem($"$ref \"{reference}\" leads nowhere: there is no '{name}' in {target.Path}"),
            };
            target = new Schema(found, $"{target.Path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}");
        }
        return target;
    }
}
