namespace Tern.Plan.Sweeps;

/// <summary>A run before it is run.</summary>
/// <param name="Name">Of the run.</param>
/// <param name="Part">Joined by + where there are several.</param>
/// <param name="NParams">All weights.</param>
/// <param name="NParamsNonEmbedding">All but embedding and head.</param>
/// <param name="NTokens">Trained on.</param>
/// <param name="Steps">Of the optimiser.</param>
/// <param name="Flop">6ND.</param>
/// <param name="ExactFlop">As the shape needs them, attention included.</param>
/// <param name="Done">Finished before.</param>
public sealed record ForecastRun(string Name, string Part, long NParams, long NParamsNonEmbedding, long NTokens, long Steps, double Flop, double ExactFlop, bool Done);

/// <summary>What a sweep costs.</summary>
/// <param name="Runs">The longest first.</param>
/// <param name="Flop">Of all runs, exactly.</param>
/// <param name="FlopLeft">Of those that are not done.</param>
/// <param name="Jobs">Runs at a time.</param>
/// <param name="SecondsLeft">By the given rate, or that of the runs that are done; null where neither is there.</param>
public sealed record SweepForecast(IReadOnlyList<ForecastRun> Runs, double Flop, double FlopLeft, int Jobs, double? SecondsLeft)
{
    /// <summary>Nothing is run or written.</summary>
    /// <param name="sweep">What would be run.</param>
    /// <param name="jobs">Runs at a time.</param>
    /// <param name="flopPerSecond">Of one run; null: as measured by the finished runs of the folder.</param>
    public static SweepForecast Of(Sweep sweep, int jobs, double? flopPerSecond = null)
    {
        var runs = SweepGrid.Expand(sweep);
        var done = Sweeping.Results(sweep).ToDictionary(pair => pair.Run.Identity, pair => pair.Result);
        var left = runs.Where(run => !done.ContainsKey(run.Identity)).ToList();
        var rate = new SweepRate();
        foreach (var run in runs)
            if (done.TryGetValue(run.Identity, out var result) && !result.Diverged) rate.Add(run, result);
        var flopLeft = left.Sum(run => run.ExactFlop);
        return new SweepForecast(
            [.. runs.Select(run => new ForecastRun(run.Name, string.Join('+', run.Parts), run.Parameters, run.NonEmbeddingParameters, run.Tokens, run.Steps, run.Flop, run.ExactFlop, done.ContainsKey(run.Identity)))],
            runs.Sum(run => run.ExactFlop), flopLeft, jobs, (flopPerSecond is { } given ? flopLeft / given : rate.SecondsOf(left)) / jobs);
    }
}
