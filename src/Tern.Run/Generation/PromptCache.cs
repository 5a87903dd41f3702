using Tern.Models;

namespace Tern.Run.Generation;

/// <summary>A sequence that outlives the program, so that a long prompt is computed once.</summary>
public static class PromptCache
{
    /// <summary>Fills the sequence from a file, if there is one that fits.</summary>
    /// <returns>Null, or why the file could not be used (of another model, too long for the context, damaged); the sequence is empty then.</returns>
    /// <exception cref="TernException">The file is something else: it must not be replaced.</exception>
    public static string? Load(Sequence sequence, string path)
    {
        if (!File.Exists(path)) return null;
        if (!Sequence.IsSaved(path)) throw new TernException($"{path}: is not a prompt cache; name another file, or one that does not exist yet.");
        try
        {
            sequence.Restore(path);
            return null;
        }
        catch (ModelFormatException problem)
        {
            return problem.Message;
        }
    }
}
