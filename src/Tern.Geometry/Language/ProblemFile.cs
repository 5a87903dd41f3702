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

    /// <summary>The problems as such a file.</summary>
    public static string ToText(IEnumerable<Problem> problems) => string.Concat(problems.Select(problem => $"{problem.Name}\n{problem.ToText()}\n"));
}
