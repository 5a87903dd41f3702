using System.Runtime.InteropServices;
using System.Text;

namespace Tern.Models.Tokenizers;

/// <summary>
/// Trains a byte-level BPE vocabulary with the pre-tokenisation of GPT-2.
/// Sennrich et al. 2016, arXiv 1508.07909, Algorithm 1, on bytes instead of characters (Radford et al. 2019).
/// The most frequent pair is merged first; among equally frequent pairs the one whose (left, right) byte strings are
/// lexicographically greatest. Pair counts are kept up to date merge by merge, so that a merge costs only the words it touches.
/// </summary>
public static partial class BpeTrainer
{
    /// <summary>Learns up to <paramref name="vocabSize"/> - 256 - specialTokens.Count merges; the result is a pure function of the arguments.</summary>
    /// <param name="texts">Read once, in order. Where a special token's text occurs, the text is cut and the token is not learned from.</param>
    /// <param name="vocabSize">Special tokens + 256 bytes + merges. Fewer come back when the texts run out of pairs.</param>
    /// <param name="specialTokens">Get the ids 0, 1, ...; the bytes follow (in GPT-2's order), then the merges.</param>
    /// <param name="cancellationToken">Between words and between merges.</param>
    /// <exception cref="TernException">The vocabulary has no room for the bytes, or the special tokens are empty, repeated or single letters.</exception>
    public static BpeVocabulary Train(IEnumerable<string> texts, int vocabSize, IReadOnlyList<string> specialTokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(specialTokens);
        CheckSpecialTokens(specialTokens);
        if (vocabSize < 256 + specialTokens.Count)
            throw new TernException($"a byte-level vocabulary needs at least {256 + specialTokens.Count} entries "
                + $"(256 bytes and {specialTokens.Count} special tokens), not {vocabSize}: choose a larger vocabulary");

        var tokens = new List<byte[]>(vocabSize);
        foreach (var special in specialTokens) tokens.Add(Encoding.UTF8.GetBytes(special));
        foreach (var value in BpeVocabulary.BytesInOrder) tokens.Add([value]);

        var training = new Training(CountWords(texts, specialTokens, cancellationToken), tokens, specialTokens);
        training.MergeUntil(vocabSize, cancellationToken);
        return new BpeVocabulary(tokens, training.Merges, specialTokens);
    }

