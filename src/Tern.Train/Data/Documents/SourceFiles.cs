using System.IO.Enumeration;
using Tern.Models;
using Tern.Models.Files;
using Tern.Train.Recipes;

namespace Tern.Train.Data.Documents;

/// <summary>The files that a source names, and what kind they are of.</summary>
static class SourceFiles
{
    /// <summary>
    /// The files in ordinal order of their paths. In the name of the file <c>*</c> stands for any characters and <c>?</c> for one;
    /// <c>**</c> in place of a folder means all folders below.
    /// </summary>
    /// <exception cref="TernException">Nothing fits, or what fits is a folder, a pipe or a device.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new TernException("data.sources: a path is empty; name a file, or a pattern such as books/*.txt.");
        if (Directory.Exists(path)) throw new TernException($"{path}: is a folder; name the files in it, such as {Path.Combine(path, "*.txt")}.");
        if (!IsPattern(path))
        {
            if (!File.Exists(path)) throw new TernException($"{path}: there is no such file.");
            DiskFile.Require(path);
            return [path];
        }
        var files = Matches(path);
        if (files.Count == 0) throw new TernException($"{path}: no file fits this pattern.");
        return files;
    }

    /// <summary>"text", "jsonl" or "parquet".</summary>
    /// <exception cref="TernException">The format is unknown, or the ending of the file leaves it open.</exception>
    public static string FormatOf(DataSource source, string file) => source.Format switch
    {
        "text" or "jsonl" or "parquet" => source.Format,
        { } other => throw new TernException($"{source.Path}: the format '{other}' is unknown; expected text, jsonl or parquet."),
        null => Path.GetExtension(file).ToLowerInvariant() switch
        {
            ".jsonl" or ".ndjson" => "jsonl",
            ".parquet" => "parquet",
            ".json" => throw new TernException($"{file}: JSON is read line by line; set format: jsonl if every line is an object, or text to train on the file as it stands."),
            _ => "text",
        },
    };

    static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    static List<string> Matches(string pattern)
    {
        var folder = Path.GetDirectoryName(pattern) ?? "";
        var recursive = Path.GetFileName(folder) == "**";
        if (recursive) folder = Path.GetDirectoryName(folder) ?? "";
        if (IsPattern(folder)) throw new TernException($"{pattern}: folders may not have wildcards, except ** right before the name of the file.");
        if (folder.Length == 0) folder = ".";
        if (!Directory.Exists(folder)) throw new TernException($"{pattern}: there is no folder {folder}.");
        var name = Path.GetFileName(pattern);
        var options = new EnumerationOptions { RecurseSubdirectories = recursive, IgnoreInaccessible = false };
        try
        {
            var files = Directory.EnumerateFiles(folder, "*", options)
                .Where(file => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(file), ignoreCase: false))
                .Order(StringComparer.Ordinal).ToList();
            files.ForEach(DiskFile.Require);
            return files;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TernException($"{pattern}: the folder cannot be read: {problem.Message}", problem);
        }
    }
}
