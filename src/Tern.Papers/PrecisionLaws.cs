using Tern.Models;
using Tern.Papers.Results;
using Tern.Papers.Sweeps;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;
using Tern.Plan.Sweeps;
using static Tern.Papers.Sweeps.Words;

namespace Tern.Papers;

/// <summary>
/// Training in few bits and rounding afterwards: runs with few bits of weights, of activations, of keys and values, each alone; runs with all of them, held out from the fit; models of many sizes and lengths, rounded
/// after training to the nearest value of a grid for each row. The sweep is recipes/sweeps/scaling.yaml.
/// </summary>
public sealed class PrecisionLaws : Paper
{
    const string Saturates = "saturates", Multiplies = "joint", DamageGrows = "damage", TrainedLow = "robust", BestBits = "optimum";

    /// <summary>Parts of the sweep.</summary>
    static readonly string[] Full = ["rates", "isoflop", "length", "seeds"], Weights = ["weight_bits"], Single = ["weight_bits", "activation_bits", "kv_bits"], Joint = ["joint"], RoundedFull = ["isoflop", "length", "seeds"];

    /// <summary>Bits of rounding whose damage stands out of the noise.</summary>
    static readonly int[] FewBits = [2, 3, 4];

    public override string Name => "precision-laws";

    public override string Title => "Scaling Laws for Precision";

    public override string Citation => "Kumar, Ankner, Spector, Bordelon, Muennighoff, Paul, Pehlevan, Ré, Raghunathan 2024, arXiv 2411.04330";

    public override IReadOnlyList<string> Code => ["Tern.Plan/Laws/PrecisionLaw.cs", "Tern.Plan/Laws/PrecisionOptimum.cs", "Tern.Plan/Fitting/PrecisionFitter.cs", "Tern.Train/Precision/FakeQuantization.cs", "Tern.Train/Precision/PostTrainingRounding.cs", "Tern.Papers/PrecisionLaws.cs"];

    public override string Usage => "tern plan --train-bits auto --serve-bits 4; tern train recipe.yaml --set quantization.weight_bits=4";

    public override IReadOnlyList<Claim> Claims { get; } =
    [
        new(Saturates, "Loss falls exponentially to that of full precision with the bits of training: few bits act like fewer weights, N (1 - e^(-P/γ))", "R² about 0.97; γ of weights 2.67 bits"),
        new(Multiplies, "The penalties of weights, activations and keys and values multiply", "the product tells runs with all three nearly as well as a joint fit"),
        new(DamageGrows, "The damage of rounding a finished model grows with its tokens and falls with its size, so that at few bits more training makes it worse", "δ = C D^0.51 / N^0.34 e^(-P/0.59); U-shaped losses at 3 to 4 bits"),
        new(TrainedLow, "Models that were trained in few bits lose less when they are rounded", "less at every number of bits"),
        new(BestBits, "The best number of bits to train in does not depend on the budget", "7 to 8 bits"),
    ];

    internal override Outcome Run(Experiment experiment) => Judge(SweepEvidence.Run(experiment, [.. Full, .. Single, .. Joint]), experiment.Cancellation);

    /// <summary>What runs say of the claims.</summary>
    internal static Outcome Judge(SweepEvidence evidence, CancellationToken cancellation) => new Judgement(evidence, cancellation).Outcome();

    sealed class Judgement(SweepEvidence evidence, CancellationToken cancellation)
    {
        readonly IReadOnlyList<SweepRow> _full = evidence.FullPrecision(Full);

        readonly double _noise = evidence.SeedNoise([.. Full, .. Single]) ?? SweepEvidence.UsualSeedNoise;

