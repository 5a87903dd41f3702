namespace Tern.Models.Tokenizers.Models;

/// <summary>WordPiece (Schuster and Nakajima 2012, as in BERT): the longest piece first, then the longest continuation, "##ing". A word that cannot be spelled is unknown as a whole.</summary>
public sealed class WordPieceModel : TokenModel
{
    readonly CharTrie trie;
    readonly int continuation;    // trie node behind the prefix, or -1

    public WordPieceModel(Vocabulary vocabulary, string continuingSubwordPrefix = "##", int maxInputCharsPerWord = 100) : base(vocabulary)
    {
        (ContinuingSubwordPrefix, MaxInputCharsPerWord) = (continuingSubwordPrefix, maxInputCharsPerWord);
        trie = new CharTrie([.. vocabulary.TextEntries()]);
        foreach (var c in continuingSubwordPrefix)
            if (continuation >= 0 && !trie.TryStep(ref continuation, c)) continuation = -1;
    }

    public string ContinuingSubwordPrefix { get; }

    /// <summary>Longer words are unknown.</summary>
    public int MaxInputCharsPerWord { get; }

    internal override void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        var before = ids.Count;
        var spelled = word.Length <= MaxInputCharsPerWord || CountRunes(word) <= MaxInputCharsPerWord;
        for (var at = 0; spelled && at < word.Length;)
        {
            var start = at == 0 ? 0 : continuation;
            var length = 0;
            var id = start < 0 ? -1 : trie.Longest(word[at..], out length, start);
            spelled = id >= 0;
            if (spelled) ids.Add(id);
            at += length;
        }
        if (spelled) return;
        ids.RemoveRange(before, ids.Count - before);
        if (UnknownId is { } unknown) ids.Add(unknown);
    }

    static int CountRunes(ReadOnlySpan<char> word)
    {
        var count = 0;
        foreach (var _ in word.EnumerateRunes()) count++;
        return count;
    }
}
