namespace Tern.Models.Tokenizers;

/// <summary>Text to token ids and back. Instances are immutable and safe to share between threads.</summary>
public abstract class Tokenizer
{
    public abstract int VocabSize { get; }

    public virtual int? BosTokenId => null;

    public virtual int? EosTokenId => null;

    public virtual int? UnknownTokenId => null;

    /// <summary>Whether <see cref="Encode"/> with addSpecial puts BOS first.</summary>
    public virtual bool AddsBos => false;

    /// <summary>Whether <see cref="Encode"/> with addSpecial puts EOS last.</summary>
    public virtual bool AddsEos => false;

    /// <summary>Whether the first token of a text loses its leading blank (the dummy prefix of SentencePiece).</summary>
    public virtual bool DropsLeadingBlank => false;

    /// <summary>Encodes text.</summary>
    /// <param name="text">Any text, including the empty one.</param>
    /// <param name="addSpecial">Add what the model expects around a text (BOS, [CLS] ... [SEP]).</param>
    /// <param name="parseSpecial">Read the text of special tokens such as "&lt;|im_start|&gt;" as those tokens; otherwise as plain text.</param>
    public abstract int[] Encode(string text, bool addSpecial = true, bool parseSpecial = false);

    /// <summary>
    /// The UTF-8 bytes that a token stands for when it follows other tokens (a leading blank is kept).
    /// Control tokens give their text, such as "&lt;s&gt;"; callers that do not want them skip <see cref="IsSpecial"/> ids.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public abstract ReadOnlyMemory<byte> BytesOf(int id);

    /// <summary>The entry as the vocabulary spells it, e.g. "▁the" or "Ġthe".</summary>
    public abstract string PieceOf(int id);

    /// <summary>The id of a vocabulary entry, or null.</summary>
    public abstract int? IdOf(string piece);

    /// <summary>A control token (BOS, EOS, chat markers): never part of the text.</summary>
    public abstract bool IsSpecial(int id);

    /// <summary>Decodes whole sequences; invalid UTF-8 becomes U+FFFD. The dummy prefix blank of SentencePiece is dropped.</summary>
    public abstract string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true);
}
