using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>Batch, steps, and batches that grow, by the critical batch size of Zhang et al. 2024, arXiv 2410.21676.</summary>
public static class BatchPlanner
{
    /// <summary>Batches of the table, over the critical one.</summary>
    static readonly double[] Multiples = [0.125, 0.25, 0.5, 1, 2, 4, 8];

    /// <summary>Doublings before the full batch.</summary>
    const int WarmUpDoublings = 3;

    /// <summary>For a run of so many tokens.</summary>
    /// <param name="tokens">D.</param>
    /// <param name="sequenceTokens">Tokens of a sequence.</param>
    public static BatchPlan Plan(double tokens, int sequenceTokens)
    {
        var scaling = CriticalBatchScaling.InTokens;
        var critical = CriticalBatchTokens(tokens);
        var law = CriticalBatchScaling.StepsOf(tokens, critical);
        var sequences = (long)Math.Pow(2, Math.Floor(Math.Log2(Math.Max(1, critical / sequenceTokens))));
        return new()
        {
            CriticalBatchTokens = critical,
            SequenceTokens = sequenceTokens,
            Sequences = sequences,
            Steps = (long)Math.Ceiling(tokens / (sequences * sequenceTokens)),
            Trades = [.. Multiples.Select(multiple => Trade(law, multiple * critical, critical, tokens))],
            WarmUp = WarmUp(scaling, tokens, sequences, sequenceTokens),
            Source = $"{scaling.Source}; {scaling.Warning}; sequences of 512 tokens, constant learning rate and averaged weights",
        };
    }

    /// <summary>That of a run of so many tokens, all of them at most.</summary>
    internal static double CriticalBatchTokens(double tokens) => Math.Min(tokens, CriticalBatchScaling.InTokens.BatchTokens(tokens));

    static BatchTrade Trade(CriticalBatchLaw law, double batch, double critical, double tokens) =>
        new(batch, law.Steps(batch), law.Tokens(batch), (law.Tokens(batch) / tokens) - 1, law.Steps(batch) / law.Steps(critical));

    /// <summary>Each batch begins where the critical batch of the tokens read so far reaches it.</summary>
    static List<BatchStage> WarmUp(CriticalBatchScaling scaling, double tokens, long sequences, int sequenceTokens)
    {
        var doublings = Math.Min(WarmUpDoublings, (int)Math.Log2(sequences));
        var batches = Enumerable.Range(0, doublings + 1).Select(i => sequences >> (doublings - i)).ToList();
        var starts = batches.Select((batch, i) => i == 0 ? 0 : Math.Min(tokens, scaling.CountForBatch(batch * sequenceTokens))).Append(tokens).ToList();
        return [.. batches.Select((batch, i) => new BatchStage(batch, starts[i], (long)Math.Ceiling((starts[i + 1] - starts[i]) / (batch * sequenceTokens)), Math.Sqrt((double)batch / sequences)))
            .Where(stage => stage.Steps > 0)];
    }
}
