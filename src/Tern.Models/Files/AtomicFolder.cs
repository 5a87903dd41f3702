namespace Tern.Models.Files;

/// <summary>
/// Writes a folder of files so that it is either complete or not there: everything goes into a temporary folder beside it,
/// which takes the final name at the end.
/// </summary>
public static class AtomicFolder
{
    /// <summary>
    /// Calls <paramref name="write"/> with the path of an empty temporary folder, then renames that to <paramref name="path"/>.
    /// Missing parent folders are created. On failure or cancellation the temporary folder is deleted.
    /// </summary>
    /// <exception cref="TernException"><paramref name="path"/> exists and is not an empty folder; or the disk refuses.</exception>
    public static void Write(string path, Action<string> write, CancellationToken cancellationToken = default)
    {
        RequireFree(path);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var temporary = AtomicFile.TemporaryNameFor(full);
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            cancellationToken.ThrowIfCancellationRequested();
            if (Directory.Exists(full)) Directory.Delete(full); // empty, as checked; fails if somebody filled it meanwhile
            Directory.Move(temporary, full);
        }
        catch (Exception problem)
        {
            Discard(temporary);
            // A file in it that could not be written has told so under a name that nobody knows.
            var cause = problem is TernException { InnerException: { } inner } && problem.Message.StartsWith(temporary, StringComparison.Ordinal) ? inner : problem;
            if (AtomicFile.Explain(cause, path) is { } explained) throw explained;
            throw;
        }
    }

    /// <summary>Checks before long work that <see cref="Write"/> may create the folder.</summary>
    /// <exception cref="TernException"><paramref name="path"/> is a file or a folder that holds something.</exception>
    public static void RequireFree(string path)
    {
        AtomicFile.RequireName(path);
        if (File.Exists(path)) throw new TernException($"{path}: is a file; name a folder that does not exist yet.");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new TernException($"{path}: the folder is not empty; choose another name or remove it first.");
    }

    static void Discard(string temporary)
    {
        try
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report.
        }
    }
}
