using System.Globalization;
using Tern.Models;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Tern.Train.Recipes;

/// <summary>The YAML of a recipe with its overrides, and where each part of it was written.</summary>
sealed class RecipeDocument
{
    /// <summary>A recipe nests six deep; the parser's recursion must end somewhere.</summary>
    const int MaxDepth = 32;

    readonly string _name;

    /// <summary>What was set on the command line, by reference: equal nodes of the file stay apart.</summary>
    readonly Dictionary<YamlNode, string> _overrides = new(ReferenceEqualityComparer.Instance);

    RecipeDocument(string name, YamlMappingNode root)
    {
        _name = name;
        Root = root;
    }

    public YamlMappingNode Root { get; }

    /// <param name="text">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="overrides">Each <c>key.key=value</c>; items of a list by their number from 0; values are YAML.</param>
    /// <exception cref="TernException">Not YAML, not one mapping, or an override that fits nowhere.</exception>
    public static RecipeDocument Parse(string text, string name, IEnumerable<string> overrides)
    {
        var root = Load(text, name);
        if (root is not YamlMappingNode mapping)
            throw new TernException(root is null
                ? $"{name}: the recipe is empty; it needs at least {string.Join(", ", RecipeKeys.Of(typeof(Recipe)).Where(key => key.IsRequired).Select(key => key.Name))}."
                : $"{name}:{root.Start.Line}: a recipe is a mapping of keys to values, such as 'output: runs/first'.");
        var document = new RecipeDocument(name, mapping);
        foreach (var setting in overrides) document.Set(setting);
        return document;
    }

    /// <summary>"recipe.yaml:12:3", or the override that wrote this.</summary>
    public string Where(YamlNode node) =>
        _overrides.TryGetValue(node, out var setting) ? $"--set {setting}" : string.Create(CultureInfo.InvariantCulture, $"{_name}:{node.Start.Line}:{node.Start.Column}");

    /// <summary>Where the value of "model.heads" was written: of the innermost part of the path that was written at all.</summary>
    public string Where(string path)
    {
        YamlNode node = Root;
        foreach (var key in path.Split('.'))
        {
            if (Child(node, key) is not { } child) break;
            node = child;
        }
        return ReferenceEquals(node, Root) ? _name : Where(node);
    }

    void Set(string setting)
    {
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw new TernException($"--set {setting}: write key=value, such as optimizer.learning_rate=1e-3.");
        var keys = setting[..equals].Trim().Split('.');
        if (keys.Any(string.IsNullOrWhiteSpace)) throw new TernException($"--set {setting}: a part of the key is empty.");
        var value = Load(setting[(equals + 1)..], $"--set {setting}") ?? new YamlScalarNode("");
        Note(value, setting);

        YamlNode parent = Root;
        foreach (var key in keys[..^1]) parent = Child(parent, key) is { } child && !IsNull(child) ? child : Put(parent, key, new YamlMappingNode(), setting);
        Put(parent, keys[^1], value, setting);
    }

    YamlNode Put(YamlNode parent, string key, YamlNode value, string setting)
    {
        var name = new YamlScalarNode(key);
        _overrides[name] = _overrides[value] = setting;
        if (parent is YamlMappingNode mapping)
        {
            mapping.Children.Remove(name);
            mapping.Children.Add(name, value);
        }
        else if (parent is YamlSequenceNode list && Index(list, key) is { } index) list.Children[index] = value;
        else if (parent is YamlSequenceNode items) throw new TernException($"--set {setting}: '{key}' is not an item of a list of {items.Children.Count}; they are numbered from 0.");
        else throw new TernException($"--set {setting}: {Where(parent)} has a single value, which has no key '{key}'.");
        return value;
    }

    void Note(YamlNode node, string setting)
    {
        if (!_overrides.TryAdd(node, setting)) return;
        if (node is YamlSequenceNode list) foreach (var item in list.Children) Note(item, setting);
        if (node is not YamlMappingNode mapping) return;
        foreach (var (key, value) in mapping.Children)
        {
            Note(key, setting);
            Note(value, setting);
        }
    }

    static YamlNode? Child(YamlNode node, string key) => node switch
    {
        YamlMappingNode mapping when mapping.Children.TryGetValue(new YamlScalarNode(key), out var child) => child,
        YamlSequenceNode list when Index(list, key) is { } index => list.Children[index],
        _ => null,
    };

    static int? Index(YamlSequenceNode list, string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Children.Count ? index : null;

    static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain } scalar && RecipeScalars.IsNull(scalar.Value ?? "");

    /// <summary>The only document of the text; null where there is none.</summary>
    static YamlNode? Load(string text, string name)
    {
        try
        {
            CheckDepth(text, name);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count > 1) throw new TernException($"{name}:{stream.Documents[1].RootNode.Start.Line}: a second document begins; a recipe is one.");
            return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
        }
        catch (YamlException problem)
        {
            throw new TernException($"{name}:{problem.Start.Line}:{problem.Start.Column}: this is not YAML: {problem.Message}", problem);
        }
    }

    static void CheckDepth(string text, string name)
    {
        var depth = 0;
        for (var parser = new Parser(new StringReader(text)); parser.MoveNext();)
        {
            depth += parser.Current is MappingStart or SequenceStart ? 1 : parser.Current is MappingEnd or SequenceEnd ? -1 : 0;
            if (depth > MaxDepth) throw new TernException($"{name}:{parser.Current!.Start.Line}: nested deeper than {MaxDepth}; no recipe is.");
        }
    }
}
