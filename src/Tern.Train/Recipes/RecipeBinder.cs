using System.Reflection;
using System.Runtime.CompilerServices;
using Tern.Models;
using Tern.Models.Adapters;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tern.Train.Recipes;

/// <summary>Makes records of YAML: keys are properties in snake_case, parts of several kinds say theirs with <c>name</c>, and nothing is ignored.</summary>
sealed class RecipeBinder(RecipeDocument document)
{
    const string KindKey = "name";

    public Recipe Bind() => (Recipe)Record(document.Root, typeof(Recipe), "");

    /// <param name="node">What was written.</param>
    /// <param name="type">What it becomes.</param>
    /// <param name="path">"model.heads"; for messages.</param>
    object Value(YamlNode node, Type type, string path)
    {
        var part = Nullable.GetUnderlyingType(type) ?? type;
        if (part == typeof(string)) return Scalar(node, path, "a text").Value ?? "";
        if (part == typeof(bool)) return RecipeScalars.Truth(Plain(node, path, "true or false")) ?? throw Wrong(node, path, "true or false");
        if (part == typeof(double)) return RecipeScalars.Real(Plain(node, path, "a number")) ?? throw Wrong(node, path, "a number");
        if (part == typeof(long)) return Whole(node, path);
        if (part == typeof(int)) return Whole(node, path) is >= int.MinValue and <= int.MaxValue and var whole ? (int)whole : throw Wrong(node, path, "a whole number below 2^31");
        if (part == typeof(TargetModules)) return Targets(node, path);
        if (part.IsEnum) return Choice(node, part, path);
        if (part.IsAssignableTo(typeof(ITuple))) return Tuple(node, part, path);
        if (part.IsGenericType && part.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) return List(node, part.GetGenericArguments()[0], path);
        return part.IsAbstract ? Kind(node, part, path) : Record(Mapping(node, path), part, path);
    }

    /// <summary>One of a fixed set of words.</summary>
    object Choice(YamlNode node, Type part, string path)
    {
        var name = Scalar(node, path, "a word").Value ?? "";
        var known = Enum.GetValues(part).Cast<Enum>().ToList();
        return known.Find(value => RecipeScalars.WordOf(value) == name) ?? throw At(node, $"{path}: there is no '{name}'; {Nearest(name, [.. known.Select(RecipeScalars.WordOf)])}");
    }

    /// <summary>A list of names, or one text.</summary>
    TargetModules Targets(YamlNode node, string path)
    {
        if (node is YamlSequenceNode) return new TargetModules((string[])List(node, typeof(string), path));
        try
        {
            return new TargetModules(Scalar(node, path, $"a list of names, {TargetModules.AllLinear}, or a regular expression").Value ?? "");
        }
        catch (TernException problem)
        {
            throw At(node, $"{path}: {problem.Message}");
        }
    }

    object Kind(YamlNode node, Type part, string path)
    {
        var kinds = RecipeKinds.Of(part);
        if (node is YamlScalarNode) return Record(new YamlMappingNode(), KindOf(node, kinds, path).Type, path, node);
        var mapping = Mapping(node, path);
        if (!mapping.Children.TryGetValue(new YamlScalarNode(KindKey), out var name))
            throw At(node, $"{path} needs the key '{KindKey}': {Alternatives(kinds.Select(kind => kind.Name))}.");
        return Record(mapping, KindOf(name, kinds, $"{path}.{KindKey}").Type, path);
    }

    RecipeKind KindOf(YamlNode node, IReadOnlyList<RecipeKind> kinds, string path)
    {
        var name = Scalar(node, path, "the name of a kind").Value ?? "";
        return kinds.FirstOrDefault(kind => kind.Name == name)
            ?? throw At(node, $"{path}: there is no '{name}'; {Nearest(name, [.. kinds.Select(kind => kind.Name)])}");
    }

