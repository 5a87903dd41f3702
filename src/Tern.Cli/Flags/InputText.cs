using System.CommandLine;
using System.Text;
using Tern.Models;

namespace Tern.Cli.Flags;

/// <summary>A text from -p, from a file (-f; "-" is stdin), or from nowhere.</summary>
sealed class InputText
{
    public Flag<string?> Prompt { get; } = new("--prompt", ["-p"], "The text", null, "text", fromEnvironment: false);

    public Flag<string?> File { get; } = new("--file", ["-f"], "File with the text; - for stdin", null, "path", fromEnvironment: false);

    public void AddTo(Command command)
    {
        command.Add(Prompt);
        command.Add(File);
    }

    /// <summary>Null where neither flag is given.</summary>
    /// <exception cref="TernException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Ctrl+C.</exception>
    public string? Read(ParseResult result, CancellationToken cancellation)
    {
        var (prompt, file) = (result.GetValue(Prompt), result.GetValue(File));
        if (prompt is not null && file is not null) throw new WrongUseException("the text comes from -p or from -f, not from both");
        return file is null ? prompt : ReadFile(file, cancellation);
    }

    public static string ReadStandardInput(CancellationToken cancellation) => Wait(() =>
    {
        using var input = Console.OpenStandardInput();
        using var reader = new StreamReader(input, new UTF8Encoding(false));
        return reader.ReadToEnd();
    }, cancellation);

    /// <summary>The text of a file or pipe; a byte-order mark is left out.</summary>
    public static string ReadFile(string path, CancellationToken cancellation)
    {
        if (path == "-") return ReadStandardInput(cancellation);
        if (Directory.Exists(path)) throw new TernException($"{path}: is a folder, expected a text file.");
        if (!System.IO.File.Exists(path)) throw new TernException($"{path}: there is no such file{Nearest(path)}");
        return Wait(() => System.IO.File.ReadAllText(path), cancellation);
    }

    /// <summary>Reading a pipe waits for its writer, and even opening one does; no call of the system can be taken back, but its thread can be left to itself.</summary>
    static string Wait(Func<string> read, CancellationToken cancellation) => Task.Run(read, cancellation).WaitAsync(cancellation).GetAwaiter().GetResult();

    static string Nearest(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder)) return ".";
        var near = EditDistance.Nearest(Path.GetFileName(path), Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)!).Take(10_000));
        return near is null ? "." : $"; did you mean {Path.Combine(Path.GetDirectoryName(path) ?? "", near)}?";
    }
}