        public Outcome Outcome()
        {
            var fit = LawFitting.Fit(SweepEvidence.Models(evidence.Trained([.. Full, .. Single]).Concat(evidence.Rounded([.. RoundedFull, .. Weights]))), new() { Law = LawKind.Precision, Bootstrap = 200 }, cancellation);
            var law = fit.Precision ?? throw new TernException("The sweep has no runs in few bits.");
            var damage = RoundingDamage.Of(evidence.Rounded(RoundedFull));
            return new Outcome(Setup(), [JudgeSaturation(fit, law), JudgeJoint(law), JudgeDamage(damage), JudgeTrainedLow(), JudgeBestBits(fit, law)],
                [evidence.PartsTable(), new("Constants of the fit, with intervals of 80 %", ["fit", "constant", "value", "interval"], [.. Rows("single parts and rounding", fit.Constants.Concat(fit.Derived))]), PenaltyTable(law)],
                [BitsPlot(law), DamagePlot(damage), RoundedPlot()], evidence.Trials);
        }

        /// <summary>The loss at full precision of the same size and length, the mean of the seeds; null where there was no such run.</summary>
        double? FullLoss(SweepRow row)
        {
            var same = _full.Where(full => full.NParams == row.NParams && full.NTokens == row.NTokens && full.Sequences == row.Sequences).ToList();
            return same.Count == 0 ? null : same.Average(full => full.Loss);
        }

        /// <summary>What few bits cost, in nats: measured, and by the law.</summary>
        List<(SweepRow Row, double Measured, double Predicted)> Penalties(PrecisionLaw law, string[] kinds) =>
        [
            .. from row in evidence.Trained(kinds)
               where !SweepEvidence.IsFull(row) && FullLoss(row) is not null
               let at = new Allocation(row.NParams, row.NTokens)
               select (row, row.Loss - FullLoss(row)!.Value, law.Loss(at, new TrainingBits(row.PW, row.PA, row.PKv)) - law.Loss(at, TrainingBits.All(TrainedModel.FullPrecision))),
        ];

        Finding JudgeSaturation(FittedLaw fit, PrecisionLaw law)
        {
            var penalties = Penalties(law, Single);
            var weights = Penalties(law, Weights).GroupBy(penalty => (penalty.Row.NParams, penalty.Row.NTokens)).Select(series => series.OrderBy(penalty => penalty.Row.PW).ToList()).ToList();
            if (weights.Count == 0) return new(Saturates, "no runs in few bits beside one at full precision", Verdict.NotReproduced);
            var mean = penalties.Average(penalty => penalty.Measured);
            var told = 1 - (penalties.Sum(penalty => Math.Pow(penalty.Measured - penalty.Predicted, 2)) / penalties.Sum(penalty => Math.Pow(penalty.Measured - mean, 2)));
            var falling = weights.All(series => series.Zip(series.Skip(1), (few, more) => more.Measured < few.Measured + (2 * _noise)).All(falls => falls) && series[0].Measured > 2 * _noise);
            var byBits = string.Join(", ", weights.SelectMany(series => series).GroupBy(penalty => penalty.Row.PW).OrderBy(group => group.Key).Select(group => Invariant($"{group.Average(penalty => penalty.Measured):+0.000;-0.000} at {group.Key}")));
            var gamma = fit.Constants.Where(constant => constant.Name.StartsWith("gamma_", StringComparison.Ordinal) && constant.Name is not ("gamma_D" or "gamma_N" or "gamma_post"));
            return new(Saturates, Invariant($"bits of weights cost, in nats: {byBits}; γ {string.Join(", ", gamma.Select(constant => $"of {PartName(constant.Name)} {WithInterval(constant.Value, constant.Interval80)}"))}; the law tells the penalties with R² {told:F2}"),
                falling && told >= 0.9 ? Verdict.Reproduced : falling || told >= 0.7 ? Verdict.Partly : Verdict.NotReproduced, Invariant($"means over {weights.Count} sizes and lengths; seeds scatter by {_noise:F4} nats"));
        }

        static string PartName(string constant) => constant["gamma_".Length..] switch { "w" => "weights", "a" => "activations", _ => "keys and values" };

