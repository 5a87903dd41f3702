using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Pictures;
using Tern.Models;

namespace Tern.Cli.Verbs.Prove;

/// <summary>A picture of a problem.</summary>
sealed class ProveDrawVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly ProblemFlags _problems = new();
    readonly Flag<string?> _out = new("--out", ["-o"], "The picture: .svg or .png", null, "figure.svg", fromEnvironment: false);
    readonly Flag<long?> _seed = new("--seed", [], "Of the diagram (default: the clearest of 25)", null, "n");

    public ProveDrawVerb(CancellationToken cancellation) : base("draw", "Draws a problem: given lines black, what is to be proved blue, what is added for a proof orange.")
    {
        _cancellation = cancellation;
        _problems.AddTo(this);
        foreach (var option in (Option[])[_out, _seed]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples => ["tern prove draw imo_ag_30.txt --problem imo_2004_p5 --out figure.png --seed 3"];

    int Run(ParseResult result)
    {
        var path = result.GetValue(_out) ?? throw new WrongUseException("name the picture with --out: figure.svg or figure.png");
        if (Path.GetExtension(path).ToUpperInvariant() is not (".SVG" or ".PNG")) throw new WrongUseException($"--out: '{path}' is neither .svg nor .png");
        var problems = _problems.Read(result, _cancellation);
        if (problems is not [var problem]) throw new TernException($"there are {problems.Count} problems, and a picture shows one; choose it with --problem.");
        if (result.GetValue(_seed) is < 0 and var negative) throw new WrongUseException($"--seed: {negative} is too small; it must be 0 or more");
        ProblemFigure.Of(problem, result.GetValue(_seed) is { } seed ? Diagram.Build(problem, (ulong)seed) : ClearDiagram.Of(problem)).Write(path);
        Console.Error.WriteLine($"written to {path}");
        return 0;
    }
}
