using System.Buffers;
using System.Text;

namespace Tern.Models.Tokenizers;

/// <summary>
/// Text from token ids as they come. A UTF-8 character that is not complete yet is held back, so that the chunks put together
/// are exactly <see cref="Tokenizer.Decode"/> of all ids. One instance follows one text; not safe to share.
/// </summary>
/// <param name="tokenizer">Whose ids these are.</param>
/// <param name="skipSpecial">Leave control tokens out.</param>
/// <param name="atStart">The text begins here, so that the dummy prefix blank is dropped; false behind a prompt.</param>
public sealed class StreamingDecoder(Tokenizer tokenizer, bool skipSpecial = true, bool atStart = true)
{
    readonly byte[] held = new byte[4];
    int heldCount;
    bool dropsBlank = atStart && tokenizer.DropsLeadingBlank;

    /// <summary>The text that this id completes; empty where it only begins a character.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Add(int id)
    {
        if (tokenizer.IsSpecial(id) && skipSpecial) return "";
        var bytes = tokenizer.BytesOf(id).Span;
        if (dropsBlank && bytes.Length > 0)
        {
            if (bytes[0] == (byte)' ') bytes = bytes[1..];
            dropsBlank = false;
        }
        if (bytes.IsEmpty) return "";
        if (heldCount == 0) return Complete(bytes);

        var rented = ArrayPool<byte>.Shared.Rent(heldCount + bytes.Length);
        held.AsSpan(0, heldCount).CopyTo(rented);
        bytes.CopyTo(rented.AsSpan(heldCount));
        var text = Complete(rented.AsSpan(0, heldCount + bytes.Length));
        ArrayPool<byte>.Shared.Return(rented);
        return text;
    }

    /// <summary>What is held back, as U+FFFD; the text is over.</summary>
    public string Flush()
    {
        var text = Encoding.UTF8.GetString(held.AsSpan(0, heldCount));
        heldCount = 0;
        return text;
    }

    // Holds back the last one to three bytes where they begin a character that more bytes could complete.
    string Complete(ReadOnlySpan<byte> bytes)
    {
        heldCount = IncompleteTail(bytes);
        bytes[^heldCount..].CopyTo(held);
        return Encoding.UTF8.GetString(bytes[..^heldCount]);
    }

    static int IncompleteTail(ReadOnlySpan<byte> bytes)
    {
        for (var tail = 1; tail <= Math.Min(3, bytes.Length); tail++)
        {
            if ((bytes[^tail] & 0xC0) == 0x80) continue;
            return Rune.DecodeFromUtf8(bytes[^tail..], out _, out _) == OperationStatus.NeedMoreData ? tail : 0;
        }
        return 0;
    }
}
