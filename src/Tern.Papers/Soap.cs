using System.Globalization;
using Tern.Papers.Results;
using Tern.Papers.Training;
using Tern.Train.Optimizers;

namespace Tern.Papers;

/// <summary>
/// SOAP against AdamW and Shampoo, each with its own best learning rate: the same small Llama, text, order of the data and schedule. How many steps SOAP saves is measured as in the paper: runs of several lengths,
/// each with its whole schedule, a power law through their final losses, and the length at which it meets AdamW's final loss.
/// </summary>
public sealed class Soap : Paper
{
    const string FewerSteps = "steps", LessTime = "wall_clock", BetterThanShampoo = "shampoo", RareRefreshes = "frequency", Variants = "variants", LargerBatches = "batch";

    public override string Name => "soap";

    public override string Title => "SOAP: Improving and Stabilizing Shampoo using Adam";

    public override string Citation => "Vyas, Morwani, Zhao, Kwun, Shapira, Brandfonbrener, Janson, Kakade 2024, arXiv 2409.11321";

    public override IReadOnlyList<string> Code => ["Tern.Train/Optimizers/Soap.cs", "Tern.Train/Optimizers/Shampoo.cs", "Tern.Papers/Soap.cs"];

    public override string Usage => "tern train recipe.yaml --set optimizer.name=soap";

    public override IReadOnlyList<Claim> Claims { get; } =
    [
        new(FewerSteps, "SOAP reaches AdamW's final loss in fewer steps", "at least 40 % fewer (batches of 2M tokens), 25 % fewer (256k)"),
        new(LessTime, "It needs less time, too", "at least 35 % less (2M), 15 % less (256k)"),
        new(BetterThanShampoo, "It is better than Shampoo at the same refresh interval", "about 20 % fewer steps (2M), 10 % (256k)"),
        new(RareRefreshes, "With rarer refreshes of the basis SOAP loses less than Shampoo", "intervals 1 to 100: both beat AdamW, SOAP degrades more slowly"),
        new(Variants, "One-sided and factorised SOAP cost little and still beat AdamW", "one-sided slightly worse, factorised very little"),
        new(LargerBatches, "The advantage over AdamW grows with the batch", "SOAP follows linear scaling of the batch further"),
    ];

    internal override Outcome Run(Experiment experiment) => new Comparison(experiment).Run();

    /// <summary>The runs and what they come to.</summary>
    sealed class Comparison(Experiment experiment)
    {
        /// <summary>Tried for each optimiser at each batch.</summary>
        readonly double[] _rates = experiment.IsFull ? [1e-3, 3e-3, 1e-2, 3e-2] : [3e-3, 1e-2];

        readonly SmallModel _model = experiment.IsFull ? new(96, 4, 512, 64, 32, 250) : new(64, 2, 320, 32, 16, 100);

        /// <summary>Batches beside that of <see cref="_model"/>; fewer steps where they are larger.</summary>
        SmallModel[] OtherBatches => experiment.IsFull
            ? [_model with { Sequences = _model.Sequences / 4, Steps = 2 * _model.Steps }, _model with { Sequences = _model.Sequences * 4, Steps = _model.Steps / 2 }]
            : [_model with { Sequences = _model.Sequences * 4, Steps = _model.Steps / 2 }];

        int[] Intervals => experiment.IsFull ? [1, 50, 100] : [50];

        double[] Lengths => experiment.IsFull ? [0.5, 0.625, 0.75, 0.875] : [0.5, 0.75];

