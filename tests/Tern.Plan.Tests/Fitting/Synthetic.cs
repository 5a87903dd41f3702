using Tern.Plan.Fitting;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Fitting;

/// <summary>Runs whose law is known.</summary>
static class Synthetic
{
    /// <summary>Six sizes by five lengths.</summary>
    public static IReadOnlyList<TrainedModel> Surface(ChinchillaLaw law) =>
        [.. from n in (double[])[3e7, 1e8, 3e8, 1e9, 3e9, 1e10] from d in (double[])[1e9, 4e9, 1.6e10, 6.4e10, 2.56e11] select new TrainedModel(new(n, d), law.Loss(new(n, d)))];
}
