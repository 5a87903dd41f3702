using Tern.Models;
using Tern.Papers.Results;
using Tern.Papers.Sweeps;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;
using Tern.Plan.Sweeps;
using static Tern.Papers.Sweeps.Words;

namespace Tern.Papers;

/// <summary>
/// The law of loss by size and tokens, and what serving does to the optimum: runs of equal operations, runs to extreme numbers of tokens for each weight, a law fitted to ordinary runs and held against those; the price of
/// serving by the published law. The sweep is recipes/sweeps/scaling.yaml.
/// </summary>
public sealed class BeyondChinchilla : Paper
{
    const string EqualRates = "isoflop", KeepsFalling = "falls", TooOptimistic = "extrapolation", Serving = "serving";

    /// <summary>Parts of the sweep.</summary>
    static readonly string[] Equal = ["rates", "isoflop"], Long = ["length"], Ordinary = ["rates", "isoflop", "length", "seeds"];

    public override string Name => "beyond-chinchilla";

    public override string Title => "Beyond Chinchilla-Optimal: Accounting for Inference in Language Model Scaling Laws";

    public override string Citation => "Sardana, Portes, Doubov, Frankle 2024, arXiv 2401.00448; the law: Hoffmann et al. 2022, arXiv 2203.15556";

    public override IReadOnlyList<string> Code => ["Tern.Plan/Laws/ChinchillaLaw.cs", "Tern.Plan/Laws/LifetimeOptimum.cs", "Tern.Plan/Fitting/ChinchillaFit.cs", "Tern.Plan/Fitting/IsoFlopFit.cs", "Tern.Papers/BeyondChinchilla.cs"];

    public override string Usage => "tern plan --loss 2.0 --inference-tokens 2e12";

    public override IReadOnlyList<Claim> Claims { get; } =
    [
        new(EqualRates, "Runs of equal operations have a best size between too small and too large, and the best size and the best number of tokens grow at about equal rates", "N* grows as C^0.49 (parabolas), C^0.46 (fitted surface)"),
        new(KeepsFalling, "Loss keeps falling to the end at extreme numbers of tokens for each weight", "150M weights: 3.68 nats at 10 tokens a weight, 3.25 at 100, 3.15 at 1,000, 3.06 at 10,000"),
        new(TooOptimistic, "A law fitted to ordinary ratios only predicts too low a loss at extreme ones", "fitted up to 100 tokens a weight: 7 % too low at 1,000, 15 % at 10,000"),
        new(Serving, "Who serves 2T tokens of the quality of a 13B model trains a 7B model for longer and saves a sixth of all operations", "1.7e22 FLOP, 17 %"),
    ];

    internal override Outcome Run(Experiment experiment) => Judge(SweepEvidence.Run(experiment, Ordinary), experiment.IsFull ? [20, 40, 80] : [20, 40], experiment.IsFull ? 300 : 60, experiment.Cancellation);

    /// <summary>What runs say of the claims.</summary>
    /// <param name="evidence">The sweep.</param>
    /// <param name="cutoffs">Tokens for each weight, up to which a law is fitted.</param>
    /// <param name="extreme">Tokens for each weight from which it is held against runs.</param>
    /// <param name="cancellation">Ends the fits.</param>
    internal static Outcome Judge(SweepEvidence evidence, IReadOnlyList<double> cutoffs, double extreme, CancellationToken cancellation) => new Judgement(evidence, cutoffs, extreme, cancellation).Outcome();

    sealed class Judgement(SweepEvidence evidence, IReadOnlyList<double> cutoffs, double extreme, CancellationToken cancellation)
    {
        readonly IReadOnlyList<SweepRow> _runs = evidence.FullPrecision(Ordinary);

        readonly double _noise = evidence.SeedNoise(Ordinary) ?? SweepEvidence.UsualSeedNoise;

        public Outcome Outcome()
        {
            var surface = LawFitting.Fit(SweepEvidence.Models(_runs), new() { Approach = FitApproach.Surface, Bootstrap = 200 }, cancellation);
            var limited = cutoffs.Select(cutoff => (Cutoff: cutoff, Law: LawUpTo(cutoff))).Where(fit => fit.Law is not null).Select(fit => (fit.Cutoff, Law: fit.Law!)).ToList();
            var (equal, vertices) = JudgeEqual(surface);
            return new Outcome(Setup(), [equal, JudgeFalling(), JudgeExtrapolation(limited, surface), JudgeServing()], [evidence.PartsTable(), Constants(surface, limited)],
                [IsoFlopPlot(vertices), LengthPlot(limited.FirstOrDefault().Law, surface.Chinchilla!)], evidence.Trials);
        }

        FittedLaw? LawUpTo(double cutoff)
        {
            try
            {
                return LawFitting.Fit(SweepEvidence.Models(_runs), new() { Cutoff = cutoff, Bootstrap = 0 }, cancellation);
            }
            catch (TernException)
            {
                return null;                                          // too few runs below the cutoff, or of one size
            }
        }

        IReadOnlyList<SweepRow> EqualRuns => [.. evidence.FullPrecision(Equal).Where(row => row.BudgetFlop is not null)];

