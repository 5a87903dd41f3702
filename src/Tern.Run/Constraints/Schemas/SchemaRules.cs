using System.Text;
using System.Text.Json;
using Tern.Models;

namespace Tern.Run.Constraints.Schemas;

/// <summary>
/// The rules of a schema's grammar. A rule stands for a goal: a set of schemas that a value must fit all at once (one schema, or several
/// that allOf brought together). Rules are shared by goal, so recursive schemas give recursive rules.
/// </summary>
sealed partial class SchemaRules
{
    const int MaxRules = 100_000;

    readonly SchemaAlternatives alternatives;
    readonly List<(string Name, string Body)> rules = [];
    readonly Dictionary<string, string> ruleOfGoal = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> pathOfRule = new(StringComparer.Ordinal);
    readonly Queue<(string Name, Schema[] Goal)> pending = [];
    readonly HashSet<string> names = new(StringComparer.Ordinal);

    SchemaRules(JsonElement document) => alternatives = new SchemaAlternatives(document);

    public static SchemaRules Of(JsonElement document)
    {
        var rules = new SchemaRules(document);
        if (rules.RuleOf([new Schema(document, "#")], "root") is not "root" and var only) rules.AddRule("root", only, "#");
        while (rules.pending.TryDequeue(out var next))
        {
            var body = rules.Body(next.Goal, next.Name) ?? throw new TernException($"JSON schema, {PathOf(next.Goal)}: no value fits what it asks for");
            rules.rules.Add((next.Name, body));
        }
        return rules;
    }

    public string ToGbnf()
    {
        var gbnf = new StringBuilder();
        foreach (var (name, body) in rules) gbnf.Append(name).Append(" ::= ").Append(body).Append('\n');
        foreach (var name in JsonGrammar.WithWhatTheyNeed(shared)) gbnf.Append(name).Append(" ::= ").Append(JsonGrammar.Rules[name]).Append('\n');
        return gbnf.ToString();
    }

    /// <summary>Refuses schemas whose documents would have to hold themselves without end.</summary>
    public void CheckThatDocumentsEnd()
    {
        var endless = GrammarCompiler.EndlessRules(GbnfParser.Parse(ToGbnf()));
        if (endless.Count > 0 && (endless.FirstOrDefault(pathOfRule.ContainsKey) ?? "root") is var rule)
            throw new TernException($"JSON schema, {pathOfRule[rule]}: every value would have to contain another one of its kind, without end; let something be optional or null");
    }

    /// <summary>The rule that reads a value that fits all of these schemas.</summary>
    string RuleOf(Schema[] goal, string nameHint)
    {
        goal = System.Array.FindAll(goal, schema => !SaysNothing(schema.Element));
        if (goal.Length == 0) return Shared("value");
        var key = string.Join('\n', goal.Select(schema => schema.Path).Order(StringComparer.Ordinal));
        if (ruleOfGoal.TryGetValue(key, out var known)) return known;
        if (ruleOfGoal.Count >= MaxRules) throw goal[0].Problem($"it and the schemas before make more than {MaxRules} rules");
        var name = NewName(nameHint);
        ruleOfGoal.Add(key, name);
        pathOfRule.Add(name, PathOf(goal));
        pending.Enqueue((name, goal));
        return name;
    }

    static bool SaysNothing(JsonElement schema) => schema.ValueKind == JsonValueKind.True || (schema.ValueKind == JsonValueKind.Object && !schema.EnumerateObject().Any());

    string AddRule(string nameHint, string body, string path)
    {
        var name = NewName(nameHint);
        rules.Add((name, body));
        pathOfRule.Add(name, path);
        return name;
    }

