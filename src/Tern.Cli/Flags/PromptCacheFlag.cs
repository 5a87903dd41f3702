using System.CommandLine;
using Tern.Run;
using Tern.Run.Generation;

namespace Tern.Cli.Flags;

/// <summary>--prompt-cache: the sequence is restored from a file before the work and saved into it afterwards.</summary>
sealed class PromptCacheFlag
{
    readonly Flag<string?> _path = new("--prompt-cache", [], "File that keeps the computed prompt from run to run", null, "path");

    public void AddTo(Command command) => command.Add(_path);

    public void Load(ParseResult result, Sequence sequence)
    {
        if (result.GetValue(_path) is { } path && PromptCache.Load(sequence, path) is { } problem) Console.Error.WriteLine($"the prompt cache is not used: {problem}");
    }

    public void Save(ParseResult result, Sequence sequence)
    {
        if (result.GetValue(_path) is { } path) sequence.Save(path);
    }
}
