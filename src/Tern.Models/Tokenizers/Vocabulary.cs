using System.Globalization;

namespace Tern.Models.Tokenizers;

/// <summary>What an entry of a vocabulary is for; the numbers are those of SentencePiece and of GGUF's token_type.</summary>
public enum TokenKind
{
    Undefined = 0,
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>The entries of a tokenizer, by id: spelling, kind and, where the format has them, scores.</summary>
public sealed class Vocabulary
{
    /// <summary>More entries than any vocabulary has (the largest known ones have about 260,000).</summary>
    public const int MaxSize = 1 << 22;

    readonly string[] pieces;
    readonly TokenKind[] kinds;
    readonly Dictionary<string, int> ids;

    /// <param name="pieces">The spelling of each id; null for an id that no entry has.</param>
    /// <param name="kinds">As many as pieces, or null where all are normal.</param>
    /// <param name="scores">As many as pieces, or null.</param>
    /// <exception cref="TernException">The lengths differ, or there are too many entries.</exception>
    public Vocabulary(IReadOnlyList<string?> pieces, IReadOnlyList<TokenKind>? kinds = null, IReadOnlyList<float>? scores = null)
    {
        var size = pieces.Count;
        if (size is 0 or > MaxSize) throw new TernException($"tokenizer: a vocabulary of {size} entries; expected 1 to {MaxSize}");
        if (kinds is not null && kinds.Count != size) throw new TernException($"tokenizer: {kinds.Count} token types for {size} tokens");
        if (scores is not null && scores.Count != size) throw new TernException($"tokenizer: {scores.Count} scores for {size} tokens");

        this.pieces = new string[size];
        this.kinds = new TokenKind[size];
        ids = new Dictionary<string, int>(size, StringComparer.Ordinal);
        for (var id = 0; id < size; id++)
        {
            this.pieces[id] = pieces[id] ?? "";
            this.kinds[id] = pieces[id] is null ? TokenKind.Unused : kinds?[id] ?? TokenKind.Normal;
            if (pieces[id] is { } piece) ids[piece] = id;
        }
        Scores = scores is null ? null : [.. scores];
    }

    public int Size => pieces.Length;

    /// <summary>Log probabilities or merge priorities, or null.</summary>
    public float[]? Scores { get; }

    public string this[int id] => pieces[id];

    public TokenKind KindOf(int id) => kinds[id];

    public int? IdOf(string piece) => ids.TryGetValue(piece, out var id) ? id : null;

    internal bool TryGetId(ReadOnlySpan<char> piece, out int id) =>
        ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(piece, out id);

    /// <summary>The entries that text may be made of: normal and user-defined ones (unused ones stay merge steps).</summary>
    internal IEnumerable<KeyValuePair<string, int>> TextEntries()
    {
        foreach (var entry in ids)
            if (kinds[entry.Value] is TokenKind.Normal or TokenKind.UserDefined or TokenKind.Unused && entry.Key.Length > 0)
                yield return entry;
    }

    /// <summary>The ids of the 256 bytes spelled "&lt;0x00&gt;" to "&lt;0xFF&gt;"; null where one is missing.</summary>
    internal int[]? ByteIds()
    {
        var bytes = new int[256];
        for (var value = 0; value < 256; value++)
        {
            if (!ids.TryGetValue($"<0x{value:X2}>", out bytes[value])) return null;
        }
        return bytes;
    }

    /// <summary>Reads "&lt;0x41&gt;" as 0x41.</summary>
    internal static bool TryParseByte(ReadOnlySpan<char> piece, out byte value)
    {
        value = 0;
        return piece.Length == 6 && piece.StartsWith("<0x") && piece[5] == '>'
            && byte.TryParse(piece[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The same entries with some kinds changed (tokens that a second file declares special).</summary>
    internal Vocabulary WithKinds(IReadOnlyList<TokenKind> changed) => new(pieces, changed, Scores);
}