    object Record(YamlMappingNode mapping, Type type, string path, YamlNode? written = null)
    {
        var keys = RecipeKeys.Of(type);
        var record = Activator.CreateInstance(type)!;
        foreach (var (keyNode, value) in mapping.Children)
        {
            var name = Scalar(keyNode, path, "the name of a key").Value ?? "";
            if (name == KindKey && RecipeKinds.All.Any(kind => kind.Type == type)) continue;
            var key = keys.FirstOrDefault(key => key.Name == name) ?? throw Unknown(keyNode, name, keys, path);
            Assign(record, key, value, Join(path, key.Name));
        }
        var missing = keys.FirstOrDefault(key => key.IsRequired && !mapping.Children.ContainsKey(new YamlScalarNode(key.Name)));
        return missing is null ? record : throw At(written ?? mapping, $"{(path.Length == 0 ? "the recipe" : path)} needs the key '{missing.Name}'.");
    }

    void Assign(object record, RecipeKey key, YamlNode node, string path)
    {
        var isNull = node is YamlScalarNode { Style: ScalarStyle.Plain } scalar && RecipeScalars.IsNull(scalar.Value ?? "");
        if (isNull && !key.MayBeNull) throw At(node, $"{path} needs a value; leave the key out for the default.");
        key.Property.SetValue(record, isNull ? null : Value(node, key.Property.PropertyType, path), BindingFlags.DoNotWrapExceptions, null, null, null);
    }

    Array List(YamlNode node, Type item, string path)
    {
        if (node is not YamlSequenceNode list) throw Wrong(node, path, "a list: [first, second]");
        var items = Array.CreateInstance(item, list.Children.Count);
        for (var i = 0; i < items.Length; i++) items.SetValue(Value(list.Children[i], item, $"{path}.{i}"), i);
        return items;
    }

    object Tuple(YamlNode node, Type type, string path)
    {
        var items = type.GetGenericArguments();
        if (node is not YamlSequenceNode list || list.Children.Count != items.Length) throw Wrong(node, path, $"a list of {items.Length} values");
        return Activator.CreateInstance(type, [.. items.Select((item, i) => Value(list.Children[i], item, $"{path}.{i}"))])!;
    }

    long Whole(YamlNode node, string path) => RecipeScalars.Whole(Plain(node, path, "a whole number")) ?? throw Wrong(node, path, "a whole number");

    YamlMappingNode Mapping(YamlNode node, string path) => node as YamlMappingNode ?? throw Wrong(node, path, "a mapping of keys to values");

    YamlScalarNode Scalar(YamlNode node, string path, string wanted) => node as YamlScalarNode ?? throw Wrong(node, path, wanted);

    /// <summary>A value without quotes: '3' in quotes is a text.</summary>
    string Plain(YamlNode node, string path, string wanted) =>
        Scalar(node, path, wanted) is { Style: ScalarStyle.Plain, Value: { } value } ? value : throw Wrong(node, path, $"{wanted}, without quotes");

    TernException Unknown(YamlNode node, string name, IReadOnlyList<RecipeKey> keys, string path) =>
        At(node, $"{(path.Length == 0 ? "the recipe" : path)} has no key '{name}'; {Nearest(name, [.. keys.Select(key => key.Name)])}");

    TernException Wrong(YamlNode node, string path, string wanted) => At(node, $"{path} must be {wanted}, not {Described(node)}.");

    TernException At(YamlNode node, string problem) => new($"{document.Where(node)}: {problem}");

    /// <summary>What was probably meant, or all there is.</summary>
    static string Nearest(string name, IReadOnlyList<string> known)
    {
        if (known.Count == 0) return "there are none to choose from.";
        return EditDistance.Nearest(name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"known are {string.Join(", ", known)}.";
    }

    static string Alternatives(IEnumerable<string> names) => string.Join(" or ", names);

    static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    static string Described(YamlNode node) => node switch
    {
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => $"'{scalar.Value}'",
        YamlScalarNode scalar => $"the text \"{scalar.Value}\"",
        YamlSequenceNode list => $"a list of {list.Children.Count}",
        _ => "a mapping",
    };
}
