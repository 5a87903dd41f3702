namespace Tern.Train.Data;

/// <summary>
/// Documents of a shard, whole: a window takes documents in their order as long as they fit, so that no answer is learned without its question. A document longer than a window loses its end; one whose
/// learned tokens would all be lost is left out.
/// </summary>
sealed class WholeDocuments : TokenWindows
{
    readonly TokenShard shard;
    readonly int vocabSize;
    readonly List<(long Start, int Length)> documents = [];
    readonly List<int> firsts = [];                                  // the first document of each window

    WholeDocuments(TokenShard shard, IEnumerable<long> numbers, int sequenceLength, int vocabSize)
    {
        (this.shard, this.vocabSize) = (shard, vocabSize);
        var room = 0;
        foreach (var number in numbers)
        {
            var start = shard.StartOf(number);
            var length = (int)Math.Min(shard.StartOf(number + 1) - start, sequenceLength + 1L);
            if (!HasTarget(start, length)) continue;
            if (length > room)
            {
                firsts.Add(documents.Count);
                room = sequenceLength + 1;
            }
            documents.Add((start, length));
            room -= length;
            Tokens += length;
        }
    }

    public override long Tokens { get; }

    public override long FullWindows => firsts.Count;

    public override long Windows => firsts.Count;

    public static (TokenWindows Training, TokenWindows HeldOut) SplitDocuments(TokenShard shard, double heldOut, int sequenceLength, int vocabSize)
    {
        var split = new HeldOutSplit(shard.Documents, heldOut);
        var training = Enumerable.Range(0, checked((int)shard.Documents)).Select(number => (long)number).ToLookup(split.Contains);
        return (new WholeDocuments(shard, training[false], sequenceLength, vocabSize), new WholeDocuments(shard, training[true], sequenceLength, vocabSize));
    }

    public override int Read(long window, Span<int> tokens, Span<int> documents, Span<bool> learned)
    {
        var (first, end) = (firsts[(int)window], window + 1 < firsts.Count ? firsts[(int)window + 1] : this.documents.Count);
        var filled = 0;
        for (var document = first; document < end; document++)
        {
            var (start, length) = this.documents[document];
            shard.Read(start, tokens.Slice(filled, length));
            shard.RequireBelow(vocabSize, tokens.Slice(filled, length));
            shard.ReadMask(start, learned.Slice(filled, length));
            documents.Slice(filled, length).Fill(document - first);
            filled += length;
        }
        return filled;
    }

    /// <summary>Whether a token is learned; the first one of a document is nobody's target.</summary>
    bool HasTarget(long start, int length)
    {
        var learned = new bool[length];
        shard.ReadMask(start, learned);
        return learned.AsSpan(1).Contains(true);
    }
}
