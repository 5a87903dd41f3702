using Tern.Models;
using Tern.Run.Constraints;
using Tern.Run.Sampling;

namespace Tern.Run.Generation;

/// <summary>What to do when the context is full.</summary>
public enum FullContext
{
    /// <summary>End the text there.</summary>
    Stop,

    /// <summary>Forget the older half behind the first <see cref="GenerationOptions.Keep"/> tokens (<see cref="Sequence.Shift"/>) and go on.</summary>
    Shift,
}

/// <summary>How a text is continued, and when it ends.</summary>
public sealed record GenerationOptions
{
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Most tokens to generate; -1: until the model ends the text or the context is full, without a shift.</summary>
    public int MaxTokens { get; init; } = -1;

    /// <summary>Texts that end the generation; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Never let the model end the text: its stop tokens are banned.</summary>
    public bool IgnoreEos { get; init; }

    public FullContext FullContext { get; init; } = FullContext.Shift;

    /// <summary>Tokens of the prompt that a shift never forgets; -1 for the whole prompt. A BOS token is always kept.</summary>
    public int Keep { get; init; }

    /// <summary>The text must belong to this language; null for any text.</summary>
    public Grammar? Grammar { get; init; }

    /// <summary>Give control tokens as text (such as "&lt;|im_end|&gt;") instead of leaving them out.</summary>
    public bool ShowSpecial { get; init; }

    /// <summary>Leave out the white space at the beginning (stop strings are looked for behind it).</summary>
    public bool TrimStart { get; init; }

    /// <summary>Checks what does not depend on the model; <see cref="SamplingOptions.Validate"/> checks the rest.</summary>
    /// <exception cref="TernException">An option is out of its range; the message names it.</exception>
    public void Validate()
    {
        if (MaxTokens < -1) throw new TernException($"Generation option MaxTokens is {MaxTokens}; it must be -1 (until the context is full) or a number of tokens.");
        if (Keep < -1) throw new TernException($"Generation option Keep is {Keep}; it must be -1 (the whole prompt) or a number of tokens.");
        if (IgnoreEos && Grammar is not null)
            throw new TernException("IgnoreEos and a grammar exclude each other: where the grammar ends, only an end token can follow.");
    }
}
