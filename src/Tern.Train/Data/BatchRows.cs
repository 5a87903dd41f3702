namespace Tern.Train.Data;

/// <summary>Puts windows of tokens into a batch, one row after the other.</summary>
sealed class BatchRows(int sequences, int length, bool maskDocuments)
{
    readonly int[] inputs = new int[sequences * length];
    readonly int[] targets = new int[sequences * length];
    readonly int[] documents = new int[sequences * length];
    readonly int[] window = new int[length + 1];
    readonly int[] windowDocuments = new int[length + 1];
    readonly bool[] windowLearned = new bool[length + 1];
    bool several;                                                    // documents in some row
    int rows;

    /// <summary>Adds window <paramref name="number"/> of the pool. Behind the end of the text stands <paramref name="padding"/>, which is no target.</summary>
    public void Add(WindowPool pool, long number, int padding)
    {
        var filled = pool.Read(number, window, windowDocuments, windowLearned);
        window.AsSpan(filled).Fill(padding);
        windowDocuments.AsSpan(filled).Fill(windowDocuments[filled - 1]);
        var row = rows++ * length;
        window.AsSpan(0, length).CopyTo(inputs.AsSpan(row));
        window.AsSpan(1, filled - 1).CopyTo(targets.AsSpan(row));
        for (var i = 1; i < filled; i++)
            if (!windowLearned[i]) targets[row + i - 1] = TokenBatch.NoTarget;
        targets.AsSpan(row + filled - 1, length + 1 - filled).Fill(TokenBatch.NoTarget);
        windowDocuments.AsSpan(0, length).CopyTo(documents.AsSpan(row));
        several |= windowDocuments[length - 1] > 0;
    }

    public TokenBatch ToBatch() => new(sequences, length, inputs, targets, maskDocuments && several ? documents : null);
}
