using System.Security.Cryptography;
using System.Text;
using Tern.Models;
using Tern.Models.Tokenizers;
using Tern.Train.Recipes;

namespace Tern.Train.Data;

/// <summary>
/// The sequences of a run. Which tokens sequence i holds is a function of the text, the recipe, the seed and i alone: nothing is remembered between
/// batches, so a run that resumes at sequence i reads what it would have read, with batches of whatever size.
/// Sources without weights are one pool, of which every epoch reads each window once; with weights each source has epochs of its own and is drawn
/// by <see cref="SourceMixture"/>. Safe to read from several threads.
/// </summary>
public sealed class TrainingData : IDisposable
{
    readonly DataChoice choice;
    readonly int endOfText;
    readonly int seed;
    readonly TokenShard[] shards;
    readonly WindowPool[] pools;
    readonly SourceMixture mixture;
    readonly WindowPool heldOut;

    TrainingData(DataChoice choice, TokenShard[] shards, int vocabSize, int endOfText, int seed)
    {
        (this.choice, this.shards, this.endOfText, this.seed) = (choice, shards, endOfText, seed);
        var parts = Array.ConvertAll(shards, shard => TokenWindows.Split(shard, choice.HeldOut, choice.SequenceLength, vocabSize));
        RequireWindows(parts);
        var training = parts.Select(part => part.Training);
        pools = Weighted(choice)
            ? [.. training.Select(part => new WindowPool([part], tokens => tokens.FullWindows))]
            : [new WindowPool(training, tokens => tokens.FullWindows)];
        mixture = new SourceMixture(Weighted(choice) ? [.. choice.Sources.Select(source => source.Weight!.Value)] : [1]);
        heldOut = new WindowPool(parts.Select(part => part.HeldOut), tokens => tokens.Windows);
        TrainTokens = parts.Sum(part => part.Training.Tokens);
        HeldOutTokens = parts.Sum(part => part.HeldOut.Tokens);
        SequencesPerEpoch = pools.Sum(pool => pool.Count);
        HeldOutSequences = checked((int)heldOut.Count);
        Fingerprint = FingerprintOf(choice, shards, seed);
    }

    /// <summary>Tokens of the part that is trained on, ends of documents included.</summary>
    public long TrainTokens { get; }

    public long HeldOutTokens { get; }

    /// <summary>Windows of all sources together. Where sources have weights, so many sequences read some windows repeatedly and others not yet.</summary>
    public long SequencesPerEpoch { get; }

    /// <summary>Windows of the held-out part, the last of each source filled up with the end of text.</summary>
    public int HeldOutSequences { get; }

    /// <summary>The same for two runs exactly where all their sequences are the same: text, tokenizer, recipe and seed. Hexadecimal.</summary>
    public string Fingerprint { get; }

