namespace Tern.Train.Data;

/// <summary>The tokens of a source in windows of one more than the sequence length L: input and target of every position of a sequence.</summary>
abstract class TokenWindows
{
    public abstract long Tokens { get; }

    /// <summary>Windows to train on.</summary>
    public abstract long FullWindows { get; }

    /// <summary>Windows with at least one target.</summary>
    public abstract long Windows { get; }

    /// <summary>Reads a window.</summary>
    /// <param name="window">Below <see cref="Windows"/>.</param>
    /// <param name="tokens">[sequence length + 1]; what lies behind the end is left alone.</param>
    /// <param name="documents">[sequence length + 1]: the document of each token, from 0 within the window.</param>
    /// <param name="learned">[sequence length + 1]: whether the token is a target.</param>
    /// <returns>Tokens that were read; sequence length + 1 where the window is full.</returns>
    public abstract int Read(long window, Span<int> tokens, Span<int> documents, Span<bool> learned);

    /// <summary>The part of a shard to train on, and the part that is held out. Where not every token is learned, documents are not cut.</summary>
    public static (TokenWindows Training, TokenWindows HeldOut) Split(TokenShard shard, double heldOut, int sequenceLength, int vocabSize) => shard.HasMask
        ? WholeDocuments.SplitDocuments(shard, heldOut, sequenceLength, vocabSize)
        : PackedTokens.SplitText(shard, heldOut, sequenceLength, vocabSize);
}
