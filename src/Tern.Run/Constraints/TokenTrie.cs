using Tern.Models.Tokenizers;

namespace Tern.Run.Constraints;

/// <summary>
/// The tokens of a vocabulary as a byte trie, laid out in depth-first order. Built once for each tokenizer and shared by all
/// constraints: a grammar walks it once and skips whole subtrees, instead of trying token by token. Immutable.
/// </summary>
public sealed class TokenTrie
{
    readonly ReadOnlyMemory<byte>[] bytes;                       // [vocabSize], empty for special tokens
    readonly byte[] values;                                      // [nodes], the byte that leads to the node
    readonly int[] depths;                                       // [nodes], 0 for a first byte
    readonly int[] ends;                                         // [nodes], the first node after the subtree
    readonly int[] firstToken;                                   // [nodes + 1], into tokens
    readonly int[] tokens;
    readonly int maxDepth;

    /// <param name="vocabSize">Ids are 0 .. vocabSize - 1.</param>
    /// <param name="bytesOf">The bytes that a token adds to the text; null for a special token, which no grammar allows.</param>
    public TokenTrie(int vocabSize, Func<int, ReadOnlyMemory<byte>?> bytesOf)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(vocabSize);
        ArgumentNullException.ThrowIfNull(bytesOf);
        bytes = new ReadOnlyMemory<byte>[vocabSize];
        for (var id = 0; id < vocabSize; id++) bytes[id] = bytesOf(id) ?? default;
        var sorted = Enumerable.Range(0, vocabSize).Where(id => !bytes[id].IsEmpty).ToArray();
        Array.Sort(sorted, (x, y) => bytes[x].Span.SequenceCompareTo(bytes[y].Span) is not 0 and var order ? order : x.CompareTo(y));

        var nodeValues = new List<byte>();
        var nodeDepths = new List<int>();
        var nodeEnds = new List<int>();
        var nodeTokens = new List<int>();
        var path = new List<int>();                              // the open nodes from the root to the last token
        ReadOnlySpan<byte> previous = default;
        for (var i = 0; i < sorted.Length; i++)
        {
            var current = bytes[sorted[i]].Span;
            var shared = current.CommonPrefixLength(previous);
            for (; path.Count > shared; path.RemoveAt(path.Count - 1)) nodeEnds[path[^1]] = nodeValues.Count;
            for (var depth = shared; depth < current.Length; depth++)
            {
                path.Add(nodeValues.Count);
                nodeValues.Add(current[depth]);
                nodeDepths.Add(depth);
                nodeEnds.Add(0);
                nodeTokens.Add(i);
            }
            previous = current;
            maxDepth = Math.Max(maxDepth, current.Length);
        }
        foreach (var node in path) nodeEnds[node] = nodeValues.Count;
        values = [.. nodeValues];
        depths = [.. nodeDepths];
        ends = [.. nodeEnds];
        tokens = sorted;
        firstToken = TokensOfNodes(sorted, nodeTokens);
    }

    /// <summary>The trie of a tokenizer; its special tokens are never allowed.</summary>
    public static TokenTrie Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new TokenTrie(tokenizer.VocabSize, id => tokenizer.IsSpecial(id) ? null : tokenizer.BytesOf(id));
    }

    /// <summary>Number of ids.</summary>
    public int VocabSize => bytes.Length;

    /// <summary>The bytes of a token; empty for special tokens and ids outside of the vocabulary.</summary>
    public ReadOnlySpan<byte> BytesOf(int token) => (uint)token < (uint)bytes.Length ? bytes[token].Span : default;

    /// <summary>Sets the bit of every token whose bytes the automaton can read in this state.</summary>
    /// <param name="automaton">The grammar.</param>
    /// <param name="start">Where it stands.</param>
    /// <param name="mask">[(vocabSize + 63) / 64], zero.</param>
    internal void Mark(GrammarAutomaton automaton, AutomatonState start, ulong[] mask)
    {
        var states = new AutomatonState[maxDepth + 1];           // after the bytes of the path
        states[0] = start;
        for (var node = 0; node < values.Length;)
        {
            var state = automaton.Step(states[depths[node]], values[node]);
            if (ReferenceEquals(state, automaton.Dead))
            {
                node = ends[node];
                continue;
            }
            states[depths[node] + 1] = state;
            for (var i = firstToken[node]; i < firstToken[node + 1]; i++) mask[tokens[i] >> 6] |= 1UL << (tokens[i] & 63);
            node++;
        }
    }

    /// <summary>Of the sorted tokens, those that end at a node stand between the token that made the node and the next longer one.</summary>
    int[] TokensOfNodes(int[] sorted, List<int> madeBy)
    {
        var first = new int[madeBy.Count + 1];
        for (var node = 0; node < madeBy.Count; node++)
        {
            // A node ends a token only if the token that made it is as long as the node is deep.
            first[node] = bytes[sorted[madeBy[node]]].Length == depths[node] + 1 ? madeBy[node] : -1;
        }
        first[madeBy.Count] = sorted.Length;
        for (var node = madeBy.Count - 1; node >= 0; node--)
            if (first[node] < 0) first[node] = first[node + 1];
        return first;
    }
}