    string NewName(string hint)
    {
        const int MaxLength = 60;
        var letters = string.Concat(hint.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-'));
        if (letters.Length > MaxLength) letters = letters[..MaxLength];
        var name = letters;
        for (var i = 2; JsonGrammar.Rules.ContainsKey(name) || !names.Add(name); i++) name = $"{letters}-{i}";
        return name;
    }

    readonly HashSet<string> shared = new(StringComparer.Ordinal);

    string Shared(string rule)
    {
        shared.Add(rule);
        return rule;
    }

    static string PathOf(Schema[] goal) => goal.Length == 0 ? "#" : string.Join(" and ", goal.Select(schema => schema.Path));

    /// <summary>Null if no value fits.</summary>
    string? Body(Schema[] goal, string name)
    {
        var choices = alternatives.Of(goal).SelectMany(all => Choices(all, name)).Distinct().ToArray();
        return choices.Length == 0 ? null : string.Join(" | ", choices);
    }

    /// <summary>Only as far as the schemas say themselves, without a look at what they contain.</summary>
    bool IsImpossible(Schema[] goal) =>
        alternatives.Of(goal) is var all && all.TrueForAll(schemas => schemas.Length > 0 && TypesOf(schemas) == JsonTypes.None);

    static JsonTypes TypesOf(Schema[] schemas)
    {
        var typed = schemas.Where(schema => schema.Has("type")).ToArray();
        if (typed.Length > 0) return typed.Aggregate(JsonTypes.All, (types, schema) => types & SchemaKeywords.TypesNamedBy(schema));
        if (schemas.Any(schema => schema.Has("enum") || schema.Has("const"))) return JsonTypes.All;
        var spokenOf = schemas.Aggregate(JsonTypes.None, (types, schema) => types | SchemaKeywords.TypesOf(schema));
        return spokenOf == JsonTypes.None ? JsonTypes.All : spokenOf;
    }

    IEnumerable<string> Choices(Schema[] schemas, string name)
    {
        if (schemas.Length == 0) return [Shared("value")];
        var types = TypesOf(schemas);
        if (schemas.Any(schema => schema.Has("enum") || schema.Has("const"))) return Values(schemas, types);
        return types == JsonTypes.All && schemas.All(schema => SchemaKeywords.TypesOf(schema) == JsonTypes.None)
            ? [Shared("value")]
            : new[]
            {
                types.HasFlag(JsonTypes.Object) ? Object(schemas, name) : null,
                types.HasFlag(JsonTypes.Array) ? Array(schemas, name) : null,
                types.HasFlag(JsonTypes.String) ? String(schemas) : null,
                (types & JsonTypes.Number) != 0 ? Number(schemas, isInteger: !types.HasFlag(JsonTypes.Fraction)) : null,
                types.HasFlag(JsonTypes.Boolean) ? Shared("boolean") : null,
                types.HasFlag(JsonTypes.Null) ? Shared("null") : null,
            }.OfType<string>();
    }

    /// <summary>enum and const: the values that all lists have and that are of the right type.</summary>
    static IEnumerable<string> Values(Schema[] schemas, JsonTypes types)
    {
        List<JsonElement>? values = null;
        foreach (var schema in schemas)
        {
            if (schema.Element.TryGetProperty("enum", out var list))
            {
                if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0) throw schema.Problem("enum must be a list of values, not empty");
                Keep([.. list.EnumerateArray()]);
            }
            if (schema.Element.TryGetProperty("const", out var only)) Keep([only]);
        }
        values!.RemoveAll(value => (SchemaKeywords.TypeOf(value) & types) == 0);
        foreach (var schema in schemas)
            foreach (var value in values)
                if (SchemaKeywords.AssertionOn(SchemaKeywords.TypeOf(value), schema) is { } keyword)
                    throw schema.Problem($"the keyword '{keyword}' is not supported beside enum or const; leave out the values that it forbids");
        return values.Select(value => JsonText.Literal(JsonText.Compact(value))).Distinct();

        void Keep(List<JsonElement> allowed) =>
            values = values is null ? allowed : values.FindAll(value => allowed.Exists(other => JsonElement.DeepEquals(value, other)));
    }

    string? Number(Schema[] schemas, bool isInteger)
    {
        Bound? low = null;
        Bound? high = null;
        foreach (var schema in schemas)
            foreach (var (keyword, isLow, inclusive) in ((string, bool, bool)[])
                [("minimum", true, true), ("exclusiveMinimum", true, false), ("maximum", false, true), ("exclusiveMaximum", false, false)])
                if (BoundOf(schema, keyword, isLow, inclusive) is { } bound)
                {
                    if (isLow) low = low is { } l && IsTighter(l, bound, 1) ? l : bound;
                    else high = high is { } h && IsTighter(h, bound, -1) ? h : bound;
                }
        return low is null && high is null ? Shared(isInteger ? "integer" : "number") : NumberRange.ToGbnf(low, high, isInteger);

        static bool IsTighter(Bound x, Bound y, int sign) =>
            x.Value.CompareTo(y.Value) * sign is var order && (order > 0 || (order == 0 && !x.Inclusive));
    }