    /// <summary>Opens the sources, tokenising those whose tokens are not in the cache yet.</summary>
    /// <param name="choice">The sources and how they are cut.</param>
    /// <param name="cacheFolder">Holds the tokens; created when missing.</param>
    /// <param name="tokenizer">Text is encoded without special tokens, and the text of special tokens as plain text.</param>
    /// <param name="endOfText">The id that follows every document.</param>
    /// <param name="seed">Of the order of the sequences; the held-out part does not depend on it.</param>
    /// <param name="progress">Told of every 64 documents that are tokenised.</param>
    /// <param name="chat">The sources are conversations, of which answers are learned; null: they are text.</param>
    /// <param name="cancellation">Leaves no half-written file.</param>
    /// <exception cref="TernException">The choice contradicts itself; a file is missing or damaged; a source is too short for one sequence.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TrainingData Open(DataChoice choice, string cacheFolder, Tokenizer tokenizer, int endOfText, int seed,
        IProgress<DataProgress>? progress = null, ChatEncoding? chat = null, CancellationToken cancellation = default)
    {
        Require(choice);
        var cache = new ShardCache(cacheFolder, tokenizer, endOfText, chat);
        var shards = new List<TokenShard>();
        try
        {
            foreach (var source in choice.Sources) shards.Add(cache.Open(source, progress, cancellation));
            return new TrainingData(choice, [.. shards], tokenizer.VocabSize, endOfText, seed);
        }
        catch
        {
            shards.ForEach(shard => shard.Dispose());
            throw;
        }
    }

    /// <summary>Sequences [first, first + count) of the run, over as many epochs as that takes.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="firstSequence"/> is negative or <paramref name="count"/> not positive.</exception>
    public TokenBatch Batch(long firstSequence, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstSequence);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var rows = new BatchRows(count, choice.SequenceLength, choice.MaskDocuments);
        for (var i = 0; i < count; i++)
        {
            var (source, rank) = mixture[firstSequence + i];
            rows.Add(pools[source], WindowAt(source, rank), endOfText);
        }
        return rows.ToBatch();
    }

    /// <summary>Held-out sequences [first, first + count), in an order that is the same for every seed and mixes the sources.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not below <see cref="HeldOutSequences"/>.</exception>
    public TokenBatch HeldOut(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, HeldOutSequences - first);
        var rows = new BatchRows(count, choice.SequenceLength, choice.MaskDocuments);
        var order = new SequenceOrder(heldOut.Count, key: 0);
        for (var i = 0; i < count; i++) rows.Add(heldOut, order[first + i], endOfText);
        return rows.ToBatch();
    }

    public void Dispose()
    {
        foreach (var shard in shards) shard.Dispose();
    }

    /// <summary>The window that a pool gives at its <paramref name="rank"/>th draw: each epoch has an order of its own.</summary>
    long WindowAt(int pool, long rank)
    {
        var (epoch, place) = Math.DivRem(rank, pools[pool].Count);
        if (!choice.Shuffle) return place;
        var key = SequenceOrder.Mix(SequenceOrder.Mix(SequenceOrder.Mix((ulong)seed) ^ (ulong)pool) ^ (ulong)epoch);
        return new SequenceOrder(pools[pool].Count, key)[place];
    }

    static bool Weighted(DataChoice choice) => choice.Sources.Any(source => source.Weight is not null);

    static void Require(DataChoice choice)
    {
        if (choice.Sources.Count is 0 or > SourceMixture.Period) throw new TernException($"data.sources has {choice.Sources.Count} entries; expected 1 to {SourceMixture.Period}.");
        if (choice.SequenceLength < 1) throw new TernException($"data.sequence_length is {choice.SequenceLength}; expected at least 1.");
        foreach (var source in choice.Sources)
        {
            if (source.Weight is null != choice.Sources[0].Weight is null)
                throw new TernException($"{source.Path}: some of data.sources have a weight and some have none; give it to all or to none of them.");
            if (source.Weight is { } weight && !(weight > 0 && double.IsFinite(weight)))
                throw new TernException($"{source.Path}: the weight is {weight}; expected a number above 0.");
        }
    }

    void RequireWindows((TokenWindows Training, TokenWindows HeldOut)[] parts)
    {
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Training.FullWindows > 0) continue;
            if (shards[i].HasMask)
                throw new TernException($"{choice.Sources[i].Path}: no conversation is left to train on whose first answer begins within {choice.SequenceLength} tokens; choose a larger data.sequence_length or add conversations.");
            throw new TernException($"{choice.Sources[i].Path}: {parts[i].Training.Tokens} tokens are left to train on, but one sequence takes {choice.SequenceLength + 1L}; "
                + "choose a smaller data.sequence_length or data.held_out, or add text.");
        }
    }

    static string FingerprintOf(DataChoice choice, TokenShard[] shards, int seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{choice.SequenceLength} {choice.HeldOut:R} {choice.Shuffle} {choice.MaskDocuments} {seed} "));
        for (var i = 0; i < shards.Length; i++)
        {
            hash.AppendData(shards[i].Hash);
            hash.AppendData(Encoding.UTF8.GetBytes($"{choice.Sources[i].Weight:R} "));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
