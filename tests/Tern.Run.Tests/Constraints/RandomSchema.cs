using System.Text.Json.Nodes;

namespace Tern.Run.Tests.Constraints;

/// <summary>A random schema with a generator of documents that fit and a judge of any document; both know nothing of grammars.</summary>
sealed record RandomSchema(JsonNode Schema, Func<Random, JsonNode?> Sample, Func<JsonNode?, bool> Fits)
{
    public static RandomSchema Next(Random random, int depth) => random.Next(depth > 0 ? 10 : 5) switch
    {
        0 => new(new JsonObject { ["type"] = "null" }, _ => null, value => value is null),
        1 => new(new JsonObject { ["type"] = "boolean" }, r => r.Next(2) == 0, value => value is JsonValue leaf && leaf.TryGetValue<bool>(out _)),
        2 => Integer(random),
        3 => Text(random),
        4 => Enumeration(random),
        5 or 6 => Array(random, depth),
        7 or 8 => Object(random, depth),
        _ => AnyOf(random, depth),
    };

    static RandomSchema Integer(Random random)
    {
        var min = random.Next(-150, 150);
        var max = min + random.Next(0, 120);
        return new(new JsonObject { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max }, r => r.Next(min, max + 1),
            value => value is JsonValue leaf && leaf.TryGetValue<int>(out var number) && number >= min && number <= max);
    }

    static RandomSchema Text(Random random)
    {
        var min = random.Next(0, 3);
        var max = min + random.Next(0, 3);
        return new(new JsonObject { ["type"] = "string", ["minLength"] = min, ["maxLength"] = max },
            r => string.Concat(Enumerable.Range(0, r.Next(min, max + 1)).Select(_ => (string[])["a", "é", "😀", "\"", "\\", "\n", "\u0002"] is var letters ? letters[r.Next(letters.Length)] : "")),
            value => value is JsonValue leaf && leaf.TryGetValue<string>(out var text) && text.EnumerateRunes().Count() is var length && length >= min && length <= max);
    }

    static RandomSchema Enumeration(Random random)
    {
        var values = Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomJson.Write(RandomJson.Any(random, 0))).Distinct().ToArray();
        var schema = values.Length == 1 && random.Next(2) == 0 ? $"{{\"const\":{values[0]}}}" : $"{{\"enum\":[{string.Join(',', values)}]}}";
        return new(JsonNode.Parse(schema)!, r => JsonNode.Parse(values[r.Next(values.Length)]) is JsonValue leaf ? Plain(leaf) : null, value => values.Contains(RandomJson.Write(value)));
    }

    /// <summary>Parsed numbers as the writer knows them.</summary>
    static JsonNode Plain(JsonValue leaf) =>
        leaf.GetValueKind() != System.Text.Json.JsonValueKind.Number ? leaf : leaf.TryGetValue<int>(out var number) ? number : JsonValue.Create(leaf.GetValue<decimal>());

    static RandomSchema Array(Random random, int depth)
    {
        var prefix = Enumerable.Range(0, random.Next(0, 3)).Select(_ => Next(random, depth - 1)).ToArray();
        var rest = prefix.Length == 0 || random.Next(2) == 0 ? Next(random, depth - 1) : null;
        var min = random.Next(0, 3);
        int? max = random.Next(2) == 0 ? min + random.Next(0, 3) : null;
        if (rest is null) (min, max) = (Math.Min(min, prefix.Length), max is { } most ? Math.Min(most, prefix.Length) : null);
        var schema = new JsonObject { ["type"] = "array", ["minItems"] = min };
        if (max is not null) schema["maxItems"] = max;
        if (prefix.Length > 0) schema["prefixItems"] = new JsonArray([.. prefix.Select(item => item.Schema)]);
        if (rest is not null) schema["items"] = rest.Schema;
        var longest = Math.Min(max ?? min + 3, rest is null ? prefix.Length : int.MaxValue);
        return new(schema,
            r => new JsonArray([.. Enumerable.Range(0, r.Next(min, longest + 1)).Select(i => (i < prefix.Length ? prefix[i] : rest!).Sample(r))]),
            value => value is JsonArray list && list.Count >= min && !(list.Count > max)
                && list.Select((item, i) => i < prefix.Length ? prefix[i].Fits(item) : rest is not null && rest.Fits(item)).All(fits => fits));
    }

    static RandomSchema Object(Random random, int depth)
    {
        var keys = RandomJson.Keys.Where(_ => random.Next(2) == 0).ToArray();
        var members = keys.ToDictionary(key => key, _ => Next(random, depth - 1));
        var required = keys.Where(_ => random.Next(2) == 0).ToHashSet();
        var others = random.Next(3) == 0 ? Next(random, 0) : null;
        var schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject(members.Select(member => KeyValuePair.Create<string, JsonNode?>(member.Key, member.Value.Schema))) };
        if (required.Count > 0) schema["required"] = new JsonArray([.. required.Select(key => (JsonNode)key)]);
        if (others is not null) schema["additionalProperties"] = others.Schema;
        return new(schema,
            r => new JsonObject(keys.Where(key => required.Contains(key) || r.Next(2) == 0).Select(key => KeyValuePair.Create(key, members[key].Sample(r)))
                .Concat(others is null ? [] : RandomJson.Keys.Except(keys).Where(_ => r.Next(3) == 0).Select(key => KeyValuePair.Create(key, others.Sample(r))))),
            value => value is JsonObject document
                && required.All(document.ContainsKey)
                && document.Select(member => System.Array.IndexOf(keys, member.Key) is var at && at >= 0 ? at : keys.Length).ToArray() is var order && order.SequenceEqual(order.Order())
                && document.All(member => members.TryGetValue(member.Key, out var known) ? known.Fits(member.Value) : others is not null && others.Fits(member.Value)));
    }

    static RandomSchema AnyOf(Random random, int depth)
    {
        var choices = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Next(random, depth - 1)).ToArray();
        return new(new JsonObject { ["anyOf"] = new JsonArray([.. choices.Select(choice => choice.Schema)]) },
            r => choices[r.Next(choices.Length)].Sample(r), value => System.Array.Exists(choices, choice => choice.Fits(value)));
    }

    /// <summary>The document with one place changed: a value replaced, a member or item dropped, added or moved.</summary>
    public static JsonNode? Mutate(JsonNode? document, Random random)
    {
        switch (document)
        {
            case JsonArray { Count: > 0 } list when random.Next(4) > 0:
                var items = list.Select(item => item?.DeepClone()).ToList();
                var at = random.Next(items.Count);
                if (random.Next(4) == 0) items.RemoveAt(at);
                else if (random.Next(4) == 0) items.Insert(at, RandomJson.Any(random, 1));
                else items[at] = Mutate(items[at], random);
                return new JsonArray([.. items]);
            case JsonObject { Count: > 0 } record when random.Next(4) > 0:
                var members = record.Select(member => (member.Key, Value: member.Value?.DeepClone())).ToList();
                var index = random.Next(members.Count);
                var (key, value) = members[index];
                if (random.Next(3) == 0) members.RemoveAt(index);
                else if (random.Next(3) == 0) members = [.. members.Where(member => member.Key != key), (key, value)];
                else if (random.Next(3) == 0 && RandomJson.Keys.FirstOrDefault(name => !record.ContainsKey(name)) is { } free) members.Insert(index, (free, RandomJson.Any(random, 1)));
                else members[index] = (key, Mutate(value, random));
                return new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, member.Value)));
            default:
                return RandomJson.Any(random, 2);
        }
    }
}
