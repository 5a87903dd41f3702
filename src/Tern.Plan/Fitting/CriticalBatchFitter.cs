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

    public override double[]? Refit(IReadOnlyList<TrainedModel> runs, double[] from) => ConstantsOf(CriticalBatchFit.Fit(runs, _options.FreeExponents));

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

    /// <summary>Seeds of the same batch size; null where each batch size was run once.</summary>
    public override IReadOnlyList<TrainedModel>? Resample(IReadOnlyList<TrainedModel> runs, Random random)
    {
        var strata = runs.Where(run => run.Steps is not null).GroupBy(run => (run.Allocation, run.Loss, run.BatchTokens)).Select(group => group.ToList()).ToList();
        return strata.All(group => group.Count == 1) ? null : [.. strata.SelectMany(group => group.Select(_ => group[random.Next(group.Count)]))];
    }

    public override IReadOnlyList<TrainedModel> Fitted(IReadOnlyList<TrainedModel> runs) => [.. runs.Where(run => run.Steps is not null)];

    public override bool LeavesOutSizes => false;

    public override double Measured(TrainedModel run) => run.Steps!.Value;

    public override double Predicted(double[] constants, TrainedModel run)
    {
        var curve = Curves(constants).First(curve => curve.Parameters.Equals(run.Allocation.Parameters) && curve.Tokens.Equals(run.Allocation.Tokens) && curve.Target.Equals(run.Loss));
        return curve.Steps(run.BatchTokens!.Value);
    }

    public override IEnumerable<string> Warnings(IReadOnlyList<TrainedModel> runs, double[] constants)
    {
        foreach (var curve in Curves(constants))
        {
            foreach (var run in curve.Censored) yield return $"{run.Label}: batch {run.BatchTokens:G5} did not reach the target and is not part of the fit.";
            var largest = runs.Where(run => run.Steps is not null && run.Allocation.Equals(new(curve.Parameters, curve.Tokens))).Max(run => run.BatchTokens!.Value);
            if (curve.Alpha == 1 && curve.Balance > 4 * largest)
                yield return $"{(curve.Label.Length > 0 ? curve.Label + ": " : "")}b/a is {curve.Balance:G3}, far beyond the largest batch, {largest:G3}: the runs do not show where steps stop falling. Run larger batches.";
        }
        if (_options.Bootstrap > 0 && Resample(runs, new Random(_options.Seed)) is null) yield return "Every batch size was run once: there are no intervals. Run several seeds.";
        if (_options.EfficientBatch is null) yield return "Critical batches are measured against perfect scaling, b. The paper measures them against an efficient batch: give --efficient-batch to compare.";
    }
}
