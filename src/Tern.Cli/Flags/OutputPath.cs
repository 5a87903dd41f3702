using Tern.Models;

namespace Tern.Cli.Flags;

/// <summary>Where results go.</summary>
static class OutputPath
{
    /// <exception cref="TernException">The output would replace the input, which is mapped into memory while it is read.</exception>
    public static void MustDifferFrom(string target, string source)
    {
        if (string.Equals(Resolved(target), Resolved(source), StringComparison.Ordinal))
            throw new TernException($"{target}: is the model itself; choose another name for the output.");
    }

    static string Resolved(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
    }
}
