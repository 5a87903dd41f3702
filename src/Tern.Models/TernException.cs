namespace Tern.Models;

/// <summary>
/// A mistake that the user can mend: a bad file, a wrong argument, a model and a tokenizer that do not fit together.
/// The message says what is wrong, where, and what to do; programs print it without a stack trace.
/// </summary>
public class TernException : Exception
{
    public TernException(string message) : base(message) { }

    public TernException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A model file that cannot be read: truncated, corrupted, or of an unknown kind.</summary>
public sealed class ModelFormatException : TernException
{
    public ModelFormatException(string path, string problem) : base($"{path}: {problem}") => Path = path;

    public ModelFormatException(string path, string problem, Exception inner) : base($"{path}: {problem}", inner) => Path = path;

    public string Path { get; }
}