        Finding JudgeJoint(PrecisionLaw law)
        {
            var penalties = Penalties(law, Joint);
            if (penalties.Count == 0) return new(Multiplies, "no runs with all parts in few bits", Verdict.NotReproduced);
            var worst = penalties.Max(penalty => Math.Abs(penalty.Predicted - penalty.Measured));
            var share = penalties.Max(penalty => Math.Abs(penalty.Predicted - penalty.Measured) / Math.Max(penalty.Measured, _noise));
            var limit = Math.Max(0.02, 2 * _noise);                       // what the paper's product leaves at small scale, or two deviations
            return new(Multiplies, string.Join("; ", penalties.Select(penalty => Invariant($"weights {penalty.Row.PW}, activations {penalty.Row.PA}, keys and values {penalty.Row.PKv} bits: {penalty.Measured:+0.000;-0.000} nats, predicted {penalty.Predicted:+0.000;-0.000}"))),
                worst <= limit ? Verdict.Reproduced : share <= 0.3 ? Verdict.Partly : Verdict.NotReproduced, Invariant($"not part of the fit; seeds scatter by {_noise:F4} nats"));
        }

        Finding JudgeDamage(IReadOnlyList<RoundingDamage> damage)
        {
            var few = damage.Where(row => FewBits.Contains(row.Bits)).ToList();
            if (DamageSlopes.Of(few) is not { } all) return new(DamageGrows, "too few rounded models", Verdict.NotReproduced);
            var each = FewBits.Select(bits => (Bits: bits, Slopes: DamageSlopes.Of([.. few.Where(row => row.Bits == bits)]))).Where(bits => bits.Slopes is not null).ToList();
            var curves = SmallestRounded();
            var shaped = curves.Where(curve => FewBits.Contains(curve.Bits) && IsUShaped(curve.Points)).Select(curve => curve.Bits).Order().ToList();
            var sure = all is { TokensInterval.Low: > 0, SizeInterval.Low: > 0 };
            var verdict = sure && shaped.Count > 0 ? Verdict.Reproduced : all.ByTokens > 0 && all.BySize > 0 || all.ByTokens > 0 && shaped.Count > 0 ? Verdict.Partly : Verdict.NotReproduced;
            return new(DamageGrows, Invariant($"δ grows as D^{WithInterval(all.ByTokens, all.TokensInterval)} / N^{WithInterval(all.BySize, all.SizeInterval)} ({string.Join(", ", each.Select(bits => Invariant($"{bits.Bits} bits D^{bits.Slopes!.ByTokens:F2} / N^{bits.Slopes.BySize:F2}")))}); the smallest model's rounded loss is U-shaped at {(shaped.Count > 0 ? string.Join(" and ", shaped) + " bits" : "no number of bits")}"), verdict,
                "rounding to the nearest of a grid for each row; the paper's main fits are of GPTQ");
        }

        /// <summary>Losses by tokens of the smallest model after rounding, for each number of bits.</summary>
        List<(int Bits, List<CurvePoint> Points)> SmallestRounded()
        {
            var rows = evidence.Rounded(RoundedFull).Where(SweepEvidence.IsFull).ToList();
            if (rows.Count == 0) return [];
            var smallest = rows.Min(row => row.NParams);
            return [.. rows.Where(row => row.NParams == smallest).GroupBy(row => row.PPost!.Value).OrderBy(bits => bits.Key)
                .Select(bits => (bits.Key, bits.GroupBy(row => row.NTokens).OrderBy(length => length.Key).Select(length => new CurvePoint(length.Key, length.Average(row => row.Loss))).ToList()))];
        }

        /// <summary>The lowest point has higher ones on both sides, beyond the scatter of seeds.</summary>
        bool IsUShaped(List<CurvePoint> points)
        {
            var lowest = points.MinBy(point => point.Y);
            return points[0].Y > lowest.Y + (2 * _noise) && points[^1].Y > lowest.Y + (2 * _noise);
        }