        public Outcome Run()
        {
            var adam = BestAdam(_model);
            var soap = Best("soap", rate => SoapOf(rate, _model), _model);
            var shampoo = Best("shampoo", rate => ShampooOf(rate, _model), _model);
            var (soapLaw, soapPoints) = LossByLength("soap", soap, rate => SoapOf(rate, _model));
            var (shampooLaw, shampooPoints) = LossByLength("shampoo", shampoo, rate => ShampooOf(rate, _model));
            var (soapByInterval, shampooByInterval) = LossByInterval(soap, shampoo);
            var oneSided = Trial("soap one-sided", soap.Rate, SoapOf(soap.Rate, _model) with { OneSided = true }, _model);
            var factorized = Trial("soap factorized", soap.Rate, SoapOf(soap.Rate, _model) with { Factorized = true }, _model);
            var both = Trial("soap one-sided factorized", soap.Rate, SoapOf(soap.Rate, _model) with { OneSided = true, Factorized = true }, _model);
            var gaps = OtherBatches.Select(GapAt).Append((_model.TokensPerStep, adam.Loss - soap.Loss)).OrderBy(gap => gap.Item1).ToList();
            var speed = SecondsPerStep(adam, soap, shampoo);

            var steps = 1 - (soapLaw.Inverse(adam.Loss) / _model.Steps);
            var time = 1 - ((1 - steps) * speed["soap"] / speed["adamw"]);
            var shampooSteps = 1 - (soapLaw.Inverse(shampoo.Loss) / _model.Steps);
            double soapWorst = soapByInterval[^1].Y - soap.Loss, shampooWorst = shampooByInterval[^1].Y - shampoo.Loss;
            var variants = new[] { oneSided, factorized, both };
            return new Outcome(
                Setup(),
                [
                    new(FewerSteps, Percent(steps) + " fewer (batches of " + Tokens(_model) + ")", steps >= 0.25 ? Verdict.Reproduced : steps > 0.03 ? Verdict.Partly : Verdict.NotReproduced),
                    new(LessTime, time > 0 ? Percent(time) + " less" : Percent(-time) + " more", time >= 0.15 ? Verdict.Reproduced : time > 0.03 ? Verdict.Partly : Verdict.NotReproduced,
                        Invariant($"a step of SOAP takes {speed["soap"] / speed["adamw"]:F2} times as long as one of AdamW: its products cost 5 d / tokens of forward and backward, {5.0 * _model.HiddenSize / _model.TokensPerStep:P0} here")),
                    new(BetterThanShampoo, shampooSteps > 0 ? Percent(shampooSteps) + " fewer steps to its final loss" : Percent(-shampooSteps) + " more steps to its final loss", shampooSteps >= 0.1 ? Verdict.Reproduced : shampooSteps > 0 ? Verdict.Partly : Verdict.NotReproduced),
                    new(RareRefreshes, Invariant($"interval {Intervals[^1]} instead of 10: SOAP {soapWorst:+0.0000;-0.0000} nats, Shampoo {shampooWorst:+0.0000;-0.0000}"), soapWorst < shampooWorst ? Verdict.Reproduced : Verdict.NotReproduced,
                        Invariant($"at that interval a run of {_model.Steps} steps refreshes {_model.Steps / Intervals[^1]} times, and AdamW is {(adam.Loss < soapByInterval[^1].Y ? "better than both" : "worse")}; the paper's runs have thousands of steps")),
                    new(Variants, string.Join(", ", variants.Select(variant => Invariant($"{variant.Trial.Name["soap ".Length..].Split(" lr")[0]} {variant.Loss - soap.Loss:+0.0000;-0.0000}"))) + Invariant($" nats; AdamW {adam.Loss - soap.Loss:+0.0000;-0.0000}"),
                        variants.All(variant => variant.Loss < adam.Loss) ? Verdict.Reproduced : variants.Any(variant => variant.Loss < adam.Loss) ? Verdict.Partly : Verdict.NotReproduced),
                    new(LargerBatches, string.Join(", ", gaps.Select(gap => Invariant($"{gap.Item2:F3} nats at {gap.Item1} tokens"))), gaps.Zip(gaps.Skip(1), (small, large) => large.Item2 > small.Item2).All(grows => grows) ? Verdict.Reproduced : gaps[^1].Item2 > gaps[0].Item2 ? Verdict.Partly : Verdict.NotReproduced,
                        "the gap at equal steps, both at their best rate"),
                ],
                [TrainingTrial.Table(experiment.Trials, except: "speed"), SpeedTable(speed, soapLaw, adam.Loss, shampoo.Loss, shampooLaw)],
                [
                    new("loss", "Held-out loss of the best runs", "step", "nats per token", [adam.Curve("AdamW"), soap.Curve("SOAP"), shampoo.Curve("Shampoo")]),
                    new("length", "Final loss by the length of the run", "steps", "nats per token",
                        [new("SOAP", soapPoints), new("Shampoo", shampooPoints), new("AdamW, full length", [new(soapPoints[0].X, adam.Loss), new(_model.Steps, adam.Loss)])]),
                    new("interval", "Final loss by the refresh interval", "steps between refreshes", "nats per token",
                        [new("SOAP", soapByInterval), new("Shampoo", shampooByInterval), new("AdamW", [new(soapByInterval[0].X, adam.Loss), new(soapByInterval[^1].X, adam.Loss)])]) { LogX = true },
                ],
                experiment.Trials);
        }

        static AdamW AdamOf(double rate, double beta2) => new() { LearningRate = rate, Beta2 = beta2, WeightDecay = 0 };

        /// <summary>The vocabulary is not rotated, as in the paper. Refreshes per token stay the same: 10 steps of the middle batch.</summary>
        Train.Optimizers.Soap SoapOf(double rate, SmallModel model) => new() { LearningRate = rate, WeightDecay = 0, MaxPrecondDim = model.VocabSize - 1, PreconditionFrequency = IntervalOf(model) };

        Shampoo ShampooOf(double rate, SmallModel model) => new() { LearningRate = rate, WeightDecay = 0, MaxPrecondDim = model.VocabSize - 1, PreconditionFrequency = IntervalOf(model) };

        int IntervalOf(SmallModel model) => Math.Max(1, 10 * _model.TokensPerStep / model.TokensPerStep);

        Tuned Trial(string name, double rate, OptimizerChoice optimizer, SmallModel model) =>
            new(rate, TrainingTrial.Run(experiment, Invariant($"{name} lr={rate:G}, {model.Sequences} sequences, {model.Steps} steps"), model.Recipe(optimizer)));

        Tuned Best(string name, Func<double, OptimizerChoice> optimizer, SmallModel model) => _rates.Select(rate => Trial(name, rate, optimizer(rate), model)).MinBy(trial => trial.Loss)!;

