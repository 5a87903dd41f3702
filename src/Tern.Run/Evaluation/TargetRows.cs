namespace Tern.Run.Evaluation;

/// <summary>Some neighbouring targets of a window, and what one model says about each.</summary>
sealed unsafe class TargetRows(int capacity)
{
    public TokenWindow Window { get; private set; }

    /// <summary>The token that the first row predicts.</summary>
    public int Target { get; private set; }

    public int Count { get; private set; }

    /// <summary>-log p(target).</summary>
    public double[] Losses { get; } = new double[capacity];

    /// <summary>The most probable token.</summary>
    public int[] Best { get; } = new int[capacity];

    /// <summary>KL(reference || model); only where there are two.</summary>
    public double[] Divergences { get; } = new double[capacity];

    /// <summary>
    /// Goes through all targets in order, a few rows at a time, so that never more logits are in memory than of those rows. With a
    /// <paramref name="reference"/> both advance side by side and the divergences of the model from it are computed.
    /// </summary>
    /// <param name="visit">Called with the rows of the model and those of the reference (null where there is none).</param>
    public static void ForEach(TokenWindows windows, TargetLogits model, TargetLogits? reference, Action<TargetRows, TargetRows?> visit, CancellationToken cancellation)
    {
        var rows = new TargetRows(model.RowsAtOnce);
        var other = reference is null ? null : new TargetRows(model.RowsAtOnce);
        foreach (var window in windows.Windows)
        {
            for (var target = window.Counted; target < window.End; target += rows.Count)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = Math.Min(model.RowsAtOnce, window.End - target);
                rows.Begin(window, target, count);
                other?.Begin(window, target, count);
                fixed (float* p = reference is null ? default : reference.Read(window, target, count))
                fixed (float* q = model.Read(window, target, count))
                    Fill(windows.Tokens, rows, other, (nint)q, (nint)p, model.VocabSize);
                visit(rows, other);
            }
        }
    }

    void Begin(TokenWindow window, int target, int count) => (Window, Target, Count) = (window, target, count);

    /// <summary>Rows are independent of each other, so the result does not depend on the number of threads.</summary>
    static void Fill(int[] tokens, TargetRows rows, TargetRows? other, nint modelLogits, nint referenceLogits, int vocabSize)
    {
        void Row(int i)
        {
            var q = new ReadOnlySpan<float>((float*)modelLogits + (long)i * vocabSize, vocabSize);
            var normalizer = rows.Set(i, q, tokens[rows.Target + i]);
            if (other is null) return;
            var p = new ReadOnlySpan<float>((float*)referenceLogits + (long)i * vocabSize, vocabSize);
            var normalizerP = other.Set(i, p, tokens[rows.Target + i]);
            rows.Divergences[i] = LogSoftmax.Divergence(p, normalizerP, q, normalizer);
        }

        try
        {
            Parallel.For(0, rows.Count, Row);
        }
        catch (AggregateException several)
        {
            throw several.InnerExceptions[0];
        }
    }

    double Set(int row, ReadOnlySpan<float> logits, int target)
    {
        var (normalizer, best) = LogSoftmax.Normalizer(logits);
        Losses[row] = normalizer - logits[target];
        Best[row] = best;
        return normalizer;
    }
}