        Finding JudgeTrainedLow()
        {
            var pairs = (from row in evidence.Rounded(Weights)
                         where !SweepEvidence.IsFull(row)
                         let full = evidence.Rounded(Full).Where(full => SweepEvidence.IsFull(full) && full.NParams == row.NParams && full.NTokens == row.NTokens && full.PPost == row.PPost).ToList()
                         where full.Count > 0
                         let reference = full.Average(other => other.Loss - other.LossBefore!.Value)
                         where reference > RoundingDamage.Least
                         select (Row: row, Share: (row.Loss - row.LossBefore!.Value) / reference)).ToList();
            if (pairs.Count == 0) return new(TrainedLow, "no models trained in few bits and rounded beside one at full precision", Verdict.NotReproduced);
            var less = pairs.Count(pair => pair.Share < 1);
            var byBits = string.Join(", ", pairs.GroupBy(pair => (pair.Row.PW, pair.Row.PPost)).OrderBy(group => group.Key.PPost).ThenBy(group => group.Key.PW).Select(group => Invariant($"{100 * group.Average(pair => pair.Share):F0} % ({group.Key.PW} to {group.Key.PPost})")));
            return new(TrainedLow, Invariant($"{less} of {pairs.Count} lose less; damage as a share of that of models trained at full precision, by bits of training and rounding: {byBits}"),
                less >= 0.9 * pairs.Count ? Verdict.Reproduced : less >= 0.6 * pairs.Count ? Verdict.Partly : Verdict.NotReproduced);
        }

        Finding JudgeBestBits(FittedLaw fit, PrecisionLaw law)
        {
            const double PaperLeast = 6.5, PaperMost = 8.5;             // what rounds to 7 or 8
            const double Agreement = 1;                                 // bits: the optimum of each size and length against that of all
            var best = fit.Derived.First(derived => derived.Name == "P*");
            var own = Penalties(law, Weights).GroupBy(penalty => (penalty.Row.NParams, penalty.Row.NTokens)).Select(series => (series.Key, Bits: BestBitsOf(law, [.. series.Select(penalty => (penalty.Row, penalty.Measured))]))).ToList();
            var steady = own.All(series => Math.Abs(series.Bits - best.Value) <= Agreement);
            return new(BestBits, Invariant($"P* = {WithInterval(best.Value, best.Interval80, "F1")} bits; with γ of weights from one size and length alone: {string.Join(", ", own.Select(series => Invariant($"{series.Bits:F1} ({Count(series.Key.NParams)} weights, {Count(series.Key.NTokens)} tokens)")))}"),
                !steady ? Verdict.NotReproduced : best.Value is >= PaperLeast and <= PaperMost ? Verdict.Reproduced : Verdict.Partly,
                "in the law no budget enters P*; what can be checked is that γ is the same at other sizes and lengths. The paper's constants as far as they are known give 3.5 bits");
        }

        /// <summary>P* with the γ of weights for which the law is nearest to these penalties: the least squares on a grid.</summary>
        static double BestBitsOf(PrecisionLaw law, List<(SweepRow Row, double Measured)> penalties)
        {
            double Squares(PrecisionLaw candidate) => penalties.Sum(penalty =>
            {
                var at = new Allocation(penalty.Row.NParams, penalty.Row.NTokens);
                var predicted = candidate.Loss(at, new TrainingBits(penalty.Row.PW, penalty.Row.PA, penalty.Row.PKv)) - candidate.Loss(at, TrainingBits.All(TrainedModel.FullPrecision));
                return Math.Pow(predicted - penalty.Measured, 2);
            });
            var nearest = Enumerable.Range(1, 600).Select(i => law with { Gamma = law.Gamma with { Weights = i * 0.01 } }).MinBy(Squares)!;
            return PrecisionOptimum.Bits(nearest);
        }

