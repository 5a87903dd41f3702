using Tern.Models;
using Tern.Papers.Results;
using Tern.Papers.Sweeps;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;
using Tern.Plan.Sweeps;
using static Tern.Papers.Sweeps.Words;

namespace Tern.Papers;

/// <summary>
/// Steps to a loss by the batch: constant learning rate and averaged weights, as in the paper. Targets are losses that the smallest batch reaches after given numbers of tokens: of one model at several (data), of several models
/// at the same (size). The sweep is recipes/sweeps/scaling.yaml.
/// </summary>
public sealed class CriticalBatchSize : Paper
{
    const string WithData = "data", WithSize = "size", Hyperbola = "hyperbola", Noise = "noise";

    /// <summary>Parts of the sweep.</summary>
    static readonly string[] Batches = ["batch"], NoiseRuns = ["noise"];

    /// <summary>p of the paper.</summary>
    const double Overhead = 0.2;

    public override string Name => "critical-batch-size";

    public override string Title => "How Does Critical Batch Size Scale in Pre-training?";

    public override string Citation => "Zhang, Morwani, Vyas, Wu, Zou, Ghai, Foster, Kakade 2024, arXiv 2410.21676; the noise scale: McCandlish et al. 2018, arXiv 1812.06162";

    public override IReadOnlyList<string> Code => ["Tern.Plan/Laws/CriticalBatchLaw.cs", "Tern.Plan/Fitting/CriticalBatchFit.cs", "Tern.Train/Noise/GradientNoise.cs", "Tern.Papers/CriticalBatchSize.cs"];

    public override string Usage => "tern plan sweep recipes/sweeps/scaling.yaml; tern train recipe.yaml --set gradient_noise.every=20";

    public override IReadOnlyList<Claim> Claims { get; } =
    [
        new(WithData, "The critical batch size grows with the data", "as D^0.47"),
        new(WithSize, "It hardly grows with the model where the data are the same", "as N^0.087"),
        new(Hyperbola, "Steps to a loss are a + b / B", "the fit of the paper's law"),
        new(Noise, "The gradient noise scale of a single run tells the critical batch size", "within a small factor (McCandlish et al.)"),
    ];

    internal override Outcome Run(Experiment experiment) => Judge(SweepEvidence.Run(experiment, [.. Batches, .. NoiseRuns]));

    /// <summary>What runs say of the claims.</summary>
    internal static Outcome Judge(SweepEvidence evidence) => new Judgement(evidence).Outcome();

    /// <summary>Steps by batch of one model to one target.</summary>
    /// <param name="Parameters">N.</param>
    /// <param name="Tokens">D: what the smallest batch needed.</param>
    /// <param name="Target">Nats per token.</param>
    /// <param name="Runs">Of each batch the run with the fewest steps.</param>
    /// <param name="Fit">a and b; batches in tokens.</param>
    sealed record Curve(double Parameters, double Tokens, double Target, IReadOnlyList<TrainedModel> Runs, CriticalBatchCurve Fit)
    {
        public double EfficientBatch => Runs.Min(run => run.BatchTokens!.Value);

        public double Critical => CriticalOf(Fit);

        /// <summary>1 - Σ (ln steps - ln fit)² / Σ (ln steps - mean)².</summary>
        public double RSquared
        {
            get
            {
                var mean = Runs.Average(run => Math.Log(run.Steps!.Value));
                return 1 - (Residuals.Sum(residual => residual * residual) / Runs.Sum(run => Math.Pow(Math.Log(run.Steps!.Value) - mean, 2)));
            }
        }

        /// <summary>ln steps - ln fit.</summary>
        public IReadOnlyList<double> Residuals => [.. Runs.Select(run => Math.Log(run.Steps!.Value / Fit.Steps(run.BatchTokens!.Value)))];

        public string Label => $"{Count(Parameters)} weights, {Count(Tokens)} tokens";

