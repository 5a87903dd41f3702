using System.Globalization;
using System.Text.RegularExpressions;
using Tern.Models;
using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Sweeps;

/// <summary>A mapping of the sweep file, read key by key; what is wrong is told with file, line and key.</summary>
/// <param name="node">The mapping.</param>
/// <param name="file">What messages call the file.</param>
/// <param name="path">Of the mapping: "parts.isoflop"; empty for the whole file.</param>
/// <param name="whole">What the whole file is.</param>
sealed partial class SweepSection(YamlMappingNode node, string file, string path, string whole = "the sweep")
{
    public YamlMappingNode Node => node;

    public IEnumerable<string> Keys => node.Children.Keys.Select(key => (key as YamlScalarNode)?.Value ?? throw Wrong(key, "has a key that is no word"));

    public bool Has(string key) => node.Children.ContainsKey(key);

    /// <exception cref="TernException">There is a key that is not one of these.</exception>
    public void RequireOnly(params string[] known)
    {
        foreach (var key in Keys.Except(known))
            throw Wrong(node.Children.Keys.First(child => (child as YamlScalarNode)?.Value == key), $"has no key '{key}'{(EditDistance.Nearest(key, known) is { } near ? $"; did you mean '{near}'?" : $"; there are {string.Join(", ", known)}.")}");
    }

    public SweepSection Section(string key) => SectionOrNull(key) ?? throw Wrong(node, $"lacks the key '{key}'.");

    public SweepSection? SectionOrNull(string key) => Child(key) switch
    {
        null => null,
        YamlMappingNode mapping => new SweepSection(mapping, file, path.Length == 0 ? key : $"{path}.{key}", whole),
        var other => throw Wrong(other, $"{key} must be a mapping of keys to values."),
    };

    public string? Text(string key) => Child(key) switch
    {
        null => null,
        YamlScalarNode { Value: { Length: > 0 } text } => text,
        var other => throw Wrong(other, $"{key} must be a text."),
    };

    public bool Truth(string key) => Text(key) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw Wrong(Child(key)!, $"{key} must be true or false."),
    };

    public double? Number(string key) => Child(key) is { } child ? NumberOf(child, key) : null;

    public int? Whole(string key) => Child(key) is { } child ? WholeOf(child, key) : null;

    /// <summary>A list of positive numbers, or a single one; null where the key is missing.</summary>
    public IReadOnlyList<double>? Numbers(string key) => Items(key)?.Select(item => NumberOf(item, key)).ToList();

    public IReadOnlyList<int>? Wholes(string key) => Items(key)?.Select(item => WholeOf(item, key)).ToList();

    public IReadOnlyList<string>? Words(string key) => Items(key)?.Select(item => (item as YamlScalarNode)?.Value ?? throw Wrong(item, $"{key} must be a list of words.")).ToList();

    public IReadOnlyList<SweepSection>? Sections(string key) => Items(key)?.Select((item, i) => item is YamlMappingNode mapping
        ? new SweepSection(mapping, file, string.Create(CultureInfo.InvariantCulture, $"{(path.Length == 0 ? key : $"{path}.{key}")}.{i}"), whole)
        : throw Wrong(item, $"{key} must be a list of mappings.")).ToList();

    /// <summary>The line of a key's value; that of the mapping where the key is missing.</summary>
    public long LineOf(string key) => (Child(key) ?? node).Start.Line;

    public TernException Wrong(string problem) => Wrong(node, problem);

    TernException Wrong(YamlNode at, string problem) => new(string.Create(CultureInfo.InvariantCulture, $"{file}:{at.Start.Line}:{at.Start.Column}: {(path.Length == 0 ? whole : path)}: {problem}"));

    YamlNode? Child(string key) => node.Children.TryGetValue(key, out var child) ? child : null;

    IReadOnlyList<YamlNode>? Items(string key) => Child(key) switch
    {
        null => null,
        YamlSequenceNode { Children: [_, ..] items } => [.. items],
        YamlSequenceNode empty => throw Wrong(empty, $"{key} is empty."),
        var single => [single],
    };

    double NumberOf(YamlNode item, string key) =>
        item is YamlScalarNode { Value: { } text } && Spelling().IsMatch(text) && double.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw Wrong(item, $"{key} must be a number.");

    int WholeOf(YamlNode item, string key) => NumberOf(item, key) is >= int.MinValue and <= int.MaxValue and var number && double.IsInteger(number) ? (int)number : throw Wrong(item, $"{key} must be a whole number.");

    /// <summary>As of recipes: underscores stand only between digits.</summary>
    [GeneratedRegex(@"^[-+]?(\d+(_\d+)*(\.\d*)?|\.\d+)([eE][-+]?\d+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Spelling();
}
