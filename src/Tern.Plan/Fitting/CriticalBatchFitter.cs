using Tern.Models;

namespace Tern.Plan.Fitting;

/// <summary>Curves of steps by batch, critical batches, and how these grow with the model or the data.</summary>
sealed class CriticalBatchFitter : LawFitter
{
    static readonly double[] Overheads = [0.1, 0.2, 0.5];

    readonly FitOptions _options;
    readonly IReadOnlyList<CriticalBatchCurve> _curves;

    /// <summary>Critical batches follow sizes or, where all are of one size, tokens; null where neither differs.</summary>
    readonly (string Name, double[] Values)? _scale;

    public CriticalBatchFitter(FitOptions options, IReadOnlyList<TrainedModel> runs)
    {
        if (options.BlockBySize) throw new TernException("Runs of batch sizes are drawn within each batch size, not in blocks of model sizes: leave --block away.");
        if (options is { FreeExponents: true, EfficientBatch: null }) throw new TernException("With a fitted exponent no batch is perfectly efficient: say which one counts as efficient (--efficient-batch).");
        (_options, _curves) = (options, CriticalBatchFit.Fit(runs, options.FreeExponents));
        var (sizes, tokens) = (_curves.Select(curve => curve.Parameters).ToArray(), _curves.Select(curve => curve.Tokens).ToArray());
        _scale = Differ(sizes) ? ("N", sizes) : Differ(tokens) ? ("D", tokens) : null;
    }

    static bool Differ(double[] values) => values.Length > 1 && values.All(value => !double.IsNaN(value)) && values.Distinct().Count() == values.Length;

    int Each => _options.FreeExponents ? 3 : 2;

    public override double Huber => double.PositiveInfinity;

    public override IReadOnlyList<string> Constants => [.. _curves.SelectMany(curve => (_options.FreeExponents ? new[] { "a", "b", "alpha" } : ["a", "b"]).Select(name => Named(name, curve)))];

    public override IReadOnlyList<string> Derived =>
    [
        .. _curves.SelectMany(curve => Overheads.Select(overhead => $"CBS{100 * overhead:F0}").Prepend("b/a").Select(name => Named(name, curve))),
        .. _scale is { } scale ? Overheads.Select(overhead => $"CBS{100 * overhead:F0}").Prepend("b/a").SelectMany(name => new[] { $"{name}_prefactor({scale.Name})", $"{name}_exponent({scale.Name})" }) : [],
    ];

    static string Named(string name, CriticalBatchCurve curve) => curve.Label.Length == 0 ? name : $"{name}[{curve.Label}]";

    public override double[] Fit(IReadOnlyList<TrainedModel> runs, CancellationToken cancellationToken) => ConstantsOf(_curves);

    public override double[]? Refit(IReadOnlyList<TrainedModel> runs, double[] from) => ConstantsOf(CriticalBatchFit.Refit(runs, Curves(from), _options.FreeExponents));

    double[] ConstantsOf(IReadOnlyList<CriticalBatchCurve> curves) => [.. curves.SelectMany(curve => _options.FreeExponents ? new[] { curve.A, curve.B, curve.Alpha } : [curve.A, curve.B])];

    List<CriticalBatchCurve> Curves(double[] constants) =>
        [.. _curves.Select((curve, i) => curve with { A = constants[Each * i], B = constants[(Each * i) + 1], Alpha = _options.FreeExponents ? constants[(Each * i) + 2] : 1 })];

    public override double[] Derive(double[] constants)
    {
        var efficient = _options.EfficientBatch ?? 0;
        var curves = Curves(constants);
        var each = curves.Select(curve => Overheads.Select(overhead => curve.CriticalBatch(efficient, overhead)).Prepend(curve.Balance).ToArray()).ToList();
        var laws = _scale is { } scale ? Enumerable.Range(0, Overheads.Length + 1).Select(i => PowerLaw.Fit(scale.Values, [.. each.Select(values => values[i])])) : [];
        return [.. each.SelectMany(values => values), .. laws.SelectMany(law => new[] { law.Prefactor, law.Exponent })];
    }

