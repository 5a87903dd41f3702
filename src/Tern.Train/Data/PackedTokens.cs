namespace Tern.Train.Data;

/// <summary>
/// Documents of a shard laid end to end and cut into windows. Window w holds the tokens [w L, w L + L], one more than the sequence length L: so
/// windows share one token, and every token but the first is a target once.
/// </summary>
sealed class PackedTokens : TokenWindows
{
    readonly TokenShard shard;
    readonly int sequenceLength;
    readonly int vocabSize;
    readonly long[] starts;                                          // in the shard, of each piece of a document
    readonly long[] ends;                                            // in the concatenation, of each piece

    PackedTokens(TokenShard shard, List<(long Start, long End)> pieces, int sequenceLength, int vocabSize)
    {
        this.shard = shard;
        this.sequenceLength = sequenceLength;
        this.vocabSize = vocabSize;
        starts = [.. pieces.Select(piece => piece.Start)];
        ends = new long[pieces.Count];
        for (var i = 0; i < ends.Length; i++) ends[i] = Tokens += pieces[i].End - pieces[i].Start;
    }

    public override long Tokens { get; }

    /// <summary>Windows that are full.</summary>
    public override long FullWindows => Math.Max(0, Tokens - 1) / sequenceLength;

    /// <summary>Windows with at least one target.</summary>
    public override long Windows => (Math.Max(0, Tokens - 1) + sequenceLength - 1) / sequenceLength;

    /// <summary>The part of a shard to train on, and the part that is held out.</summary>
    public static (TokenWindows Training, TokenWindows HeldOut) SplitText(TokenShard shard, double heldOut, int sequenceLength, int vocabSize)
    {
        var split = new HeldOutSplit(shard.Documents, heldOut);
        var cut = split.ByDocuments ? 0 : shard.Tokens - HeldOutSplit.TailOf(shard.Tokens, heldOut);
        var (training, rest) = (new List<(long, long)>(), new List<(long, long)>());
        for (var document = 0L; document < shard.Documents; document++)
        {
            var (start, end) = (shard.StartOf(document), shard.StartOf(document + 1));
            if (split.ByDocuments) (split.Contains(document) ? rest : training).Add((start, end));
            else
            {
                if (start < cut) training.Add((start, Math.Min(end, cut)));
                if (end > cut) rest.Add((Math.Max(start, cut), end));
            }
        }
        return (new PackedTokens(shard, training, sequenceLength, vocabSize), new PackedTokens(shard, rest, sequenceLength, vocabSize));
    }

    public override int Read(long window, Span<int> tokens, Span<int> documents, Span<bool> learned)
    {
        learned.Fill(true);
        var position = window * sequenceLength;
        var piece = Array.BinarySearch(ends, position + 1);          // the first piece that ends behind the position
        if (piece < 0) piece = ~piece;
        var filled = 0;
        for (var document = 0; filled < tokens.Length && piece < ends.Length; piece++, document++)
        {
            var left = ends[piece] - position;
            var length = (int)Math.Min(left, tokens.Length - filled);
            var target = tokens.Slice(filled, length);
            shard.Read(starts[piece] + LengthOf(piece) - left, target);
            shard.RequireBelow(vocabSize, target);
            documents.Slice(filled, length).Fill(document);
            filled += length;
            position += length;
        }
        return filled;
    }

    long LengthOf(int piece) => ends[piece] - (piece == 0 ? 0 : ends[piece - 1]);
}
