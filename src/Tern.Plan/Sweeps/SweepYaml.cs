using System.Globalization;
using Tern.Models;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Sweeps;

/// <summary>Trees of YAML, as recipes are made of them: copied, put together, written.</summary>
static class SweepYaml
{
    /// <summary>Chooses between kinds of a part of a recipe.</summary>
    const string KindKey = "name";

    /// <exception cref="TernException">Not YAML, or not one mapping.</exception>
    public static YamlMappingNode Parse(string text, string name)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents is [{ RootNode: YamlMappingNode root }] ? root : throw new TernException($"{name}: a sweep is one mapping with the keys base, sizes and parts.");
        }
        catch (YamlException problem)
        {
            throw new TernException($"{name}:{problem.Start.Line}:{problem.Start.Column}: this is not YAML: {problem.Message}", problem);
        }
    }

    public static string Write(YamlMappingNode root)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        new YamlStream(new YamlDocument(root)).Save(text, assignAnchors: false);
        return text.ToString().Replace("\n...\n", "\n", StringComparison.Ordinal);      // the mark of an end that every file has
    }

    /// <summary>A tree of its own.</summary>
    public static YamlNode Copy(YamlNode node) => node switch
    {
        YamlMappingNode mapping => Copy(mapping),
        YamlSequenceNode list => new YamlSequenceNode(list.Children.Select(Copy)) { Style = list.Style },
        YamlScalarNode scalar => new YamlScalarNode(scalar.Value) { Style = scalar.Style },
        _ => throw new TernException($"line {node.Start.Line}: a sweep has no anchors that refer to themselves."),
    };

    public static YamlMappingNode Copy(YamlMappingNode mapping) =>
        new(mapping.Children.Select(entry => KeyValuePair.Create(Copy(entry.Key), Copy(entry.Value)))) { Style = mapping.Style };

    /// <summary>Puts the values of <paramref name="over"/> into <paramref name="target"/>, key by key. A part of another kind (the key name) takes the place of the whole part.</summary>
    public static void Merge(YamlMappingNode target, YamlMappingNode over)
    {
        foreach (var (key, value) in over.Children)
        {
            if (value is YamlMappingNode part && target.Children.TryGetValue(key, out var there) && there is YamlMappingNode old && SameKind(old, part)) Merge(old, part);
            else target.Children[Copy(key)] = Copy(value);
        }
    }

    /// <summary>Sets "optimizer.learning_rate", with the mappings on the way to it.</summary>
    public static void Set(YamlMappingNode root, string path, YamlNode value)
    {
        var keys = path.Split('.');
        foreach (var key in keys[..^1])
        {
            if (!root.Children.TryGetValue(key, out var child) || child is not YamlMappingNode) root.Children[key] = child = new YamlMappingNode();
            root = (YamlMappingNode)child;
        }
        root.Children[keys[^1]] = value;
    }

    public static void Set(YamlMappingNode root, string path, long value) => Set(root, path, Plain(value.ToString(CultureInfo.InvariantCulture)));

    public static void Set(YamlMappingNode root, string path, double value) => Set(root, path, Plain(value.ToString("R", CultureInfo.InvariantCulture)));

    public static void Set(YamlMappingNode root, string path, string value) => Set(root, path, new YamlScalarNode(value) { Style = ScalarStyle.DoubleQuoted });

    public static YamlScalarNode Plain(string text) => new(text) { Style = ScalarStyle.Plain };

    /// <summary>The node at "data.sequence_length"; null where there is none.</summary>
    public static YamlNode? Find(YamlMappingNode root, string path)
    {
        YamlNode? node = root;
        foreach (var key in path.Split('.')) node = node is YamlMappingNode mapping && mapping.Children.TryGetValue(key, out var child) ? child : null;
        return node;
    }

    static bool SameKind(YamlMappingNode old, YamlMappingNode part) =>
        !part.Children.TryGetValue(KindKey, out var kind) || !old.Children.TryGetValue(KindKey, out var before) || kind.Equals(before);
}
