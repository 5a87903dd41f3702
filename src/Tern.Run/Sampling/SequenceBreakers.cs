using System.Text;
using Tern.Models.Tokenizers;

namespace Tern.Run.Sampling;

/// <summary>
/// The token sequences at which DRY forgets what came before (a line break, a quotation mark). A breaker is text, but the
/// tokenizer may hide it inside a token or spread it over two: every token that contains the text breaks by itself, and every token
/// that ends with its beginning breaks when the tokens of the rest follow. Build once per tokenizer and share.
/// </summary>
public sealed class SequenceBreakers
{
    const int MaxBytes = 40;
    const int MaxTailTokens = 20;

    readonly Dictionary<int, List<int[]>> tailsByHead = [];

    /// <summary>No breakers.</summary>
    public static SequenceBreakers None { get; } = new([]);

    /// <param name="sequences">Token sequences; empty ones are ignored.</param>
    public SequenceBreakers(IEnumerable<int[]> sequences)
    {
        foreach (var sequence in sequences)
            if (sequence.Length > 0) Add(sequence[0], sequence[1..]);
    }

    /// <summary>Finds the token sequences of breakers in a vocabulary.</summary>
    /// <param name="tokenizer">Whose tokens are searched.</param>
    /// <param name="breakers">Texts; empty ones are ignored, and only the first 40 bytes of a text count.</param>
    public static SequenceBreakers From(Tokenizer tokenizer, IEnumerable<string> breakers)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(breakers);
        var found = new SequenceBreakers([]);
        foreach (var breaker in breakers)
        {
            var bytes = Encoding.UTF8.GetBytes(breaker);
            if (bytes.Length > MaxBytes) bytes = bytes[..CharacterStart(bytes, MaxBytes)];
            if (bytes.Length > 0) found.AddOverlaps(tokenizer, bytes);
        }
        return found;
    }

    /// <summary>Whether the token is a breaker by itself.</summary>
    internal bool IsBreaker(int token)
    {
        if (!tailsByHead.TryGetValue(token, out var tails)) return false;
        foreach (var tail in tails)
            if (tail.Length == 0) return true;
        return false;
    }

    /// <summary>
    /// The number of tokens since the end of the last breaker within the last <paramref name="window"/> tokens
    /// (<paramref name="window"/>, if there is none).
    /// </summary>
    internal int TokensSince(TokenHistory history, int window)
    {
        for (var distance = 0; distance < window && tailsByHead.Count > 0; distance++)
        {
            if (!tailsByHead.TryGetValue(history.FromEnd(distance), out var tails)) continue;
            var longest = -1;
            foreach (var tail in tails)
                if (tail.Length > longest && Follows(history, distance, tail)) longest = tail.Length;
            if (longest >= 0) return distance - longest;
        }
        return window;
    }

    static bool Follows(TokenHistory history, int distance, int[] tail)
    {
        if (tail.Length > distance) return false;
        for (var i = 0; i < tail.Length; i++)
            if (history.FromEnd(distance - 1 - i) != tail[i]) return false;
        return true;
    }

    void AddOverlaps(Tokenizer tokenizer, byte[] breaker)
    {
        for (var token = 0; token < tokenizer.VocabSize; token++)
        {
            var bytes = tokenizer.BytesOf(token).Span;
            if (bytes.IndexOf(breaker) >= 0)
            {
                Add(token, []);
                continue;
            }
            for (var overlap = Math.Min(bytes.Length, breaker.Length - 1); overlap > 0; overlap--)
            {
                if (overlap != CharacterStart(breaker, overlap)) continue;     // half a character has no text to encode
                if (!bytes[^overlap..].SequenceEqual(breaker.AsSpan(0, overlap))) continue;
                var rest = Encoding.UTF8.GetString(breaker, overlap, breaker.Length - overlap);
                var tail = tokenizer.Encode(rest, addSpecial: false);
                Add(token, tail.Length > MaxTailTokens ? tail[..MaxTailTokens] : tail);
            }
        }
    }

    /// <summary>The start of the UTF-8 character that holds the byte at <paramref name="index"/>.</summary>
    static int CharacterStart(byte[] utf8, int index)
    {
        while (index > 0 && (utf8[index] & 0xC0) == 0x80) index--;
        return index;
    }

    void Add(int head, int[] tail)
    {
        if (!tailsByHead.TryGetValue(head, out var tails)) tailsByHead[head] = tails = [];
        if (!tails.Exists(known => known.AsSpan().SequenceEqual(tail))) tails.Add(tail);
    }
}
