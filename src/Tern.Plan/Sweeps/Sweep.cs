using Tern.Models;
using Tern.Models.Files;
using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Sweeps;

/// <summary>Which parameters tokens per parameter and budgets count.</summary>
public enum CountedParameters
{
    /// <summary>All of them.</summary>
    Total,

    /// <summary>All but embedding and head.</summary>
    NonEmbedding,
}

/// <summary>Many small training runs, from one file: a recipe that they share, sizes of models, and grids (parts) of what differs.</summary>
public sealed record Sweep
{
    internal Sweep(string output, YamlMappingNode recipe, IReadOnlyList<SweepSize> sizes, IReadOnlyList<SweepPart> parts) => (Output, Base, Sizes, Parts) = (output, recipe, sizes, parts);

    /// <summary>The folder of runs and table.</summary>
    public string Output { get; }

    /// <summary>Which parameters are counted.</summary>
    public CountedParameters Counted { get; internal init; }

    /// <summary>Finished runs keep their exported models.</summary>
    public bool KeepModels { get; internal init; }

    /// <summary>Names of the grids.</summary>
    public IReadOnlyList<string> PartNames => [.. Parts.Select(part => part.Name)];

    /// <summary>Where the text lies, in place of the path of the recipe's one source; null: where the recipe says. Runs are known by the path in the file: whoever moves the text answers for its being the same.</summary>
    public string? Text { get; init; }

    /// <summary>Only the runs of these grids; null: of all.</summary>
    public IReadOnlyList<string>? Chosen { get; init; }

    internal YamlMappingNode Base { get; }

    internal IReadOnlyList<SweepSize> Sizes { get; }

    internal IReadOnlyList<SweepPart> Parts { get; }

    /// <summary>Reads a sweep file.</summary>
    /// <param name="path">YAML.</param>
    /// <param name="output">The folder, in place of that in the file.</param>
    /// <exception cref="TernException">The file cannot be read or is wrong; the message has the line.</exception>
    public static Sweep Read(string path, string? output = null)
    {
        if (!File.Exists(path)) throw new TernException($"{path}: there is no such file; name a sweep's .yaml file.");
        return Parse(DiskFile.ReadAllText(path), path, output);
    }

    /// <summary>As <see cref="Read"/>, from text.</summary>
    public static Sweep Parse(string text, string name, string? output = null) => SweepFile.Bind(new SweepSection(SweepYaml.Parse(text, name), name, ""), output);

    /// <summary>Writes <see cref="Text"/> into a recipe that is about to be run.</summary>
    internal void PlaceText(YamlMappingNode recipe)
    {
        if (Text is null) return;
        if (SweepYaml.Find(recipe, "data.sources") is not YamlSequenceNode { Children: [YamlMappingNode source] }) throw new TernException("base.data.sources: a text can be put in the place of one source only; the sweep has several, or none.");
        SweepYaml.Set(source, "path", Text);
    }
}