        public double CriticalOf(CriticalBatchCurve fit) => fit.CriticalBatch(EfficientBatch, Overhead);

        /// <summary>The fit to runs that scatter about this one as the measured ones do; residuals are widened by the two constants that the fit took from them.</summary>
        public CriticalBatchCurve Scattered(Random random)
        {
            var widened = Math.Sqrt(Runs.Count / Math.Max(1.0, Runs.Count - 2));
            return CriticalBatchFit.Fit([.. Runs.Select(run => run with { Steps = Fit.Steps(run.BatchTokens!.Value) * Math.Exp(widened * Residuals[random.Next(Residuals.Count)]) })])[0];
        }

        public static Curve? Of(IReadOnlyList<SweepRow> rows)
        {
            var best = rows.GroupBy(row => row.BatchTokens).Select(batch => batch.MinBy(row => row.Steps)!).OrderBy(row => row.BatchTokens).ToList();
            if (best.Count < 3) return null;
            var (parameters, tokens, target) = ((double)best[0].NParams, best[0].NTokens, best[0].Target!.Value);
            List<TrainedModel> runs = [.. best.Select(row => new TrainedModel(new(parameters, tokens), target) { Name = row.Name, BatchTokens = row.BatchTokens, Steps = row.Steps })];
            return new(parameters, tokens, target, runs, CriticalBatchFit.Fit(runs)[0]);
        }
    }

    sealed class Judgement(SweepEvidence evidence)
    {
        /// <summary>Lengths within this factor are the same data.</summary>
        const double SameData = 1.35;

        readonly List<Curve> _curves = [.. evidence.OfKind(Batches).Where(row => row.Target is not null).GroupBy(row => (row.NParams, row.Target)).Select(group => Curve.Of([.. group])).OfType<Curve>().OrderBy(curve => curve.Parameters).ThenBy(curve => curve.Tokens)];

        public Outcome Outcome()
        {
            if (_curves.Count == 0) throw new TernException("No target was reached with three batch sizes: the sweep says nothing about critical batches.");
            return new Outcome(Setup(), [JudgeData(out var data), JudgeSize(data), JudgeHyperbola(), JudgeNoise()], [evidence.PartsTable(), CurveTable()], [StepsPlot(), GrowthPlot("data", "tokens", curve => curve.Tokens, DataSeries()), GrowthPlot("size", "weights", curve => curve.Parameters, SizeSeries())], evidence.Trials);
        }

        /// <summary>Curves of one model at several lengths: the model with the most.</summary>
        List<Curve> DataSeries() => [.. _curves.GroupBy(curve => curve.Parameters).MaxBy(size => size.Count())!];

        /// <summary>Curves of several models at about the same data: the longest of those of the most models.</summary>
        List<Curve> SizeSeries() => _curves.Select(curve => _curves.Where(other => Math.Max(other.Tokens / curve.Tokens, curve.Tokens / other.Tokens) <= SameData).DistinctBy(other => other.Parameters).ToList())
            .OrderByDescending(series => series.Count).ThenByDescending(series => series.Average(curve => curve.Tokens)).First();

        Finding JudgeData(out double exponent)
        {
            var series = DataSeries();
            if (series.Count < 2)
            {
                exponent = double.NaN;
                return new(WithData, "only one length", Verdict.NotReproduced);
            }

            var (critical, interval) = Exponent(series, curve => curve.Tokens, (curve, fit) => curve.CriticalOf(fit));
            var (balance, balanceInterval) = Exponent(series, curve => curve.Tokens, (_, fit) => fit.Balance);
            exponent = critical;
            return new(WithData, Invariant($"as D^{WithInterval(critical, interval)} of {Count(series[0].Parameters)} weights from {Count(series[0].Tokens)} to {Count(series[^1].Tokens)} tokens: {string.Join(", ", series.Select(curve => Invariant($"{Count(curve.Critical)} tokens")))}; b/a as D^{WithInterval(balance, balanceInterval)}"),
                critical is >= 0.2 and <= 0.9 && interval is null or { Low: > 0 } ? Verdict.Reproduced : critical > 0.1 ? Verdict.Partly : Verdict.NotReproduced,
                Invariant($"at {100 * Overhead:F0} % overhead over a batch of {Count(series[0].EfficientBatch)} tokens; intervals hold 80 %, by the scatter about the fitted curves"));
        }

