using System.Text.Json;

namespace Tern.Run.Constraints.Schemas;

/// <summary>Objects and arrays.</summary>
sealed partial class SchemaRules
{
    /// <summary>Null if a property is required that no value fits.</summary>
    string? Object(Schema[] schemas, string name)
    {
        var required = Required(schemas);
        var stated = schemas.Where(schema => schema.Has("properties")).ToArray();
        foreach (var schema in stated)
            if (schema.Element.GetProperty("properties").ValueKind != JsonValueKind.Object) throw schema.Problem("properties must be an object of schemas");
        var keys = stated.SelectMany(schema => schema.Element.GetProperty("properties").EnumerateObject().Select(property => property.Name)).Concat(required).Distinct().ToArray();

        // Additional properties: every schema that speaks of them has a say; where none does, they come only if nothing is named.
        var additional = schemas.Where(schema => schema.Has("additionalProperties")).Select(schema => schema.Child("additionalProperties")).ToArray();
        var others = (additional.Length > 0 || stated.Length == 0) && !IsImpossible(additional) ? RuleOf(additional, $"{name}-other") : null;
        if (keys.Length == 0 && others == "value") return Shared("object");

        var members = new List<Member>();
        foreach (var key in keys)
        {
            var goal = GoalOfProperty(schemas, key);
            var isRequired = required.Contains(key);
            if (!IsImpossible(goal)) members.Add(new Member($"{JsonText.Literal($"{JsonText.Quote(key)}:")} {Shared("ws")} {RuleOf(goal, $"{name}-{key}")}", isRequired));
            else if (isRequired) return null;
        }
        string? other = null;
        if (others is not null)
        {
            var key = keys.Length == 0 ? $"\"\\\"\" {Shared("character")}* \"\\\"\"" : OtherKey(keys, name, PathOf(schemas));
            other = AddRule($"{name}-member", $"{key} \":\" {Shared("ws")} {others}", PathOf(schemas));
        }
        return $"\"{{\" {Shared("ws")} {Members(members, other, name, PathOf(schemas))}\"}}\"";
    }

    readonly record struct Member(string Gbnf, bool IsRequired);

