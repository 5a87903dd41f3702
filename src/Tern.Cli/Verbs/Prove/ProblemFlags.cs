using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Geometry.Language;

namespace Tern.Cli.Verbs.Prove;

/// <summary>Which problems: a file of them, one of it, or a statement on the command line.</summary>
sealed class ProblemFlags
{
    readonly Argument<string?> _file = new("file") { Description = "Problems: a line with a name, a line with a statement, and so on; - for stdin", Arity = ArgumentArity.ZeroOrOne };
    readonly Flag<string?> _statement = new("--statement", ["-s"], "A problem in place of a file: \"a b c = triangle a b c; m = midpoint b c ? cong m b m c\"", null, "text", fromEnvironment: false);
    readonly Flag<string?> _problem = new("--problem", ["-p"], "The one of this name, or whose name ends so (default: all, in order)", null, "name", fromEnvironment: false);
    readonly Flag<string?> _definitions = new("--definitions", [], "Constructions in place of those of Tern, in the format of AlphaGeometry's defs.txt", null, "defs.txt", fromEnvironment: false);
    readonly Option<bool> _noRemarks = new("--no-remarks") { Description = "Do not take for given what definitions list as consequences, such as the third altitude of an orthocentre" };

    readonly Option<bool> _noAuxiliary = new("--no-auxiliary") { Description = "Leave out the auxiliary clauses that problems bring (those behind | or of tern prove generate)" };

    public void AddTo(Command command)
    {
        command.Add(_file);
        foreach (var option in (Option[])[_statement, _problem, _definitions, _noRemarks, _noAuxiliary]) command.Add(option);
    }

    /// <exception cref="WrongUseException">No problem is named, or two are.</exception>
    /// <exception cref="GeometryException">A mistake in the text, with its place; no problem has the name.</exception>
    public IReadOnlyList<Problem> Read(ParseResult result, CancellationToken cancellation)
    {
        var problems = ReadAll(result, cancellation);
        return result.GetValue(_noAuxiliary) ? [.. problems.Select(problem => problem.WithoutAuxiliary())] : problems;
    }

    IReadOnlyList<Problem> ReadAll(ParseResult result, CancellationToken cancellation)
    {
        var (file, statement, name) = (result.GetValue(_file), result.GetValue(_statement), result.GetValue(_problem));
        if (file is not null && statement is not null) throw new WrongUseException("the problem comes from a file or from --statement, not from both");
        if (file is null && statement is null) throw new WrongUseException("name a file of problems, or give one with --statement");
        if (statement is not null && name is not null) throw new WrongUseException("--problem chooses from a file; --statement is a problem already");
        var (definitions, remarks) = (Definitions(result, cancellation), !result.GetValue(_noRemarks));
        if (statement is not null) return [Problem.Parse(statement, "statement", definitions, remarks)];
        var source = file == "-" ? "stdin" : file!;
        var problems = ProblemFile.Parse(InputText.ReadFile(file!, cancellation), source, definitions, remarks);
        if (problems.Count == 0) throw new GeometryException($"{source}: there are no problems in it: a problem is a line with its name and a line with its statement.");
        return name is null ? problems : [ProblemFile.Find(problems, name, source)];
    }

    /// <summary>What to call the problems: the file's name.</summary>
    public string Source(ParseResult result) => result.GetValue(_file) is { } file ? file == "-" ? "stdin" : Path.GetFileName(file) : "statement";

    Definitions? Definitions(ParseResult result, CancellationToken cancellation) =>
        result.GetValue(_definitions) is { } path ? Geometry.Language.Definitions.Parse(InputText.ReadFile(path, cancellation), path) : null;
}