        Finding JudgeSize(double data)
        {
            const double Hardly = 0.2;
            var series = SizeSeries();
            if (series.Count < 2) return new(WithSize, "no two sizes on the same data", Verdict.NotReproduced);
            var (critical, interval) = Exponent(series, curve => curve.Parameters, (curve, fit) => curve.CriticalOf(fit));
            var (balance, _) = Exponent(series, curve => curve.Parameters, (_, fit) => fit.Balance);
            return new(WithSize, Invariant($"as N^{WithInterval(critical, interval)} from {Count(series[0].Parameters)} to {Count(series[^1].Parameters)} weights at {Count(series.Average(curve => curve.Tokens))} tokens: {string.Join(", ", series.Select(curve => Invariant($"{Count(curve.Critical)} tokens")))}; b/a as N^{balance:F2}"),
                Math.Abs(critical) <= Hardly ? Verdict.Reproduced : Math.Abs(critical) < data / 2 ? Verdict.Partly : Verdict.NotReproduced);
        }

        /// <summary>How a quantity of the curves grows.</summary>
        static (double Exponent, Interval? Interval) Exponent(List<Curve> series, Func<Curve, double> along, Func<Curve, CriticalBatchCurve, double> what)
        {
            double[] x = [.. series.Select(along)];
            var exponent = PowerLaw.Fit(x, [.. series.Select(curve => what(curve, curve.Fit))]).Exponent;
            return (exponent, Scatter.IntervalOf(random => PowerLaw.Fit(x, [.. series.Select(curve => what(curve, curve.Scattered(random)))]).Exponent));
        }

        Finding JudgeHyperbola()
        {
            var worst = _curves.Min(curve => curve.RSquared);
            var off = _curves.Max(curve => curve.Residuals.Max(Math.Abs));
            return new(Hyperbola, Invariant($"R² {worst:F3} to {_curves.Max(curve => curve.RSquared):F3} of {_curves.Count} curves over batches of {Count(_curves.Min(curve => curve.EfficientBatch))} to {Count(_curves.Max(curve => curve.Runs[^1].BatchTokens!.Value))} tokens; the largest step off the curve is {100 * (Math.Exp(off) - 1):F0} %"),
                worst >= 0.98 ? Verdict.Reproduced : worst >= 0.9 ? Verdict.Partly : Verdict.NotReproduced);
        }

        /// <summary>Each run that measured the noise, and the curve of its model that is nearest in tokens.</summary>
        List<(SweepRow Row, Curve Curve)> NoisePairs() =>
        [
            .. from row in evidence.Trained(NoiseRuns)
               where row.NoiseScaleTokens is > 0
               let curve = _curves.Where(curve => curve.Parameters == row.NParams).MinBy(curve => Math.Abs(Math.Log(curve.Tokens / row.NTokens)))
               where curve is not null
               select (row, curve),
        ];

        Finding JudgeNoise()
        {
            const double Factor = 3;
            var pairs = NoisePairs();
            if (pairs.Count == 0) return new(Noise, "no run gave a noise scale above 0", Verdict.NotReproduced);
            var ratios = pairs.Select(pair => pair.Row.NoiseScaleTokens!.Value / pair.Curve.Fit.Balance).ToList();
            var within = ratios.Count(ratio => ratio is >= 1 / Factor and <= Factor);
            return new(Noise, string.Join("; ", pairs.Select((pair, i) => Invariant($"{Count(pair.Row.NParams)} weights: {Count(pair.Row.NoiseScaleTokens!.Value)} tokens, b/a {Count(pair.Curve.Fit.Balance)}, a factor of {ratios[i]:F2}"))),
                within == pairs.Count ? Verdict.Reproduced : within > 0 ? Verdict.Partly : Verdict.NotReproduced, Invariant($"noise at the end of runs of {Count(pairs[0].Row.NTokens)} tokens; within a factor of {Factor:F0} counts as told"));
        }

