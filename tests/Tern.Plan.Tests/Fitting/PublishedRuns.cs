using Tern.Plan.Fitting;
using Tern.Plan.Fitting.Runs;
using Tern.Testing;

namespace Tern.Plan.Tests.Fitting;

/// <summary>Tables of runs that others published.</summary>
static class PublishedRuns
{
    /// <summary>245 points that Besiroglu et al. 2024 read from a figure of Hoffmann et al. 2022.</summary>
    public static IReadOnlyList<TrainedModel> Chinchilla() => TrainedModels.Read(RealData.Path("scaling/chinchilla/svg_extracted_data.csv"));

    /// <summary>Without the five highest losses, as Besiroglu et al. fit them.</summary>
    public static IReadOnlyList<TrainedModel> Chinchilla240() => [.. Chinchilla().OrderBy(run => run.Loss).SkipLast(5)];

    /// <summary>47 runs of Sardana et al. 2024, with 10 to 10,000 tokens for each parameter.</summary>
    public static IReadOnlyList<TrainedModel> Sardana() => TrainedModels.Read(RealData.Path("scaling/beyond-chinchilla/trainingresults.csv"));

    public static IReadOnlyList<TrainedModel> UpTo(this IReadOnlyList<TrainedModel> runs, double tokensPerParameter) =>
        [.. runs.Where(run => run.Allocation.TokensPerParameter <= tokensPerParameter * (1 + 1e-9))];
}