    /// <summary>
    /// Seeds are drawn within each batch size. A drawn deviation from the mean of ln f of the batch size is multiplied by sqrt(n/(n-1)): plain draws scatter less than the seeds did, and with the few seeds that there are, intervals
    /// would be much too narrow (Hesterberg 2015, What teachers should know about the bootstrap, section 3.2). Where each batch size was run once, residuals of the curve are drawn in the same way, with sqrt(n/(n - constants)); null where
    /// a curve has as many constants as batch sizes.
    /// </summary>
    public override IReadOnlyList<TrainedModel>? Resample(IReadOnlyList<TrainedModel> runs, Random random)
    {
        var reached = Fitted(runs);
        if (HaveSeeds(reached))
            return [.. reached.GroupBy(run => (run.Allocation, run.Loss, run.BatchTokens)).SelectMany(group => Drawn([.. group], group.Average(run => Math.Log(run.Steps!.Value)), random))];
        var curves = reached.GroupBy(run => (run.Allocation, run.Loss)).Select(group => group.ToList()).ToList();
        return curves.Any(curve => curve.Count <= Each) ? null : [.. curves.SelectMany(curve => AboutCurve(curve, random))];
    }

    static bool HaveSeeds(IReadOnlyList<TrainedModel> reached) => reached.GroupBy(run => (run.Allocation, run.Loss, run.BatchTokens)).Any(group => group.Count() > 1);

    static IEnumerable<TrainedModel> Drawn(List<TrainedModel> seeds, double mean, Random random)
    {
        var widened = seeds.Count == 1 ? 0 : Math.Sqrt(seeds.Count / (seeds.Count - 1.0));
        return seeds.Select(run => run with { Steps = Math.Exp(mean + (widened * (Math.Log(seeds[random.Next(seeds.Count)].Steps!.Value) - mean))) });
    }

    IEnumerable<TrainedModel> AboutCurve(List<TrainedModel> runs, Random random)
    {
        var curve = CurveOf(_curves, runs[0]);
        double[] residuals = [.. runs.Select(run => Math.Log(run.Steps!.Value / curve.Steps(run.BatchTokens!.Value)))];
        var widened = Math.Sqrt(runs.Count / (double)(runs.Count - Each));
        return runs.Select(run => run with { Steps = curve.Steps(run.BatchTokens!.Value) * Math.Exp(widened * residuals[random.Next(residuals.Length)]) });
    }

    static CriticalBatchCurve CurveOf(IEnumerable<CriticalBatchCurve> curves, TrainedModel run) =>
        curves.First(curve => curve.Parameters.Equals(run.Allocation.Parameters) && curve.Tokens.Equals(run.Allocation.Tokens) && curve.Target.Equals(run.Loss));

    public override IReadOnlyList<TrainedModel> Fitted(IReadOnlyList<TrainedModel> runs) => [.. runs.Where(run => run.Steps is not null)];

    public override bool LeavesOutSizes => false;

    public override double Measured(TrainedModel run) => run.Steps!.Value;

    public override double Predicted(double[] constants, TrainedModel run) => CurveOf(Curves(constants), run).Steps(run.BatchTokens!.Value);

    public override IEnumerable<string> Warnings(IReadOnlyList<TrainedModel> runs, double[] constants)
    {
        foreach (var curve in Curves(constants))
        {
            foreach (var run in curve.Censored) yield return $"{run.Label}: batch {run.BatchTokens:G5} did not reach the target and is not part of the fit.";
            var largest = Fitted(runs).Where(run => CurveOf(_curves, run).Label == curve.Label).Max(run => run.BatchTokens!.Value);
            if (curve.Alpha == 1 && curve.Balance > 4 * largest)
                yield return $"{(curve.Label.Length > 0 ? curve.Label + ": " : "")}b/a is {curve.Balance:G3}, far beyond the largest batch, {largest:G3}: the runs do not show where steps stop falling. Run larger batches.";
        }
        if (_options.Bootstrap > 0 && Resample(runs, new Random(_options.Seed)) is null) yield return "Every batch size was run once, and there are as many constants as batch sizes: there are no intervals. Run several seeds.";
        else if (_options.Bootstrap > 0 && !HaveSeeds(Fitted(runs))) yield return "Every batch size was run once: intervals come from the scatter about the curves, as if these were right. Run several seeds.";
        if (_options.EfficientBatch is null) yield return "Critical batches are measured against perfect scaling, b. The paper measures them against an efficient batch: give --efficient-batch to compare.";
    }
}