        static Frontier? FrontierOf(IReadOnlyList<TrainedModel> runs)
        {
            try
            {
                return IsoFlopFit.Fit(runs);
            }
            catch (TernException)
            {
                return null;                                          // fewer than two budgets with a lowest point between their runs
            }
        }

        (Finding Finding, Frontier? Vertices) JudgeEqual(FittedLaw surface)
        {
            var models = SweepEvidence.Models(EqualRuns);
            var budgets = EqualRuns.Select(row => row.BudgetFlop).Distinct().Count();
            var frontier = FrontierOf(models);
            var third = surface.Derived.First(derived => derived.Name == "parameters_exponent");
            var bySurface = Invariant($"by the fitted surface as C^{WithInterval(third.Value, third.Interval80)}");
            if (frontier is null) return (new(EqualRates, $"the parabolas have no lowest point within the runs; {bySurface}", Verdict.NotReproduced), null);
            var (a, b) = (frontier.Parameters.Exponent, frontier.Tokens.Exponent);
            var interval = Scatter.IntervalOf(random => FrontierOf([.. models.Select(model => model with { Loss = model.Loss + (_noise * Scatter.Normal(random)) })])?.Parameters.Exponent);
            var shaped = frontier.Points.Count == budgets;
            var verdict = shaped && Near(a, 0.1) && Near(third.Value, 0.1) ? Verdict.Reproduced : Near(a, 0.2) && Near(third.Value, 0.2) ? Verdict.Partly : Verdict.NotReproduced;
            return (new(EqualRates, Invariant($"{frontier.Points.Count} of {budgets} budgets have their lowest point within the runs; N* grows as C^{WithInterval(a, interval)} and D* as C^{b:F2} (parabolas), {bySurface}"), verdict,
                Invariant($"intervals hold 80 %: of the parabolas by the scatter of seeds ({_noise:F4} nats), of the surface by drawing runs anew")), frontier);

            static bool Near(double exponent, double within) => Math.Abs(exponent - 0.5) <= within;
        }

        /// <summary>Losses by tokens of each size, the best of each length.</summary>
        List<(double Parameters, List<SweepRow> Runs)> Lengths() => [.. evidence.FullPrecision(Long).GroupBy(row => row.NParams).OrderBy(size => size.Key)
            .Select(size => ((double)size.Key, size.GroupBy(row => row.NTokens).Select(length => length.MinBy(row => row.Loss)!).OrderBy(row => row.NTokens).ToList()))];

        Finding JudgeFalling()
        {
            var sizes = Lengths();
            if (sizes.Count == 0) return new(KeepsFalling, "no runs of different lengths", Verdict.NotReproduced);
            var longest = sizes.MaxBy(size => SweepEvidence.Ratio(size.Runs[^1])).Runs;
            var falling = sizes.All(size => size.Runs.Zip(size.Runs.Skip(1), (shorter, longer) => longer.Loss < shorter.Loss).All(falls => falls));
            var best = sizes.All(size => size.Runs[^1].Loss <= size.Runs.Min(row => row.Loss));
            var steps = string.Join(", ", longest.Select(row => Invariant($"{row.Loss:F3} at {SweepEvidence.Ratio(row):F0}")));
            var last = longest.Count > 1 ? Invariant($"; the last doubling brings {longest[^2].Loss - longest[^1].Loss:F3} nats (seeds scatter by {_noise:F4})") : "";
            return new(KeepsFalling, $"{Count(longest[0].NParams)} weights, nats by tokens a weight: {steps}{last}; {sizes.Count} sizes fall {(falling ? "with every length" : best ? "to their longest run, not at every step" : "not to the end")}",
                falling ? Verdict.Reproduced : best ? Verdict.Partly : Verdict.NotReproduced, "the text is repeated where runs are longer than it");
        }

        Finding JudgeExtrapolation(List<(double Cutoff, FittedLaw Law)> limited, FittedLaw all)
        {
            var far = _runs.Where(row => SweepEvidence.Ratio(row) >= extreme).ToList();
            if (far.Count == 0 || limited.Count == 0) return new(TooOptimistic, Invariant($"no runs from {extreme:F0} tokens a weight on, or too few below the cutoffs"), Verdict.NotReproduced);
            double Error(ChinchillaLaw law) => far.Average(row => (law.Loss(new(row.NParams, row.NTokens)) / row.Loss) - 1);
            var errors = limited.Select(fit => (fit.Cutoff, Error: Error(fit.Law.Chinchilla!))).ToList();
            var own = Error(all.Chinchilla!);
            // Too low by more than seeds scatter, and the more so the lower the cutoff.
            var scatter = _noise / far.Average(row => row.Loss);
            var low = errors.All(fit => fit.Error < -scatter);
            var verdict = low && errors[0].Error < errors[^1].Error + scatter ? Verdict.Reproduced : errors[0].Error < -scatter ? Verdict.Partly : Verdict.NotReproduced;
            return new(TooOptimistic, Invariant($"error of the predicted loss of {far.Count} runs from {extreme:F0} tokens a weight on: {string.Join(", ", errors.Select(fit => Invariant($"{100 * fit.Error:+0.0;-0.0} % (fitted up to {fit.Cutoff:F0})")))}, {100 * own:+0.0;-0.0} % (fitted to all)"), verdict,
                Invariant($"seeds scatter by {100 * scatter:F1} %"));
        }

