using Tern.Models;

namespace Tern.Geometry.Language;

/// <summary>A text file of problems: a line with the name, a line with the statement, and so on. Empty lines and lines that begin with # are passed over.</summary>
public static class ProblemFile
{
    /// <exception cref="GeometryException">The file cannot be read, or a mistake in it, with its place.</exception>
    public static IReadOnlyList<Problem> Read(string path, Definitions? definitions = null, bool assertsRemarks = true) => Parse(TextFile.Read(path), path, definitions, assertsRemarks);

    /// <param name="source">What messages call the text.</param>
    public static IReadOnlyList<Problem> Parse(string text, string source = "problems", Definitions? definitions = null, bool assertsRemarks = true)
    {
        var problems = new List<Problem>();
        string? name = null;
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (string.IsNullOrWhiteSpace(line) || line.TrimStart().StartsWith('#')) continue;
            // A statement without name is counted.
            if (name is null && !line.Contains('?'))
            {
                name = line.Trim();
                continue;
            }
            var reader = new ProblemReader(new TokenReader(source, i + 1, line), definitions ?? Definitions.BuiltIn);
            problems.Add(reader.Read(name ?? $"problem {problems.Count + 1}", assertsRemarks, needsGoal: true));
            name = null;
        }
        if (name is not null) throw new GeometryException($"{source}: the last line is the name '{name}' without a statement.");
        return problems;
    }

    /// <summary>The problem of a name, or the only one whose name ends with it after a '_': imo_2004_p5 is translated_imo_2004_p5.</summary>
    /// <param name="source">What messages call the file.</param>
    /// <exception cref="GeometryException">There is none, or several end so.</exception>
    public static Problem Find(IReadOnlyList<Problem> problems, string name, string source)
    {
        if (problems.FirstOrDefault(problem => problem.Name == name) is { } found) return found;
        var ending = problems.Where(problem => problem.Name.EndsWith("_" + name, StringComparison.Ordinal)).ToList();
        if (ending.Count == 1) return ending[0];
        if (ending.Count > 1) throw new GeometryException($"{source}: several problems have names that end with '{name}': {Listed(ending)}.");
        // People leave out the beginning of a name, which all names of a file share.
        var endings = problems.SelectMany(problem => Endings(problem.Name).Select(end => (End: end, problem.Name))).ToList();
        var near = EditDistance.Nearest(name, endings.Select(ending => ending.End)) is { } end ? endings.First(ending => ending.End == end).Name : null;
        throw new GeometryException($"{source}: there is no problem '{name}'{(near is null ? $". Its problems are {Listed(problems)}." : $"; did you mean '{near}'?")}");
    }

    /// <summary>The name itself, and what follows each '_'.</summary>
    static IEnumerable<string> Endings(string name) => Enumerable.Range(0, name.Length).Where(i => i == 0 || name[i - 1] == '_').Select(i => name[i..]);

    static string Listed(IReadOnlyList<Problem> problems)
    {
        const int most = 12;
        return string.Join(", ", problems.Take(most).Select(problem => problem.Name)) + (problems.Count > most ? $" and {problems.Count - most} more" : "");
    }

    /// <summary>The problems as such a file.</summary>
    public static string ToText(IEnumerable<Problem> problems) => string.Concat(problems.Select(problem => $"{problem.Name}\n{problem.ToText()}\n"));
}
