using System.Collections.Frozen;
using Tern.Models;

namespace Tern.Geometry.Language;

/// <summary>The constructions a problem may use, by name.</summary>
public sealed class Definitions
{
    static readonly Lazy<Definitions> LazyBuiltIn = new(() =>
    {
        using var stream = typeof(Definitions).Assembly.GetManifestResourceStream("Tern.Geometry.Language.constructions.txt")!;
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), "constructions.txt");
    });

    readonly FrozenDictionary<string, Definition> _byName;

    Definitions(IEnumerable<Definition> definitions)
    {
        All = [.. definitions];
        _byName = All.ToFrozenDictionary(definition => definition.Name);
    }

    /// <summary>Those of Tern: all of AlphaGeometry's, and those that later collections of problems use.</summary>
    public static Definitions BuiltIn => LazyBuiltIn.Value;

    public IReadOnlyList<Definition> All { get; }

    public bool Contains(string name) => _byName.ContainsKey(name);

    public bool TryGet(string name, out Definition? definition) => _byName.TryGetValue(name, out definition);

    /// <exception cref="GeometryException">There is none of this name.</exception>
    public Definition this[string name] => _byName.TryGetValue(name, out var definition) ? definition : throw new GeometryException(Unknown(name));

    /// <summary>Reads a file in the format of <see cref="Definition"/>.</summary>
    public static Definitions Read(string path) => Parse(TextFile.Read(path), path);

    /// <param name="source">What messages call the text.</param>
    public static Definitions Parse(string text, string source = "definitions")
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        var definitions = new Dictionary<string, Definition>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (Token.Split(lines[i])[0].IsEnd) continue;
            var first = i;
            if (first + 5 > lines.Length) throw new TokenReader(source, first + 1, lines[first]).Error("the file ends within this definition, which has five lines.");
            var definition = Definition.Parse([.. Enumerable.Range(first, 5).Select(line => new TokenReader(source, line + 1, lines[line]))]);
            if (!definitions.TryAdd(definition.Name, definition)) throw new TokenReader(source, first + 1, lines[first]).Error($"'{definition.Name}' is already defined.");
            i += 4;
        }
        return new Definitions(definitions.Values);
    }

    internal string Unknown(string name)
    {
        var near = EditDistance.Nearest(name, All.Select(definition => definition.Name));
        return $"there is no construction '{name}'{(near is null ? "" : $"; did you mean '{near}'?")}";
    }
}

static class TextFile
{
    /// <exception cref="GeometryException">The file cannot be read.</exception>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GeometryException($"{path}: cannot be read: {exception.Message}");
        }
    }
}