        ResultTable CurveTable() => new("Critical batches", ["model", "target, nats", "a, steps", "b, tokens", "b/a, tokens", "critical batch, tokens", "R²", "steps by batch"],
        [
            .. _curves.Select(curve => (IReadOnlyList<string>)[curve.Label, Invariant($"{curve.Target:F4}"), Invariant($"{curve.Fit.A:F0}"), Count(curve.Fit.B), Count(curve.Fit.Balance), Count(curve.Critical), Invariant($"{curve.RSquared:F3}"),
                string.Join(", ", curve.Runs.Select(run => Invariant($"{run.Steps:F0} at {Count(run.BatchTokens!.Value)}")))]),
        ]);

        ResultPlot StepsPlot()
        {
            var curves = new List<PlotCurve>();
            foreach (var (i, curve) in _curves.Index())
            {
                var (from, to) = (curve.EfficientBatch, curve.Runs[^1].BatchTokens!.Value);
                curves.Add(new(curve.Label, [.. curve.Runs.Select(run => new CurvePoint(run.BatchTokens!.Value, run.Steps!.Value))]) { Color = i, Style = CurveStyle.Points });
                curves.Add(new("a + b / B", [.. Enumerable.Range(0, 41).Select(step => from * Math.Pow(to / from, step / 40.0)).Select(batch => new CurvePoint(batch, curve.Fit.Steps(batch)))]) { Color = i, Style = CurveStyle.Line });
            }

            return new("steps", "Steps to the target, by the batch", "tokens of a batch", "steps", curves) { LogX = true, LogY = true };
        }

        static ResultPlot GrowthPlot(string name, string axis, Func<Curve, double> along, List<Curve> series)
        {
            List<PlotCurve> curves = [Points("critical batch", curve => curve.Critical, 0), Points("b/a", curve => curve.Fit.Balance, 1)];
            if (series.Count > 1)
            {
                curves.Insert(1, Law(curve => curve.Critical, 0));
                curves.Add(Law(curve => curve.Fit.Balance, 1));
            }

            return new(name, $"Critical batch by {axis}", axis, "tokens of a batch", curves) { LogX = true, LogY = true };

            PlotCurve Points(string title, Func<Curve, double> what, int color) => new(title, [.. series.Select(curve => new CurvePoint(along(curve), what(curve)))]) { Color = color, Style = CurveStyle.Points };

            PlotCurve Law(Func<Curve, double> what, int color)
            {
                var law = PowerLaw.Fit([.. series.Select(along)], [.. series.Select(what)]);
                return new(Invariant($"exponent {law.Exponent:F2}"), [.. new[] { series.Min(along), series.Max(along) }.Select(x => new CurvePoint(x, law.At(x)))]) { Color = color, Style = CurveStyle.Line };
            }
        }

        static string Setup() => """
            Llamas over bytes with the tied embedding, sequences of 128; AdamW without decay, a constant learning rate after warm-up that grows with the square root of the batch, β₂ and the decay of averaged weights that follow the batch, and the averaged weights
            are what is looked at, all as in the paper. Targets are the losses of the smallest batch at parts of its run; crossings lie between evaluations, of which each run has many. Of each batch the best learning rate counts. The sweep is
            `recipes/sweeps/scaling.yaml` (of `--quick`: `scaling-quick.yaml`); the noise scale is measured by runs of their own with gradients of parts of the batch.
            """;
    }
}
