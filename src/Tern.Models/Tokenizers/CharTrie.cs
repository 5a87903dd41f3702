namespace Tern.Models.Tokenizers;

/// <summary>
/// A set of strings with an id each, searched by prefix: from a position of a text, which entries start there?
/// Nodes are rows of one open-addressing table keyed by (node, char), so a step costs one probe and the whole
/// trie is two arrays. Immutable after construction.
/// </summary>
sealed class CharTrie
{
    readonly PairTable edges;
    readonly List<int> values = [-1];

    public CharTrie(IReadOnlyCollection<KeyValuePair<string, int>> entries)
    {
        long characters = 0;
        foreach (var entry in entries) characters += entry.Key.Length;
        if (characters > 1 << 28) throw new TernException("tokenizer: the vocabulary has more than 2^28 characters; it is not a vocabulary");
        edges = new PairTable((int)Math.Min(characters, entries.Count * 4L));
        foreach (var (text, value) in entries) Add(text, value);
    }

    void Add(string text, int value)
    {
        if (text.Length == 0) return;
        var node = 0;
        foreach (var c in text)
        {
            if (!edges.TryGet(node, c, out var child, out _))
            {
                child = values.Count;
                values.Add(-1);
                edges.Set(node, c, child, 0);
            }
            node = child;
        }
        values[node] = value;
    }

    /// <summary>One step down; false where no entry goes on with <paramref name="c"/>. The root is node 0.</summary>
    public bool TryStep(ref int node, char c)
    {
        if (!edges.TryGet(node, c, out var child, out _)) return false;
        node = child;
        return true;
    }

    /// <summary>The id of the entry that ends at this node, or -1.</summary>
    public int ValueAt(int node) => values[node];

    /// <summary>The longest entry that <paramref name="text"/> starts with: its id (or -1) and its length.</summary>
    public int Longest(ReadOnlySpan<char> text, out int length, int start = 0)
    {
        var (node, best) = (start, -1);
        length = 0;
        for (var i = 0; i < text.Length && TryStep(ref node, text[i]); i++)
        {
            if (values[node] < 0) continue;
            best = values[node];
            length = i + 1;
        }
        return best;
    }
}
