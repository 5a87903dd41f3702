namespace Tern.Plan.Fitting;

/// <summary>Runs by model size: runs of one size have much in common, so that errors that count runs as independent are too small.</summary>
static class SizeBlocks
{
    /// <summary>Sizes within this factor are one: sizes that were read from a figure scatter.</summary>
    const double SameSize = 1.1;

    public static IReadOnlyList<IReadOnlyList<TrainedModel>> Of(IReadOnlyList<TrainedModel> runs)
    {
        var blocks = new List<List<TrainedModel>>();
        foreach (var run in runs.OrderBy(run => run.Allocation.Parameters))
        {
            if (blocks.Count == 0 || run.Allocation.Parameters > SameSize * blocks[^1][0].Allocation.Parameters) blocks.Add([]);
            blocks[^1].Add(run);
        }
        return blocks;
    }

    /// <summary>As many blocks as there are, drawn with replacement.</summary>
    public static IReadOnlyList<TrainedModel> Resample(IReadOnlyList<TrainedModel> runs, Random random)
    {
        var blocks = Of(runs);
        return [.. Enumerable.Range(0, blocks.Count).SelectMany(_ => blocks[random.Next(blocks.Count)])];
    }
}