        static Finding JudgeServing()
        {
            const double Parameters = 13e9, Served = 2e12, PaperSaving = 0.17;
            var law = PublishedLaw.Named("sardana").Law;
            var chinchilla = law.OptimumForParameters(Parameters);
            var optimum = LifetimeOptimum.ForLoss(law, law.Loss(chinchilla), Served);
            double Flop(Allocation at) => at.TrainingFlop + at.InferenceFlop(Served);
            var (saved, share) = (Flop(chinchilla) - Flop(optimum), 1 - (Flop(optimum) / Flop(chinchilla)));
            return new(Serving, Invariant($"{optimum.Parameters / 1e9:F2}B weights on {optimum.Tokens / 1e12:F2}T tokens instead of 13B on {chinchilla.Tokens / 1e12:F2}T: {saved:0.000e0} FLOP, {100 * share:F2} %"),
                Math.Abs(share - PaperSaving) < 0.005 ? Verdict.Reproduced : share > 0 ? Verdict.Partly : Verdict.NotReproduced, "computed from the paper's constants, without a run");
        }

        static ResultTable Constants(FittedLaw surface, List<(double Cutoff, FittedLaw Law)> limited) => new("Constants of the fits, with intervals of 80 %", ["fit", "constant", "value", "interval"],
            [.. Rows("all runs", surface.Constants.Concat(surface.Derived)), .. limited.SelectMany(fit => Rows(Invariant($"up to {fit.Cutoff:F0} tokens a weight"), fit.Law.Constants))]);

        ResultPlot IsoFlopPlot(Frontier? frontier)
        {
            var budgets = EqualRuns.GroupBy(row => row.BudgetFlop!.Value).OrderBy(budget => budget.Key).ToList();
            var curves = budgets.Select(budget => new PlotCurve($"{Budget(budget.Key)} FLOP", [.. budget.OrderBy(row => row.NParams).Select(row => new CurvePoint(row.NParams, row.Loss))])).ToList();
            if (frontier is not null) curves.Add(new("lowest points", [.. frontier.Points.Select(point => new CurvePoint(point.Parameters, LossAt(budgets.MinBy(budget => Math.Abs(Math.Log(budget.Key / point.TrainingFlop)))!, point.Parameters)))]) { Style = CurveStyle.Dashed, Color = 6 });
            return new("isoflop", "Loss by size, at equal operations", "weights", "held-out loss, nats per token", curves) { LogX = true };
        }

        /// <summary>Between the runs on both sides.</summary>
        static double LossAt(IEnumerable<SweepRow> runs, double parameters) =>
            LossCurve.At([.. runs.OrderBy(row => row.NParams).Select(row => new HeldOutPoint(Math.Log(row.NParams), row.Loss))], Math.Log(parameters));

        ResultPlot LengthPlot(FittedLaw? ordinary, ChinchillaLaw all)
        {
            var curves = new List<PlotCurve>();
            foreach (var (i, (parameters, runs)) in Lengths().Index())
            {
                double[] tokens = [.. Enumerable.Range(0, 41).Select(step => runs[0].NTokens * Math.Pow(runs[^1].NTokens / runs[0].NTokens, step / 40.0))];
                PlotCurve Law(string name, ChinchillaLaw law, CurveStyle style) => new(name, [.. tokens.Select(d => new CurvePoint(d, law.Loss(new(parameters, d))))]) { Color = i, Style = style };
                curves.Add(new($"{Count(parameters)} weights", [.. runs.Select(row => new CurvePoint(row.NTokens, row.Loss))]) { Color = i, Style = CurveStyle.Points });
                curves.Add(Law("law of all runs", all, CurveStyle.Line));
                if (ordinary?.Chinchilla is { } law) curves.Add(Law(Invariant($"law of runs up to {cutoffs[0]:F0} a weight"), law, CurveStyle.Dashed));
            }

            return new("length", "Loss by tokens, and what laws say", "tokens", "held-out loss, nats per token", curves) { LogX = true };
        }

        string Setup() => Invariant($"""
            Llamas over bytes, {Count(_runs.Min(row => row.NParams))} to {Count(_runs.Max(row => row.NParams))} weights with the tied embedding, sequences of 128; AdamW without decay, cosine to a tenth of a learning rate that follows from width and batch (tuned at the
            smallest budget), bfloat16. {_runs.Count} runs of {SweepEvidence.Ratio(_runs.MinBy(SweepEvidence.Ratio)!):F1} to {SweepEvidence.Ratio(_runs.MaxBy(SweepEvidence.Ratio)!):F0} tokens for each weight: the sweep `recipes/sweeps/scaling.yaml` (of `--quick`: `scaling-quick.yaml`). Losses are of
            held-out text, in nats for each byte.
            """);
    }
}