    static HashSet<string> Required(Schema[] schemas)
    {
        var required = new HashSet<string>(StringComparer.Ordinal);
        foreach (var schema in schemas.Where(schema => schema.Has("required")))
        {
            var list = schema.Element.GetProperty("required");
            if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(key => key.ValueKind != JsonValueKind.String))
                throw schema.Problem("required must be a list of property names");
            foreach (var key in list.EnumerateArray()) required.Add(key.GetString()!);
        }
        return required;
    }

    static Schema[] GoalOfProperty(Schema[] schemas, string key) =>
    [
        .. schemas.Select(schema => schema.Element.TryGetProperty("properties", out var properties) && properties.TryGetProperty(key, out _)
            ? schema.Child("properties", key)
            : schema.Has("additionalProperties") ? schema.Child("additionalProperties") : (Schema?)null)
            .OfType<Schema>().DistinctBy(schema => schema.Path),
    ];

    /// <summary>
    /// The members in order, and the space before the brace. After the first member each one brings its comma; while there is none,
    /// any optional one, or the first required one, may be the first.
    /// </summary>
    string Members(List<Member> members, string? other, string name, string path)
    {
        var comma = $"\",\" {Shared("ws")}";
        var end = Shared("ws");
        var tail = (other is null ? "" : $"({comma} {other})* ") + $"{end} ";
        var firstRequired = members.FindIndex(member => member.IsRequired);
        var lastStart = firstRequired >= 0 ? firstRequired : members.Count - 1;
        var starts = new List<string>();
        if (firstRequired < 0)
        {
            if (other is not null) starts.Add($"{other} {tail}");
            starts.Add("\"\" ");                                 // no members, and the space after the brace is there already
        }
        for (var i = members.Count - 1; i >= 0; i--)
        {
            if (i <= lastStart) starts.Insert(0, $"{members[i].Gbnf} {tail}");
            if (i == 0) break;
            var more = members[i].IsRequired ? $"{comma} {members[i].Gbnf} {tail}" : $"({comma} {members[i].Gbnf})? {tail}";
            tail = i <= lastStart ? AddRule($"{name}-rest", more, path) + " " : more;   // shared by the starts before: named once
        }
        return starts.Count == 1 ? starts[0] : $"({string.Join("| ", starts)}) ";
    }

    /// <summary>A key that is none of these, so that an additional property cannot pass for a named one: the trie of the names, left at any point.</summary>
    string OtherKey(string[] keys, string name, string path)
    {
        var rest = NotOneOf([.. keys.Select(key => key.EnumerateRunes().Select(rune => rune.Value).ToArray())], 0);
        return $"\"\\\"\" {rest}";

        string NotOneOf(int[][] names, int depth)
        {
            var next = names.Where(key => key.Length > depth).GroupBy(key => key[depth]).OrderBy(group => group.Key).ToArray();
            var leave = CharacterSet.Complement(CharacterSet.Normalize(next.Select(group => (group.Key, group.Key))));
            var choices = new List<string> { $"{JsonText.Characters(leave)} {Shared("unescaped")}* \"\\\"\"" };
            foreach (var group in next) choices.Add($"{JsonText.Characters([(group.Key, group.Key)])} {NotOneOf([.. group], depth + 1)}");
            if (names.All(key => key.Length != depth)) choices.Add("\"\\\"\"");
            return AddRule($"{name}-key", string.Join(" | ", choices), path);
        }
    }

    string? Array(Schema[] schemas, string name)
    {
        var (min, max) = Limits(schemas, "minItems", "maxItems");
        var fixedItems = schemas.Select(FixedItemsOf).ToArray();
        var count = fixedItems.Max(items => items?.Length ?? 0);
        var goals = Enumerable.Range(0, count + 1).Select(i => ItemGoal(schemas, fixedItems, i)).ToArray();
        var closed = count > 0 && !schemas.Any(HasItemsOfRest);
        if (closed || IsImpossible(goals[count])) max = Math.Min(max ?? count, count);
        var impossible = System.Array.FindIndex(goals, 0, count, IsImpossible);
        if (impossible >= 0) max = Math.Min(max ?? impossible, impossible);
        if (max < min) return null;

        var comma = $"\",\" {Shared("ws")}";
        var end = Shared("ws");
        string body;
        if (count == 0 || max <= 0)
        {
            if (max == 0) return $"\"[\" {Shared("ws")} \"]\"";
            var item = RuleOf(goals[count], $"{name}-item");
            if (item == "value" && min == 0 && max is null) return Shared("array");
            var list = $"{item} {Repeated($"({comma} {item})", Math.Max(0, min - 1), max - 1)} {end}";
            body = min == 0 ? $"({list})?" : list;
        }
        else body = Tuple(goals, min, max, name, PathOf(schemas));
        return $"\"[\" {Shared("ws")} {body} \"]\"";
    }

    /// <summary>Items of their own schemas, then any number of the last one; from the end, so that each optional tail is one rule.</summary>
    string Tuple(Schema[][] goals, int min, int? max, string name, string path)
    {
        var comma = $"\",\" {Shared("ws")}";
        var count = goals.Length - 1;
        var tail = Shared("ws");
        if (max is null || max > count) tail = $"{Repeated($"({comma} {RuleOf(goals[count], $"{name}-item")})", Math.Max(0, min - count), max - count)} {tail}";
        for (var i = Math.Min(count, max ?? count) - 1; i >= 0; i--)
        {
            var here = $"{(i > 0 ? $"{comma} " : "")}{RuleOf(goals[i], $"{name}-item")} {tail}";
            if (i == 0) return min == 0 ? $"({here})?" : here;
            tail = AddRule($"{name}-rest", i < min ? here : $"{here} | {Shared("ws")}", path);
        }
        return tail;
    }

    /// <summary>prefixItems, or items as a list (its name before 2020).</summary>
    static Schema[]? FixedItemsOf(Schema schema)
    {
        var keyword = schema.Has("prefixItems") ? "prefixItems" : "items";
        if (!schema.Element.TryGetProperty(keyword, out var list) || (keyword == "items" && list.ValueKind != JsonValueKind.Array)) return null;
        return list.ValueKind == JsonValueKind.Array
            ? [.. Enumerable.Range(0, list.GetArrayLength()).Select(i => schema.Child(keyword, i))]
            : throw schema.Problem("prefixItems must be a list of schemas");
    }

    static bool HasItemsOfRest(Schema schema) => schema.Element.TryGetProperty("items", out var items) && items.ValueKind != JsonValueKind.Array;

    static Schema[] ItemGoal(Schema[] schemas, Schema[]?[] fixedItems, int index) =>
    [
        .. schemas.Select((schema, i) => fixedItems[i] is { } items && index < items.Length ? items[index]
            : HasItemsOfRest(schema) ? schema.Child("items") : (Schema?)null).OfType<Schema>().DistinctBy(schema => schema.Path),
    ];
}
