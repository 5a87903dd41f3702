namespace Tern.Models.Tokenizers.Models;

/// <summary>
/// The unigram language model (Kudo 2018, arXiv 1804.10959): of all ways to spell a word with pieces, the one with the greatest sum of
/// log probabilities, by Viterbi. A character that no piece spells costs ten more than the rarest piece.
/// </summary>
public sealed class UnigramModel : TokenModel
{
    const double UnknownPenalty = 10;

    readonly CharTrie trie;
    readonly int[]? byteIds;
    readonly double[] scoreOf;
    readonly double unknownScore;

    [ThreadStatic] static (double Score, int Start, int Id)[]? lattice;
    [ThreadStatic] static List<(int Id, int Start, int End)>? path;

    /// <exception cref="TernException">The vocabulary has no scores.</exception>
    public UnigramModel(Vocabulary vocabulary) : base(vocabulary)
    {
        var scores = vocabulary.Scores ?? throw new TernException("tokenizer: a Unigram vocabulary without scores");
        var entries = vocabulary.TextEntries().Where(entry => vocabulary.KindOf(entry.Value) != TokenKind.Unused).ToList();
        trie = new CharTrie(entries);
        scoreOf = new double[vocabulary.Size];
        var (least, greatest) = (0.0, double.NegativeInfinity);
        foreach (var (_, id) in entries)
        {
            if (!float.IsFinite(scores[id])) throw new TernException($"tokenizer: token {id} has the score {scores[id]}");
            scoreOf[id] = scores[id];
            if (vocabulary.KindOf(id) != TokenKind.Normal) continue;
            least = Math.Min(least, scores[id]);
            greatest = Math.Max(greatest, scores[id]);
        }
        // User-defined pieces always win over what they could be cut into.
        foreach (var (piece, id) in entries)
            if (vocabulary.KindOf(id) == TokenKind.UserDefined && double.IsFinite(greatest)) scoreOf[id] = piece.Length * Math.Max(greatest, 0) - 0.1;
        unknownScore = least - UnknownPenalty;
    }

    /// <summary>Unknown characters become the tokens of their UTF-8 bytes.</summary>
    public bool ByteFallback { get => byteIds is not null; init => byteIds = value ? Vocabulary.ByteIds() : null; }

    internal override void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        var best = lattice is { } old && old.Length > word.Length && old.Length < 1 << 16 ? old : lattice = new (double, int, int)[Math.Max(256, word.Length + 1)];
        best.AsSpan(1, word.Length).Fill((double.NegativeInfinity, -1, -1));
        best[0] = (0, -1, -1);
        for (var at = 0; at < word.Length;)
        {
            RuneAt(word, at, out var length);
            var from = best[at].Score;
            var spelled = false;
            var node = 0;
            for (var end = at; end < word.Length && trie.TryStep(ref node, word[end]); end++)
            {
                var id = trie.ValueAt(node);
                if (id < 0) continue;
                spelled |= end + 1 - at == length;
                if (from + scoreOf[id] > best[end + 1].Score) best[end + 1] = (from + scoreOf[id], at, id);
            }
            if (!spelled && from + unknownScore > best[at + length].Score) best[at + length] = (from + unknownScore, at, -1);
            at += length;
        }
        Append(word, best, ids);
    }

    void Append(ReadOnlySpan<char> word, (double Score, int Start, int Id)[] best, List<int> ids)
    {
        var steps = path ??= [];
        steps.Clear();
        Span<byte> utf8 = stackalloc byte[4];
        for (var end = word.Length; end > 0; end = best[end].Start) steps.Add((best[end].Id, best[end].Start, end));
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            var (id, start, end) = steps[i];
            if (id >= 0)
            {
                ids.Add(id);
                continue;
            }
            if (byteIds is not null)
            {
                var code = RuneAt(word, start, out _);
                var count = new System.Text.Rune(code).EncodeToUtf8(utf8);
                for (var b = 0; b < count; b++) ids.Add(byteIds[utf8[b]]);
            }
            // A run of unknown characters is one unknown token.
            else if (UnknownId is { } unknown && (i == steps.Count - 1 || steps[i + 1].Id >= 0))
            {
                ids.Add(unknown);
            }
        }
    }
}