        ResultTable PenaltyTable(PrecisionLaw law) => new("What few bits cost, nats above full precision", ["weights", "tokens", "bits (weights, activations, keys and values)", "measured", "by the law"],
        [
            .. Penalties(law, [.. Single, .. Joint]).OrderBy(penalty => penalty.Row.NParams).ThenBy(penalty => penalty.Row.NTokens).ThenBy(penalty => SweepEvidence.BitsOf(penalty.Row)).Select(penalty => (IReadOnlyList<string>)
                [Count(penalty.Row.NParams), Count(penalty.Row.NTokens), $"{penalty.Row.PW}, {penalty.Row.PA}, {penalty.Row.PKv}", Invariant($"{penalty.Measured:F4}"), Invariant($"{penalty.Predicted:F4}")]),
        ]);

        ResultPlot BitsPlot(PrecisionLaw law)
        {
            var curves = new List<PlotCurve>();
            var series = Penalties(law, Single).GroupBy(penalty => (Part: penalty.Row.PW < 16 ? "weights" : penalty.Row.PA < 16 ? "activations" : "keys and values", penalty.Row.NParams, penalty.Row.NTokens));
            foreach (var (i, group) in series.Index())
            {
                int Bits(SweepRow row) => Math.Min(row.PW, Math.Min(row.PA, row.PKv));
                TrainingBits All(double bits) => group.Key.Part switch { "weights" => new(bits, 16, 16), "activations" => new(16, bits, 16), _ => new(16, 16, bits) };
                var at = new Allocation(group.Key.NParams, group.Key.NTokens);
                var full = law.Loss(at, TrainingBits.All(TrainedModel.FullPrecision));
                curves.Add(new($"{group.Key.Part}, {Count(group.Key.NParams)} on {Count(group.Key.NTokens)}", [.. group.OrderBy(penalty => Bits(penalty.Row)).Select(penalty => new CurvePoint(Bits(penalty.Row), penalty.Measured))]) { Color = i, Style = CurveStyle.Points });
                curves.Add(new("by the law", [.. Enumerable.Range(0, 31).Select(step => 2 + (step * 0.2)).Select(bits => new CurvePoint(bits, law.Loss(at, All(bits)) - full))]) { Color = i, Style = CurveStyle.Line });
            }

            return new("bits", "Loss above full precision, by the bits of training", "bits", "nats per token", curves);
        }

        static ResultPlot DamagePlot(IReadOnlyList<RoundingDamage> damage) => new("damage", "Damage of rounding", "tokens for each weight", "nats per token",
            [.. damage.GroupBy(row => row.Bits).OrderBy(bits => bits.Key).Select(bits => new PlotCurve($"{bits.Key} bits", [.. bits.Select(row => new CurvePoint(row.Tokens / row.Parameters, row.Delta))]) { Style = CurveStyle.Points })])
        { LogX = true, LogY = true };

        ResultPlot RoundedPlot() => new("rounded", "The smallest model after rounding, by its tokens", "tokens", "nats per token", [.. SmallestRounded().Select(curve => new PlotCurve($"{curve.Bits} bits", curve.Points))]) { LogX = true };

        string Setup() => Invariant($"""
            Llamas over bytes, {Count(_full.Min(row => row.NParams))} to {Count(_full.Max(row => row.NParams))} weights with the tied embedding; AdamW, cosine to a tenth, each model's learning rate that of full precision. In few bits: symmetric grids by the largest
            value, of weights for each row, of activations for each token, of keys and values for each token and head; gradients pass straight through. The embedding and the head are not rounded while training. The law is fitted to {evidence.Trained([.. Full, .. Single]).Count} runs
            and {evidence.Rounded([.. RoundedFull, .. Weights]).Count} roundings of the sweep `recipes/sweeps/scaling.yaml` (of `--quick`: `scaling-quick.yaml`).
            """);
    }
}
