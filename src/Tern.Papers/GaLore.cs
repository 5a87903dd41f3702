using System.Globalization;
using Tern.Models.Adapters;
using Tern.Papers.Results;
using Tern.Papers.Training;
using Tern.Train.Adapters;
using Tern.Train.Optimizers;
using Tern.Train.Recipes;

namespace Tern.Papers;

/// <summary>
/// GaLore against AdamW of full rank, LoRA and ReLoRA from random weights, as in the paper: the same small Llama, text, order of the data, schedule and number of steps, each method with its own best learning
/// rate; LoRA and ReLoRA train embeddings and norms in full. Memory is measured on a wider model, where weights outweigh activations.
/// </summary>
public sealed class GaLore : Paper
{
    const string NearFullRank = "full_rank", BetterThanLora = "lora", SmallState = "state", LowPeak = "peak", AnyGap = "gap", Rank = "rank";

    public override string Name => "galore";

    public override string Title => "GaLore: Memory-Efficient LLM Training by Gradient Low-Rank Projection";

    public override string Citation => "Zhao, Zhang, Chen, Wang, Anandkumar, Tian 2024, arXiv 2403.03507";

    public override IReadOnlyList<string> Code => ["Tern.Train/Optimizers/GaLore.cs", "Tern.Train/Adapters/Lora.cs", "Tern.Papers/GaLore.cs"];

    public override string Usage => "tern train recipe.yaml --set optimizer.name=galore";

    public override IReadOnlyList<Claim> Claims { get; } =
    [
        new(NearFullRank, "At a rank of a quarter of the width the loss is near that of full-rank Adam", "+0.024 nats (60M weights), +0.011 (130M), +0.008 (350M), +0.005 (1B)"),
        new(BetterThanLora, "It is better than LoRA and ReLoRA from random weights", "LoRA +0.003 to +0.30 nats above GaLore, ReLoRA +0.06 to +0.43"),
        new(SmallState, "The optimiser keeps m r + 2 n r numbers of a matrix [m, n], not 2 m n", "0.13 instead of 0.23 GB (60M) to 1.78 instead of 5.20 GB (1B)"),
        new(LowPeak, "Training takes less memory", "63 % less in all at 7B, with 8-bit states and updates layer by layer"),
        new(AnyGap, "The interval T between new projections hardly matters over a wide range", "T from 50 to 1000; very small and very large T hurt"),
        new(Rank, "Smaller ranks learn more slowly", "roughly linear in the rank"),
    ];

    internal override Outcome Run(Experiment experiment) => new Comparison(experiment).Run();

    sealed class Comparison(Experiment experiment)
    {
        readonly SmallModel _model = experiment.IsFull ? new(96, 4, 512, 64, 32, 500) : new(64, 2, 320, 32, 16, 100);

        /// <summary>Few steps, few tokens: memory is that of weights, gradients and state.</summary>
        readonly SmallModel _wide = experiment.IsFull ? new(512, 8, 320, 32, 1, 3) : new(256, 4, 320, 32, 1, 3);

        int QuarterRank => _model.HiddenSize / 4;

        /// <summary>Between projections.</summary>
        int Gap => _model.Steps / 5;