        /// <summary>The rate by one β₂, then β₂ at that rate.</summary>
        Tuned BestAdam(SmallModel model)
        {
            var best = Best("adamw β₂=0.95", rate => AdamOf(rate, 0.95), model);
            var slow = Trial("adamw β₂=0.999", best.Rate, AdamOf(best.Rate, 0.999), model);
            return slow.Loss < best.Loss ? slow : best;
        }

        /// <summary>Runs of parts of the steps, each with its whole schedule; the last point is the full length.</summary>
        (PowerLaw Law, IReadOnlyList<CurvePoint> Points) LossByLength(string name, Tuned full, Func<double, OptimizerChoice> optimizer)
        {
            var points = new List<CurvePoint>();
            foreach (var part in Lengths)
            {
                var shorter = _model with { Steps = (int)(part * _model.Steps) };
                points.Add(new CurvePoint(shorter.Steps, Trial(name, full.Rate, optimizer(full.Rate), shorter).Loss));
            }

            points.Add(new CurvePoint(_model.Steps, full.Loss));
            return (PowerLaw.Fit(points), points);
        }

        (IReadOnlyList<CurvePoint> Soap, IReadOnlyList<CurvePoint> Shampoo) LossByInterval(Tuned soap, Tuned shampoo)
        {
            List<CurvePoint> soaps = [new(10, soap.Loss)], shampoos = [new(10, shampoo.Loss)];
            foreach (var interval in Intervals)
            {
                soaps.Add(new(interval, Trial($"soap f={interval}", soap.Rate, SoapOf(soap.Rate, _model) with { PreconditionFrequency = interval }, _model).Loss));
                shampoos.Add(new(interval, Trial($"shampoo f={interval}", shampoo.Rate, ShampooOf(shampoo.Rate, _model) with { PreconditionFrequency = interval }, _model).Loss));
            }

            return ([.. soaps.OrderBy(point => point.X)], [.. shampoos.OrderBy(point => point.X)]);
        }

        /// <summary>How far SOAP's final loss lies below AdamW's at another batch, both tuned for it.</summary>
        (int Tokens, double Gap) GapAt(SmallModel model) => (model.TokensPerStep, Best("adamw β₂=0.95", rate => AdamOf(rate, 0.95), model).Loss - Best("soap", rate => SoapOf(rate, model), model).Loss);

        /// <summary>Medians of short runs in turns, so that what else the machine does falls on all of them.</summary>
        Dictionary<string, double> SecondsPerStep(Tuned adam, Tuned soap, Tuned shampoo)
        {
            var optimizers = new (string Name, OptimizerChoice Choice)[] { ("adamw", AdamOf(adam.Rate, 0.95)), ("soap", SoapOf(soap.Rate, _model)), ("shampoo", ShampooOf(shampoo.Rate, _model)) };
            var rounds = experiment.IsFull ? 5 : 2;
            var seconds = optimizers.ToDictionary(optimizer => optimizer.Name, _ => new List<double>());
            for (var round = 1; round <= rounds; round++)
            {
                foreach (var (name, choice) in optimizers)
                {
                    var recipe = (_model with { Steps = 40 }).Recipe(choice);
                    seconds[name].Add(TrainingTrial.Run(experiment, $"speed of {name}, round {round}", recipe, $"round {round}").Values[TrainingTrial.SecondsPerStep]);
                }
            }

            return seconds.ToDictionary(entry => entry.Key, entry => entry.Value.Order().ElementAt(rounds / 2));
        }

        string Setup() => Invariant($"""
            A Llama of {_model.Layers} layers, width {_model.HiddenSize}, a vocabulary of {_model.VocabSize} (tied), sequences of {_model.SequenceLength}; {_model.Steps} steps of {Tokens(_model)}, cosine to a tenth after a tenth of warm-up,
            gradients clipped to norm 1, no weight decay, float32. Learning rates {string.Join(", ", _rates)} for each optimiser and batch, AdamW in the middle batch with β₂ 0.999, too; SOAP and Shampoo with β 0.95, interval 10 (as many tokens
            at other batches), Shampoo with exponent 1/2.5 and Adam's step lengths. Losses are of held-out text, one seed.
            """);

        ResultTable SpeedTable(Dictionary<string, double> speed, PowerLaw law, double adam, double shampoo, PowerLaw shampooLaw) => new("Steps and time to AdamW's final loss", ["optimiser", "steps", "ms/step (in turns)", "seconds"],
        [
            Row("AdamW", _model.Steps, speed["adamw"]),
            Row("SOAP", law.Inverse(adam), speed["soap"]),
            Row("Shampoo", shampooLaw.Inverse(adam), speed["shampoo"]),
        ]);

        static string[] Row(string name, double steps, double seconds) => [name, Invariant($"{steps:F0}"), Invariant($"{1000 * seconds:F0}"), Invariant($"{steps * seconds:F1}")];

        static string Tokens(SmallModel model) => Invariant($"{model.TokensPerStep} tokens");

        static string Percent(double part) => Invariant($"{100 * part:F0} %");

        static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
