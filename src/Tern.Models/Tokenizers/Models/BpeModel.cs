using System.Collections.Concurrent;
using System.Text;

namespace Tern.Models.Tokenizers.Models;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909): start from characters, join the adjacent pair of lowest rank
/// (leftmost on ties) until none is left. One engine for both kinds of vocabulary: lists of merges (Hugging Face, GPT-2)
/// and scores (SentencePiece, llama2.c, GGUF "llama"), whose merges are all the ways to cut a piece in two, ranked by the
/// piece's score. O(n log n) in the length of the word.
/// </summary>
public sealed class BpeModel : TokenModel
{
    const int CacheableLength = 40;      // chars; longer words seldom come back
    const int CacheCapacity = 1 << 16;   // words

    readonly PairTable merges;           // (left, right) -> (rank, merged)
    readonly int[] idOfChar = new int[0x10000];
    readonly Dictionary<int, int> idOfRune = [];     // beyond the BMP
    readonly ConcurrentDictionary<string, int[]> cache = new(StringComparer.Ordinal);
    int cached;
    bool splitsBeforeBlank;              // no piece has a blank behind a letter: no merge crosses it, and the text may be cut there

    /// <param name="vocabulary">The entries.</param>
    /// <param name="merges">Pairs in the order in which they were learnt.</param>
    /// <param name="continuingSubwordPrefix">What a piece inside a word starts with ("##"), or empty.</param>
    /// <exception cref="TernException">A merge names a piece that the vocabulary lacks.</exception>
    public BpeModel(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges, string continuingSubwordPrefix = "") : base(vocabulary)
    {
        ContinuingSubwordPrefix = continuingSubwordPrefix;
        this.merges = new PairTable(merges.Count);
        splitsBeforeBlank = true;
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            if (vocabulary.IdOf(left) is not { } l || vocabulary.IdOf(right) is not { } r)
                throw new TernException($"tokenizer: merge {rank} ('{left}' '{right}') uses a piece that is not in the vocabulary; the files do not belong together");
            var tail = continuingSubwordPrefix.Length > 0 && right.StartsWith(continuingSubwordPrefix, StringComparison.Ordinal)
                ? right[continuingSubwordPrefix.Length..] : right;
            if (vocabulary.IdOf(left + tail) is not { } merged)
                throw new TernException($"tokenizer: merge {rank} gives '{left + tail}', which is not in the vocabulary; the files do not belong together");
            if (!this.merges.TryGet(l, r, out _, out _)) this.merges.Set(l, r, rank, merged);
            splitsBeforeBlank &= !HasInnerBlank(vocabulary[merged]);
        }
        Array.Fill(idOfChar, -1);
        foreach (var (piece, id) in vocabulary.TextEntries()) AddCharacter(piece, id);
    }

    BpeModel(Vocabulary vocabulary, PairTable merges, Dictionary<string, int> characters) : base(vocabulary)
    {
        this.merges = merges;
        Array.Fill(idOfChar, -1);
        foreach (var (piece, id) in characters) AddCharacter(piece, id);
    }

    /// <summary>Unknown characters become the tokens of their UTF-8 bytes, "&lt;0x41&gt;".</summary>
    public bool ByteFallback { get => byteIds is not null; init => byteIds = value ? Vocabulary.ByteIds() : null; }

    readonly int[]? byteIds;

    /// <summary>A run of unknown characters is one unknown token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>A word that is in the vocabulary is that token, whatever the merges say (Llama 3).</summary>
    public bool IgnoreMerges { get; init; }

    public string ContinuingSubwordPrefix { get; } = "";

    /// <summary>What the last piece of a word ends with ("&lt;/w&gt;"), or empty.</summary>
    public string EndOfWordSuffix { get; init; } = "";

    /// <summary>
    /// BPE by scores. A symbol is a piece or a single character; a character that is no piece of its own but occurs in one
    /// gets an id beyond the vocabulary, which only lives during the merges.
    /// </summary>
    internal static BpeModel FromScores(Vocabulary vocabulary, int? unknownId, bool byteFallback)
    {
        var scores = vocabulary.Scores ?? throw new TernException("tokenizer: the vocabulary has no scores");
        // User-defined pieces are matched before the merges, never built by them.
        var entries = vocabulary.TextEntries().Where(entry => vocabulary.KindOf(entry.Value) != TokenKind.UserDefined).ToList();
        var characters = new Dictionary<string, int>(StringComparer.Ordinal);
        var symbols = new Dictionary<string, int>(entries, StringComparer.Ordinal);
        foreach (var (piece, id) in entries)
            if (IsOneRune(piece)) characters[piece] = id;
        foreach (var (piece, _) in entries)
        {
            foreach (var rune in piece.EnumerateRunes())
            {
                var text = rune.ToString();
                if (characters.TryAdd(text, vocabulary.Size + characters.Count)) symbols.TryAdd(text, characters[text]);
            }
        }

        var ranked = entries.OrderByDescending(entry => scores[entry.Value]).ToList();
        var merges = new PairTable(entries.Count * 2);
        var lookup = symbols.GetAlternateLookup<ReadOnlySpan<char>>();
        var rank = 0;
        for (var i = 0; i < ranked.Count; i++)
        {
            var (piece, merged) = ranked[i];
            if (i > 0 && scores[merged] != scores[ranked[i - 1].Value]) rank = i;   // equal scores, equal rank: leftmost first
            if (piece.Length > 256) continue;                                        // no trained piece is; keeps hostile files linear
            for (var cut = 1; cut < piece.Length; cut++)
            {
                if (char.IsLowSurrogate(piece[cut])) continue;
                if (lookup.TryGetValue(piece.AsSpan(0, cut), out var left) && lookup.TryGetValue(piece.AsSpan(cut), out var right))
                    merges.Set(left, right, rank, merged);
            }
        }
        return new BpeModel(vocabulary, merges, characters)
        {
            UnknownId = unknownId,
            ByteFallback = byteFallback,
            FuseUnknown = true,
            splitsBeforeBlank = entries.TrueForAll(static entry => !HasInnerBlank(entry.Key)),
        };
    }

    /// <summary>The merges in rank order, for files that list them. Those of phantom characters are left out.</summary>
    internal IEnumerable<(int Left, int Right, int Merged)> MergesByRank() =>
        merges.Entries().Where(entry => entry.Left < Vocabulary.Size && entry.Right < Vocabulary.Size)
            .OrderBy(entry => entry.First).ThenBy(entry => entry.Left).ThenBy(entry => entry.Right)
            .Select(entry => (entry.Left, entry.Right, entry.Second));

    internal override void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        if (!splitsBeforeBlank || IgnoreMerges || ContinuingSubwordPrefix.Length > 0 || EndOfWordSuffix.Length > 0)
        {
            EncodeWord(word, ids);
            return;
        }
        while (word.Length > 0)
        {
            var end = 1;
            while (end < word.Length && !(word[end] == '\u2581' && word[end - 1] != '\u2581')) end++;
            EncodeWord(word[..end], ids);
            word = word[end..];
        }
    }

    void EncodeWord(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.Length > CacheableLength)
        {
            Append(word, ids);
            return;
        }
        if (cache.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out var known))
        {
            AppendKnown(known, ids);
            return;
        }
        var before = ids.Count;
        var fuses = FuseUnknown && before > 0 && ids[before - 1] == UnknownId;
        Append(word, ids);
        if (fuses || cached >= CacheCapacity) return;
        if (cache.TryAdd(word.ToString(), ids.GetRange(before, ids.Count - before).ToArray())) Interlocked.Increment(ref cached);
    }

    void AppendKnown(int[] known, List<int> ids)
    {
        var skip = FuseUnknown && known.Length > 0 && known[0] == UnknownId && ids.Count > 0 && ids[^1] == UnknownId ? 1 : 0;
        ids.AddRange(known.AsSpan(skip));
    }

    void Append(ReadOnlySpan<char> word, List<int> ids)
    {
        if (IgnoreMerges && Vocabulary.TryGetId(word, out var whole))
        {
            ids.Add(whole);
            return;
        }
        var symbols = MergeQueue.ForThisThread;
        symbols.Clear();
        for (var at = 0; at < word.Length;)
        {
            var rune = RuneAt(word, at, out var length);
            AddSymbol(symbols, word.Slice(at, length), rune, at == 0, at + length == word.Length);
            at += length;
        }
        symbols.Merge(merges);
        foreach (var symbol in symbols.Survivors()) AppendSymbol(symbol, ids);
    }

    // Unknown runes travel as int.MinValue + rune, which no merge knows.
    void AddSymbol(MergeQueue symbols, ReadOnlySpan<char> text, int rune, bool first, bool last)
    {
        if (ContinuingSubwordPrefix.Length > 0 || EndOfWordSuffix.Length > 0)
        {
            var marked = (first ? "" : ContinuingSubwordPrefix) + text.ToString() + (last ? EndOfWordSuffix : "");
            symbols.Add(Vocabulary.IdOf(marked) ?? int.MinValue + rune);
            return;
        }
        var id = rune < 0x10000 ? idOfChar[rune] : idOfRune.GetValueOrDefault(rune, -1);
        symbols.Add(id >= 0 ? id : int.MinValue + rune);
    }

    void AppendSymbol(int symbol, List<int> ids)
    {
        if (symbol >= 0 && symbol < Vocabulary.Size)
        {
            ids.Add(symbol);
            return;
        }
        var rune = new Rune(symbol < 0 ? symbol & int.MaxValue : PhantomRune(symbol));
        if (byteIds is not null)
        {
            Span<byte> utf8 = stackalloc byte[4];
            var count = rune.EncodeToUtf8(utf8);
            for (var i = 0; i < count; i++) ids.Add(byteIds[utf8[i]]);
        }
        else if (UnknownId is { } unknown && !(FuseUnknown && ids.Count > 0 && ids[^1] == unknown))
        {
            ids.Add(unknown);
        }
    }

    int PhantomRune(int symbol)
    {
        var inPlane = Array.IndexOf(idOfChar, symbol);
        return inPlane >= 0 ? inPlane : idOfRune.First(entry => entry.Value == symbol).Key;
    }

    void AddCharacter(string piece, int id)
    {
        if (!IsOneRune(piece)) return;
        if (piece.Length == 1) idOfChar[piece[0]] = id;
        else idOfRune[char.ConvertToUtf32(piece[0], piece[1])] = id;
    }

    static bool IsOneRune(string piece) =>
        piece.Length == 1 ? !char.IsSurrogate(piece[0]) : piece.Length == 2 && char.IsSurrogatePair(piece[0], piece[1]);

    static bool HasInnerBlank(string piece)
    {
        for (var i = 1; i < piece.Length; i++)
            if (piece[i] == '\u2581' && piece[i - 1] != '\u2581') return true;
        return false;
    }
}