        public Outcome Run()
        {
            var full = Best("adamw", [1e-3, 3e-3, 1e-2], AdamOf);
            var galore = Best("galore", [1e-2, 3e-2, 1e-1], rate => GaLoreOf(rate, QuarterRank, Gap));
            var lora = Best("lora", [1e-3, 3e-3, 1e-2, 3e-2], AdamOf, LoraOf());
            var relora = Best("relora", experiment.IsFull ? [1e-3, 3e-3, 1e-2, 3e-2] : [1e-2], AdamOf, LoraOf() with { RestartEvery = Gap, RestartWarmup = 5 });
            var gaps = new List<CurvePoint> { new(Gap, galore.Loss) };
            foreach (var gap in (int[])[Math.Max(2, Gap / 10), _model.Steps])
            {
                gaps.Add(new(gap, Trial($"galore T={gap}", galore.Rate, GaLoreOf(galore.Rate, QuarterRank, gap), null, _model).Loss));
            }

            var ranks = new List<CurvePoint> { new(QuarterRank, galore.Loss) };
            foreach (var rank in (int[])[QuarterRank / 4, 2 * QuarterRank])
            {
                ranks.Add(new(rank, Trial($"galore r={rank}", galore.Rate, GaLoreOf(galore.Rate, rank, Gap), null, _model).Loss));
            }

            var int8 = Trial("galore 8-bit", galore.Rate, GaLoreOf(galore.Rate, QuarterRank, Gap) with { State = MomentType.Int8 }, null, _model);
            gaps = [.. gaps.OrderBy(point => point.X)];
            ranks = [.. ranks.OrderBy(point => point.X)];
            var memory = Memory();
            var (adamMemory, galoreMemory, leastMemory) = (memory["adamw"], memory["galore"], memory["galore, 8-bit, layer by layer"]);
            double toFull = galore.Loss - full.Loss, toLora = lora.Loss - galore.Loss, toRelora = relora.Loss - galore.Loss;
            var spread = gaps.Max(point => point.Y) - gaps.Min(point => point.Y);
            var saved = 1 - (leastMemory.Peak / adamMemory.Peak);
            return new Outcome(
                Setup(),
                [
                    new(NearFullRank, $"{Nats(toFull)}; with 8-bit moments {Nats(int8.Loss - full.Loss)}", toFull <= 0.05 ? Verdict.Reproduced : toFull <= 0.15 ? Verdict.Partly : Verdict.NotReproduced),
                    new(BetterThanLora, $"LoRA {Nats(toLora)} above GaLore, ReLoRA {Nats(toRelora)}", toLora > 0 && toRelora > 0 ? Verdict.Reproduced : toLora > 0 || toRelora > 0 ? Verdict.Partly : Verdict.NotReproduced,
                        toLora > 0 && toRelora > 0 ? null : "in a run this short on a model this small a low rank limits LoRA little; the paper's gap grows with both"),
                    new(SmallState, Invariant($"{galoreMemory.State / 1e6:F1} instead of {adamMemory.State / 1e6:F1} MB; the formula says {galoreMemory.Formula / 1e6:F1} and {adamMemory.Formula / 1e6:F1}"),
                        Math.Abs(galoreMemory.State / galoreMemory.Formula - 1) < 0.01 && Math.Abs(adamMemory.State / adamMemory.Formula - 1) < 0.01 ? Verdict.Reproduced : Verdict.NotReproduced),
                    new(LowPeak, Invariant($"peak of the process {leastMemory.Peak / 1e6:F0} instead of {adamMemory.Peak / 1e6:F0} MB, {100 * saved:F0} % less, with 8-bit states and updates layer by layer; {galoreMemory.Peak / 1e6:F0} MB without them"),
                        saved >= 0.4 ? Verdict.Reproduced : saved > 0.1 ? Verdict.Partly : Verdict.NotReproduced, "weights are float32 here, of which the paper's comparison has half as many bytes"),
                    new(AnyGap, string.Join(", ", gaps.Select(point => Invariant($"{point.Y:F3} nats at T = {point.X}"))), spread < 0.05 ? Verdict.Reproduced : Verdict.Partly, "the largest T never projects anew"),
                    new(Rank, string.Join(", ", ranks.Select(point => Invariant($"{point.Y:F3} nats at r = {point.X}"))), ranks.Zip(ranks.Skip(1), (small, large) => large.Y < small.Y).All(falls => falls) ? Verdict.Reproduced : Verdict.NotReproduced),
                ],
                [TrainingTrial.Table(experiment.Trials, except: "memory"), MemoryTable(memory)],
                [
                    new("loss", "Held-out loss of the best runs", "step", "nats per token", [full.Curve("AdamW"), galore.Curve("GaLore"), lora.Curve("LoRA"), relora.Curve("ReLoRA")]),
                    new("rank", "Final loss of GaLore by rank", "rank", "nats per token", [new("GaLore", ranks), new("AdamW, full rank", [new(ranks[0].X, full.Loss), new(ranks[^1].X, full.Loss)])]),
                ],
                experiment.Trials);
        }

        static AdamW AdamOf(double rate) => new() { LearningRate = rate, Beta2 = 0.999, WeightDecay = 0 };

        static Train.Optimizers.GaLore GaLoreOf(double rate, int rank, int gap) => new() { LearningRate = rate, Rank = rank, UpdateProjGap = gap, WeightDecay = 0 };

        /// <summary>alpha 32 and dropout 0.05, as in the paper; everything that is no matrix between layers is trained in full.</summary>
        Lora LoraOf() => LoraOf(QuarterRank);