    static void CheckSpecialTokens(IReadOnlyList<string> specialTokens)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var special in specialTokens)
        {
            if (string.IsNullOrEmpty(special)) throw new TernException("a special token is empty: remove it");
            if (!seen.Add(special)) throw new TernException($"the special token '{special}' is listed twice: list it once");
            if (special.Length == 1 && BpeVocabulary.ByteOf(special[0]) is not null)
                throw new TernException($"the special token '{special}' is spelled like a byte of the vocabulary: use a longer one, such as '<|{special}|>'");
        }
    }

    /// <summary>The state of Algorithm 1: words as sequences of token ids with their counts, and the counts of all adjacent pairs.</summary>
    sealed class Training
    {
        readonly List<byte[]> tokens;
        readonly Dictionary<string, int> idOfBytes = new(StringComparer.Ordinal);      // key: bytes widened to chars
        readonly HashSet<string> specialTokens;
        readonly int[][] words;                                                        // token ids, the first lengths[i] count
        readonly int[] lengths;
        readonly long[] counts;
        readonly Dictionary<(int Left, int Right), Pair> pairs = [];
        readonly PriorityQueue<(int Left, int Right), Priority> queue;

        public List<(int Left, int Right)> Merges { get; } = [];

        public Training(Dictionary<string, long> wordCounts, List<byte[]> tokens, IReadOnlyList<string> specialTokens)
        {
            this.tokens = tokens;
            this.specialTokens = [.. specialTokens];
            var idOfByte = new int[256];
            for (var id = specialTokens.Count; id < tokens.Count; id++)
            {
                idOfByte[tokens[id][0]] = id;
                idOfBytes.Add(KeyOf(tokens[id]), id);
            }

            words = new int[wordCounts.Count][];
            lengths = new int[wordCounts.Count];
            counts = new long[wordCounts.Count];
            var index = 0;
            foreach (var (word, count) in wordCounts)
            {
                words[index] = Array.ConvertAll(Encoding.UTF8.GetBytes(word), value => idOfByte[value]);
                lengths[index] = words[index].Length;
                counts[index++] = count;
            }

            queue = new(new MostFrequentThenGreatest(tokens));
            for (var word = 0; word < words.Length; word++)
                for (var i = 0; i + 1 < lengths[word]; i++)
                    Count((words[word][i], words[word][i + 1]), counts[word]).AddWord(word);
            foreach (var (pair, statistics) in pairs) queue.Enqueue(pair, new(statistics.Count, pair.Left, pair.Right));
        }

        public void MergeUntil(int vocabSize, CancellationToken cancellationToken)
        {
            while (tokens.Count < vocabSize && queue.TryDequeue(out var pair, out var priority))
            {
                cancellationToken.ThrowIfCancellationRequested();
                // The queue is lazy: an entry whose count fell since it was put in goes back with today's count.
                if (!pairs.TryGetValue(pair, out var statistics) || statistics.Count <= 0) continue;
                if (statistics.Count != priority.Count)
                {
                    if (statistics.Count < priority.Count) queue.Enqueue(pair, new(statistics.Count, pair.Left, pair.Right));
                    continue;                                    // a count that rose has an entry of its own
                }
                byte[] bytes = [.. tokens[pair.Left], .. tokens[pair.Right]];
                if (specialTokens.Contains(BpeVocabulary.Spell(bytes))) continue;
                Merges.Add(pair);
                Merge(pair, statistics.Words, IdOf(bytes));
            }
        }

        /// <summary>Two merges may give the same bytes (a + bc, ab + c): they share one id, as the vocabulary maps a spelling to one id.</summary>
        int IdOf(byte[] bytes)
        {
            var key = KeyOf(bytes);
            if (idOfBytes.TryGetValue(key, out var id)) return id;
            idOfBytes.Add(key, tokens.Count);
            tokens.Add(bytes);
            return tokens.Count - 1;
        }

        void Merge((int Left, int Right) pair, List<int> wordsWithPair, int merged)
        {
            pairs.Remove(pair);
            var risen = new HashSet<(int Left, int Right)>();
            foreach (var word in wordsWithPair)
            {
                var symbols = words[word].AsSpan(0, lengths[word]);
                if (!Contains(symbols, pair)) continue;          // listed twice, or taken apart by an earlier merge

                for (var i = 0; i + 1 < symbols.Length; i++) Count((symbols[i], symbols[i + 1]), -counts[word]);
                var length = Replace(symbols, pair, merged);
                lengths[word] = length;
                for (var i = 0; i + 1 < length; i++)
                {
                    (int, int) neighbours = (symbols[i], symbols[i + 1]);
                    var statistics = Count(neighbours, counts[word]);
                    if (symbols[i] != merged && symbols[i + 1] != merged) continue;
                    statistics.AddWord(word);
                    risen.Add(neighbours);
                }
            }
            pairs.Remove(pair);                                  // the counting above left it at zero
            foreach (var neighbours in risen)
                if (pairs.TryGetValue(neighbours, out var statistics))
                    queue.Enqueue(neighbours, new(statistics.Count, neighbours.Left, neighbours.Right));
        }

        Pair Count((int Left, int Right) pair, long change)
        {
            ref var statistics = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, pair, out _);
            statistics ??= new Pair();
            statistics.Count += change;
            return statistics;
        }

        static bool Contains(ReadOnlySpan<int> symbols, (int Left, int Right) pair)
        {
            for (var i = 0; i + 1 < symbols.Length; i++)
                if (symbols[i] == pair.Left && symbols[i + 1] == pair.Right) return true;
            return false;
        }

        /// <summary>Replaces the pair from left to right, in place; returns the new length.</summary>
        static int Replace(Span<int> symbols, (int Left, int Right) pair, int merged)
        {
            var length = 0;
            for (var i = 0; i < symbols.Length; i++)
            {
                var found = i + 1 < symbols.Length && symbols[i] == pair.Left && symbols[i + 1] == pair.Right;
                symbols[length++] = found ? merged : symbols[i];
                if (found) i++;
            }
            return length;
        }

        static string KeyOf(byte[] bytes) => Encoding.Latin1.GetString(bytes);
    }

    /// <summary>How often a pair occurs, and in which words (some twice, some no longer).</summary>
    sealed class Pair
    {
        public long Count;

        public List<int> Words { get; } = [];

        public void AddWord(int word)
        {
            if (Words.Count == 0 || Words[^1] != word) Words.Add(word);
        }
    }

    readonly record struct Priority(long Count, int Left, int Right);

    sealed class MostFrequentThenGreatest(List<byte[]> tokens) : IComparer<Priority>
    {
        public int Compare(Priority x, Priority y)
        {
            if (x.Count != y.Count) return y.Count.CompareTo(x.Count);
            var left = tokens[y.Left].AsSpan().SequenceCompareTo(tokens[x.Left]);
            return left != 0 ? left : tokens[y.Right].AsSpan().SequenceCompareTo(tokens[x.Right]);
        }
    }
}
