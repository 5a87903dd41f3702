namespace Tern.Models.Files;

/// <summary>
/// Writes files so that nobody ever sees half of one: into a temporary name in the same folder, flushed to the disk, then renamed.
/// When the writer throws or is cancelled, the temporary file is deleted and a file that was there before stays as it was.
/// </summary>
public static class AtomicFile
{
    const int BufferSize = 1 << 20;

    /// <summary>Creates or replaces <paramref name="path"/> with what <paramref name="write"/> puts into the stream. The stream can seek.</summary>
    /// <exception cref="TernException">The folder is missing, may not be written to, or the disk is full; or a pipe or device has this name.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the file was complete.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellationToken = default)
    {
        var temporary = TemporaryNameFor(path);
        try
        {
            using (var stream = Create(temporary, FileOptions.None))
            {
                write(stream);
                cancellationToken.ThrowIfCancellationRequested();
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception problem)
        {
            Discard(temporary);
            if (Explain(problem, path) is { } explained) throw explained;
            throw;
        }
    }

    /// <inheritdoc cref="Write"/>
    public static async Task WriteAsync(string path, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default)
    {
        var temporary = TemporaryNameFor(path);
        try
        {
            var stream = Create(temporary, FileOptions.Asynchronous);
            await using (stream.ConfigureAwait(false))
            {
                await write(stream, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception problem)
        {
            Discard(temporary);
            if (Explain(problem, path) is { } explained) throw explained;
            throw;
        }
    }

    /// <summary>Creates or replaces a UTF-8 text file (no byte-order mark).</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteText(string path, string text, CancellationToken cancellationToken = default) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)), cancellationToken);

    /// <summary>A hidden name beside <paramref name="path"/>, so that the final rename stays within one file system.</summary>
    internal static string TemporaryNameFor(string path)
    {
        RequireName(path);
        DiskFile.Require(path);                                              // a rename would replace /dev/null
        var full = Path.GetFullPath(path);
        return Path.Combine(Path.GetDirectoryName(full) ?? ".", $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.tmp");
    }

    /// <exception cref="TernException">The name is empty.</exception>
    internal static void RequireName(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new TernException("The name of the file or folder to write is empty.");
    }

    /// <summary>The same failure as a message for the user, or null where the failure is not one of the disk.</summary>
    public static TernException? Explain(Exception problem, string path) => problem switch
    {
        IOException when IsDiskFull(problem) =>
            new TernException($"{path}: the disk is full; what was there before is intact. Free some space or choose another folder.", problem),
        DirectoryNotFoundException => new TernException($"{path}: the folder to write into does not exist; create it first.", problem),
        FileNotFoundException => new TernException($"{path}: this file system does not let files be created here.", problem),
        UnauthorizedAccessException => new TernException($"{path}: may not be written: {problem.Message}", problem),
        IOException => new TernException($"{path}: cannot be written: {problem.Message}", problem),
        _ => null,
    };

    static bool IsDiskFull(Exception problem) => problem.HResult
        is 28 or 122                                                         // Linux ENOSPC, EDQUOT
        or unchecked((int)0x80070070) or unchecked((int)0x80070027);         // Windows ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL

    static FileStream Create(string temporary, FileOptions options) =>
        new(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferSize, options);

    static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report; a hidden temporary file may stay behind.
        }
    }
}
