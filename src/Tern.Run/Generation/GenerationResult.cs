using Tern.Run.Sampling;

namespace Tern.Run.Generation;

/// <summary>Why a text ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it.</summary>
    Eos,

    /// <summary>A stop string came.</summary>
    Stop,

    /// <summary>The wanted number of tokens is there.</summary>
    Length,

    /// <summary>The context is full, and shifting it was not allowed or not possible.</summary>
    ContextFull,

    /// <summary>The caller cancelled, or stopped reading.</summary>
    Cancelled,
}

/// <summary>One generated token.</summary>
/// <param name="Text">
/// The text that is now certain: often that of the token, but empty while a character is incomplete or a stop string may be beginning, and longer
/// when what was held back turns out to be text. All of them together are the text.
/// </param>
/// <param name="Token">Its id; -1 in a last piece that only brings text that was held back when the caller cancelled.</param>
/// <param name="LogProbs">Null unless <see cref="SamplingOptions.LogProbs"/> is set; its list is overwritten by the next token.</param>
public readonly record struct GeneratedPiece(string Text, int Token, TokenLogProbs? LogProbs);

/// <summary>What came of a generation.</summary>
public sealed record GenerationResult
{
    public required FinishReason Finish { get; init; }

    /// <summary>The stop string that ended the text, or null.</summary>
    public string? StopString { get; init; }

    public required int PromptTokens { get; init; }

    /// <summary>Tokens of the prompt whose keys and values were there already.</summary>
    public required int ReusedTokens { get; init; }

    /// <summary>Tokens drawn, a token that ends the text included.</summary>
    public required int GeneratedTokens { get; init; }

    /// <summary>Times that the context was shifted.</summary>
    public int Shifts { get; init; }

    /// <summary>From the start to the first token.</summary>
    public required double PromptSeconds { get; init; }

    /// <summary>From the first token to the last one, without the time that the caller took.</summary>
    public required double DecodeSeconds { get; init; }

    /// <summary>0 where nothing was run.</summary>
    public double PromptTokensPerSecond => PromptSeconds > 0 ? (PromptTokens - ReusedTokens) / PromptSeconds : 0;

    /// <summary>The first token comes with the prompt and does not count.</summary>
    public double DecodeTokensPerSecond => DecodeSeconds > 0 ? Math.Max(0, GeneratedTokens - 1) / DecodeSeconds : 0;
}