    /// <summary>Bounds that no number without exponent reaches do not bind; null then, as if there were none.</summary>
    static Bound? BoundOf(Schema schema, string keyword, bool isLow, bool inclusive)
    {
        const int MaxDigits = 24;
        if (!schema.Element.TryGetProperty(keyword, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Number || ExactDecimal.Parse(value.GetRawText()) is not { } bound) throw schema.Problem($"{keyword} must be a number of usual size, not {value.GetRawText()}");
        var (whole, fraction) = (bound.Sign < 0 ? bound.Negated : bound).Digits();
        if (whole.Length > MaxDigits && bound.Sign < 0 == isLow) return null;
        return whole.Length > MaxDigits || fraction.Length > MaxDigits
            ? throw schema.Problem($"{keyword} has more than {MaxDigits} digits: {value.GetRawText()}")
            : new Bound(bound, inclusive);
    }

    string? String(Schema[] schemas)
    {
        var (min, max) = Limits(schemas, "minLength", "maxLength");
        if (max < min) return null;
        var patterns = Texts(schemas, "pattern");
        var formats = Texts(schemas, "format").Where(format => JsonGrammar.Formats.Contains(format.Text)).ToArray();
        var quote = "\"\\\"\"";
        if (patterns.Length + formats.Length > 1) throw schemas[0].Problem("one text cannot be held to several patterns and formats");
        if (formats is [var known])
            return min > 0 || max is not null
                ? throw known.Schema.Problem($"the keywords 'minLength' and 'maxLength' are not supported beside the format '{known.Text}'")
                : $"{quote} {Shared(known.Text)} {quote}";
        if (patterns is [var pattern])
            return $"{quote} {PatternGrammar.ToGbnf(pattern.Text, min, max, Shared("unescaped"), pattern.Schema.Problem)} {quote}";
        return min == 0 && max is null ? Shared("string") : $"{quote} {Repeated(Shared("character"), min, max)} {quote}";
    }

    static (Schema Schema, string Text)[] Texts(Schema[] schemas, string keyword) =>
    [
        .. schemas.Where(schema => schema.Has(keyword)).Select(schema => (schema, schema.Element.GetProperty(keyword) is { ValueKind: JsonValueKind.String } text
            ? text.GetString()!
            : throw schema.Problem($"{keyword} must be a text"))).DistinctBy(text => text.Item2),
    ];

    /// <summary>The larger minimum and the smaller maximum; a maximum that no generation reaches counts as none.</summary>
    static (int Min, int? Max) Limits(Schema[] schemas, string minKeyword, string maxKeyword)
    {
        const int MaxCount = 100_000;
        var min = 0;
        int? max = null;
        foreach (var schema in schemas)
        {
            if (Count(schema, minKeyword) is { } least)
                min = Math.Max(min, least <= MaxCount ? (int)least : throw schema.Problem($"{minKeyword} is {least}: at most {MaxCount} are supported"));
            if (Count(schema, maxKeyword) is { } most && most <= MaxCount) max = Math.Min(max ?? MaxCount, (int)most);
        }
        return (min, max);

        static long? Count(Schema schema, string keyword)
        {
            if (!schema.Element.TryGetProperty(keyword, out var value)) return null;
            return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var count) && count >= 0 && count == Math.Floor(count)
                ? (long)Math.Min(count, long.MaxValue / 2)
                : throw schema.Problem($"{keyword} must be a whole number that is not negative, not {value.GetRawText()}");
        }
    }

    static string Repeated(string item, int min, int? max) => (min, max) switch
    {
        (0, 0) => "\"\"",
        (1, 1) => item,
        (0, 1) => $"{item}?",
        (0, null) => $"{item}*",
        (1, null) => $"{item}+",
        _ when min == max => $"{item}{{{min}}}",
        _ => $"{item}{{{min},{max}}}",
    };
}