        static Lora LoraOf(int rank) => new()
        {
            Rank = rank,
            Alpha = 32,
            Dropout = 0.05,
            Targets = new TargetModules(TargetModules.AllLinear),
            ModulesToSave = ["embed_tokens", "input_layernorm", "post_attention_layernorm", "model.norm"],
        };

        Tuned Trial(string name, double rate, OptimizerChoice optimizer, AdapterChoice? adapter, SmallModel model) =>
            new(rate, TrainingTrial.Run(experiment, Invariant($"{name} lr={rate:G}"), model.Recipe(optimizer) with { Adapter = adapter }));

        Tuned Best(string name, double[] rates, Func<double, OptimizerChoice> optimizer, AdapterChoice? adapter = null) =>
            rates.Select(rate => Trial(name, rate, optimizer(rate), adapter, _model)).MinBy(trial => trial.Loss)!;

        /// <summary>Measured and by the formulas, in bytes.</summary>
        Dictionary<string, (double State, double Formula, double Peak)> Memory()
        {
            var rank = _wide.HiddenSize / 4;
            var galore = GaLoreOf(1e-2, rank, 200);
            const double Code = 1 + (4.0 / 256);        // a byte, and a float32 for each block
            var methods = new (string Name, Recipe Recipe, Func<long, long, double> Matrix, double Moment)[]
            {
                ("adamw", _wide.Recipe(AdamOf(1e-3)), (m, n) => 4 * 2 * m * n, 4),
                ("galore", _wide.Recipe(galore), (m, n) => 4 * rank * (Math.Min(m, n) + (2 * Math.Max(m, n))), 4),
                ("galore, 8-bit, layer by layer", _wide.Recipe(galore with { State = MomentType.Int8 }) with { PerLayerUpdates = true, ClipGradientNorm = 0 }, (m, n) => rank * ((4 * Math.Min(m, n)) + (Code * 2 * Math.Max(m, n))), Code),
                ("lora", _wide.Recipe(AdamOf(1e-3)) with { Adapter = LoraOf(rank) }, (m, n) => 4 * 2 * (m + n) * rank, 4),
            };
            return methods.ToDictionary(method => method.Name, method =>
            {
                var trial = TrainingTrial.Run(experiment, $"memory of {method.Name}", method.Recipe);
                return (trial.Values[TrainingTrial.StateBytes], StateFormula(method.Matrix, method.Moment), trial.Values[TrainingTrial.PeakBytes]);
            });
        }

        /// <summary>Of all matrices by the formula, and two moments of each number of the embedding and (in float32: they are short) the norms.</summary>
        double StateFormula(Func<long, long, double> matrix, double moment)
        {
            long hidden = _wide.HiddenSize, inner = (((hidden * 8 / 3) + 63) / 64) * 64;
            var layer = (4 * matrix(hidden, hidden)) + (2 * matrix(inner, hidden)) + matrix(hidden, inner);
            return (_wide.Layers * layer) + (2 * moment * _wide.VocabSize * hidden) + (2 * 4 * hidden * ((2 * _wide.Layers) + 1));
        }

        string Setup() => Invariant($"""
            A Llama of {_model.Layers} layers, width {_model.HiddenSize}, a vocabulary of {_model.VocabSize} (tied), sequences of {_model.SequenceLength}; {_model.Steps} steps of {_model.TokensPerStep} tokens, cosine to a tenth after a tenth of
            warm-up, gradients clipped to norm 1, no weight decay, float32. Rank {QuarterRank} for GaLore (scale 0.25, T = {Gap}), LoRA (alpha 32, dropout 0.05) and ReLoRA (a restart every {Gap} steps); β 0.9 and 0.999. The best of the learning rates in the table
            is taken for each method. Losses are of held-out text, one seed. Memory: {_wide.Layers} layers of width {_wide.HiddenSize}, rank {_wide.HiddenSize / 4}, {_wide.TokensPerStep} tokens a step.
            """);

        static ResultTable MemoryTable(Dictionary<string, (double State, double Formula, double Peak)> memory) => new("Memory of the wider model", ["method", "state, MB", "by the formula, MB", "peak above the start, MB"],
            [.. memory.Select(entry => (IReadOnlyList<string>)[entry.Key, Megabytes(entry.Value.State), Megabytes(entry.Value.Formula), Megabytes(entry.Value.Peak)])]);

        static string Megabytes(double bytes) => Invariant($"{bytes / 1e6:F1}");

        static string Nats(double difference) => Invariant($"{difference:+0.000;-0.000} nats");

        static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
