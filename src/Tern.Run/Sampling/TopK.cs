namespace Tern.Run.Sampling;

/// <summary>
/// Top-k: only the k most probable tokens may follow. Fan, Lewis and Dauphin 2018, "Hierarchical Neural Story Generation",
/// arXiv 1805.04833.
/// </summary>
static class TopK
{
    /// <summary>
    /// Makes candidates of the <paramref name="k"/> largest logits [vocabSize], lowest id first among equals; 0 or less takes all.
    /// It is the first step on candidates, so it gathers them: a whole vocabulary is neither copied nor sorted.
    /// </summary>
    public static void Apply(ReadOnlySpan<float> logits, Candidates candidates, int k) => candidates.Load(logits, k);
}
