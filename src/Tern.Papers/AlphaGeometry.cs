using System.Diagnostics;
using Tern.Geometry.Algebra;
using Tern.Geometry.Benchmark;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Generation;
using Tern.Geometry.Language;
using Tern.Geometry.Proposals;
using Tern.Geometry.Search;
using Tern.Models;
using Tern.Papers.Results;
using static Tern.Papers.Sweeps.Words;

namespace Tern.Papers;

/// <summary>
/// A symbolic engine, auxiliary points and a language model on the paper's two benchmarks, and on theorems that were made as the paper's training data are. Tern's own prover searches by numeric incidence (HAGeo, arXiv 2512.00097),
/// so the language model is measured beside that at equal attempts, not alone. What is proved has a proof that the checker accepts.
/// </summary>
public sealed class AlphaGeometry : Paper
{
    const string Closures = "closure", Search = "search", Heuristics = "heuristics", Theorems = "theorems", Learned = "learned", Algebra = "algebra";

    const string Olympiad = "imo_ag_30.txt", Textbook = "jgex_ag_231.txt";

    /// <summary>Of held-out theorems: models/geometry-proposals was trained without the first 400 of this seed.</summary>
    const ulong HeldOutSeed = 2;

    static readonly AuxiliarySource[] Sources = [AuxiliarySource.Uniform, AuxiliarySource.Heuristic, AuxiliarySource.Model, AuxiliarySource.Mixed];

    static readonly int[] Budgets = [1, 8, 32, 64];

    public override string Name => "alphageometry";

    public override string Title => "Solving olympiad geometry without human demonstrations";

    public override string Citation => "Trinh, Wu, Le, He, Luong 2024, Nature 625, 476; doi 10.1038/s41586-023-06747-5; with Sinha et al. 2024, arXiv 2404.06405 (Wu's method), Duan et al. 2025, arXiv 2512.00097 (heuristics)";

    public override IReadOnlyList<string> Code => ["Tern.Geometry/Engine/Closure.cs", "Tern.Geometry/Search/Prover.cs", "Tern.Geometry/Search/HeuristicSearch.cs", "Tern.Geometry/Search/ModelSearch.cs",
        "Tern.Geometry/Generation/TheoremGenerator.cs", "Tern.Geometry/Checking/ProofChecker.cs", "Tern.Geometry/Algebra/WuProver.cs", "Tern.Papers/AlphaGeometry.cs"];

    public override string Usage => "tern prove problems.txt --aux heuristic|model|mixed; tern prove generate --auxiliary";

    public override IReadOnlyList<Claim> Claims { get; } =
    [
        new(Closures, "Deduction with exact algebra of angles and ratios proves about half of the olympiad problems without an auxiliary point", "14 of 30; 198 of 231 of JGEX"),
        new(Search, "Auxiliary points bring it near a gold medallist's average", "25 of 30, each within 1.5 hours; 228 of 231 of JGEX"),
        new(Heuristics, "Where lines and circles meet, auxiliary points are better than at random (HAGeo)", "28 against 25 of 30, 4,096 attempts"),
        new(Theorems, "Theorems that need auxiliary points can be made from random figures without end", "100 million, 9 % of them with auxiliary points, by 100,000 processors in 72 hours"),
        new(Learned, "A language model that was trained on them proposes better auxiliary points than heuristics do", "25 of 30, heuristics of people 18"),
        new(Algebra, "Wu's method proves half of the problems, and more together with deduction (Sinha et al.)", "15 of 30; 21 with deduction"),
    ];

    internal override Outcome Run(Experiment experiment) => new Measurement(experiment).Run();

    sealed class Measurement(Experiment experiment)
    {
        readonly IReadOnlyList<Problem> _olympiad = Read(experiment, Olympiad), _textbook = Read(experiment, Textbook);

        SearchOptions Options => new() { Seed = (ulong)experiment.Seed, Threads = Environment.ProcessorCount };

        int HeldOut => experiment.IsFull ? 400 : 60;

        TimeSpan TimeLimit => TimeSpan.FromSeconds(experiment.IsFull ? 240 : 4);

        static IReadOnlyList<Problem> Read(Experiment experiment, string name)
        {
            var file = Path.Combine(Path.GetDirectoryName(experiment.Text) ?? "", name);
            return File.Exists(file) ? ProblemFile.Parse(File.ReadAllText(file), name)
                : throw new TernException($"{file}: is not there. Name the folder that has {Olympiad} and {Textbook} (of google-deepmind/alphageometry) with -f.");
        }

        public Outcome Run()
        {
            var (olympiadClosures, textbookClosures) = (ClosuresOf(Olympiad, _olympiad), ClosuresOf(Textbook, _textbook));
            var (olympiad, textbook) = (SearchOf(Olympiad, _olympiad), SearchOf(Textbook, _textbook));
            var heldOut = new TheoremGenerator(new GeneratorOptions { Seed = HeldOutSeed, OnlyAuxiliary = true }).Generate(experiment.Cancellation).Take(HeldOut).Select(theorem => theorem.Problem.WithoutAuxiliary()).ToList();
            using var model = ShippedModel.Find(ShippedModel.OfProposals) is { } folder ? ProposalModel.Load(folder) : null;
            if (model is null) experiment.Tell($"models/{ShippedModel.OfProposals} did not come with this copy: proposals of a language model are not measured");
            var sources = Sources.Where(source => model is not null || source is AuxiliarySource.Uniform or AuxiliarySource.Heuristic).ToList();
            var onOlympiad = sources.ToDictionary(source => source, source => AttemptsOf("olympiad problems", _olympiad, source, model));
            var onHeldOut = sources.ToDictionary(source => source, source => AttemptsOf("held-out theorems", heldOut, source, model));
            var theorems = TheoremsOf();
            var wu = WuOf();
            return new Outcome(Setup(model),
                [
                    JudgeClosures(olympiadClosures, textbookClosures), JudgeSearch(olympiad, textbook), JudgeHeuristics(onOlympiad, onHeldOut), JudgeTheorems(theorems),
                    JudgeLearned(onOlympiad, onHeldOut), JudgeAlgebra(wu),
                ],
                [BudgetTable("Olympiad problems proved within so many attempts", onOlympiad, _olympiad.Count), BudgetTable("Held-out theorems proved within so many attempts", onHeldOut, heldOut.Count)],
                [TimePlot(olympiad, textbook), AttemptPlot("olympiad", "Olympiad problems by attempts", onOlympiad), AttemptPlot("held-out", "Held-out theorems by attempts", onHeldOut)], experiment.Trials);
        }

        Trial Trial(string name, string setting, Func<TrialNumbers> run) => experiment.Trial(name, Invariant($"{name} {setting} seed {experiment.Seed} {experiment.TextHash}"), _ => run());

        Trial ClosuresOf(string name, IReadOnlyList<Problem> problems) => Trial($"closures of {name}", "", () =>
        {
            var closures = BaseClosures.Measure(problems, Options.Seed, experiment.Cancellation);
            return Numbers(("solved", closures.Solved), ("problems", problems.Count), ("seconds on one core", closures.Warm));
        });

        /// <summary>By time: what an auxiliary point costs to find is known in seconds only.</summary>
        Trial SearchOf(string name, IReadOnlyList<Problem> problems) => Trial($"search of {name}", Invariant($"{TimeLimit.TotalSeconds} s"), () =>
        {
            var times = problems.Select(problem => Proved(problem, Options with { TimeLimit = TimeLimit })).OfType<ProverResult>().Select(result => result.Elapsed.TotalSeconds).Order().ToList();
            return Counted("seconds", times, problems.Count);
        });

        /// <summary>By attempts: sets of points that were tried, each with a closure for every point.</summary>
        Trial AttemptsOf(string name, IReadOnlyList<Problem> problems, AuxiliarySource source, ProposalModel? model) =>
            Trial($"{Budgets[^1]} attempts at {problems.Count} {name}, {Word(source)}", source is AuxiliarySource.Model or AuxiliarySource.Mixed ? model!.Name : "", () =>
            {
                var options = Options with { Source = source, Model = model, Attempts = Budgets[^1], TimeLimit = TimeSpan.FromMinutes(10) };
                var attempts = problems.Select(problem => Proved(problem, options)).OfType<ProverResult>().Select(result => (double)result.Attempts).Order().ToList();
                var counted = Counted("attempts", attempts, problems.Count);
                return counted with { Values = counted.Values.Concat(Budgets.Select(budget => KeyValuePair.Create(Within(budget), (double)attempts.Count(at => at <= budget)))).ToDictionary() };
            });

        static string Within(int attempts) => Invariant($"within {attempts}");

        /// <summary>Null where it is not proved.</summary>
        ProverResult? Proved(Problem problem, SearchOptions options)
        {
            try
            {
                var result = Prover.Prove(problem, options, cancellation: experiment.Cancellation);
                experiment.Cancellation.ThrowIfCancellationRequested();
                return result.IsProved ? result : null;
            }
            catch (GeometryException)
            {
                return null;
            }
        }

        Trial TheoremsOf()
        {
            var (plain, auxiliary) = experiment.IsFull ? (20_000, 500) : (4_000, 50);
            return Trial("theorems", Invariant($"{plain} {auxiliary}"), () =>
            {
                var (plainTheorems, plainSeconds) = Generated(plain, new GeneratorOptions { Seed = Options.Seed });
                var (_, auxiliarySeconds) = Generated(auxiliary, new GeneratorOptions { Seed = Options.Seed, OnlyAuxiliary = true });
                return Numbers(("theorems a second", plain / plainSeconds), ("share with auxiliary points", plainTheorems.Count(theorem => theorem.AuxiliaryPoints > 0) / (double)plain),
                    ("with auxiliary points a second, where only those are looked for", auxiliary / auxiliarySeconds), ("proved again", Again(plainTheorems.Take(200))));
            });
        }

        (List<Theorem> Theorems, double Seconds) Generated(int count, GeneratorOptions options)
        {
            var started = Stopwatch.GetTimestamp();
            var theorems = new TheoremGenerator(options).Generate(experiment.Cancellation).Take(count).ToList();
            return (theorems, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        /// <summary>The share that is proved, with its auxiliary points, in new diagrams; the checker accepts the proofs.</summary>
        double Again(IEnumerable<Theorem> theorems)
        {
            var problems = theorems.Select(theorem => theorem.Problem).ToList();
            return problems.Count(problem => Proved(problem, Options with { Source = AuxiliarySource.None }) is not null) / (double)problems.Count;
        }

        Trial WuOf()
        {
            var limits = WuLimits.Default with { Time = TimeSpan.FromSeconds(experiment.IsFull ? 10 : 2) };
            return Trial($"Wu's method on {Olympiad}", Invariant($"{limits.Time.TotalSeconds} s"), () =>
            {
                var (certified, either) = (0, 0);
                foreach (var problem in _olympiad)
                {
                    var diagram = Diagram.Build(problem, Options.Seed);
                    var isCertified = problem.Goals.All(goal => WuProver.Certify(problem, goal, limits, Options.Seed, diagram, experiment.Cancellation).Truth == Truth.True);
                    if (isCertified) certified++;
                    if (isCertified || Proved(problem, Options with { Source = AuxiliarySource.None }) is not null) either++;
                }
                return Numbers(("certified", certified), ("certified or proved by closure", either), ("problems", _olympiad.Count));
            });
        }

        static TrialNumbers Numbers(params (string Name, double Value)[] values) => new(values.ToDictionary(value => value.Name, value => value.Value), new Dictionary<string, IReadOnlyList<CurvePoint>>());

        /// <param name="axis">What it took to prove each.</param>
        /// <param name="taken">In order.</param>
        /// <param name="problems">Those that were not proved included.</param>
        static TrialNumbers Counted(string axis, List<double> taken, int problems) =>
            Numbers(("solved", taken.Count), ("problems", problems)) with { Curves = new Dictionary<string, IReadOnlyList<CurvePoint>> { [axis] = [.. taken.Select((at, i) => new CurvePoint(at, i + 1))] } };

        static Finding JudgeClosures(Trial olympiad, Trial textbook) => new(Closures,
            Invariant($"{Solved(olympiad)} of {Problems(olympiad)} in {olympiad.Values["seconds on one core"]:F2} s; {Solved(textbook)} of {Problems(textbook)} of JGEX in {textbook.Values["seconds on one core"]:F2} s, on one core"),
            Solved(olympiad) >= 14 && Solved(textbook) >= 198 ? Verdict.Reproduced : Solved(olympiad) >= 12 ? Verdict.Partly : Verdict.NotReproduced);

        Finding JudgeSearch(Trial olympiad, Trial textbook) => new(Search,
            Invariant($"{Solved(olympiad)} of {Problems(olympiad)}, {Solved(textbook)} of {Problems(textbook)} of JGEX, by heuristics alone, each within {TimeLimit.TotalSeconds:F0} s on {Environment.ProcessorCount} threads"),
            Solved(olympiad) >= 25 && Solved(textbook) >= 228 ? Verdict.Reproduced : Solved(olympiad) > 18 ? Verdict.Partly : Verdict.NotReproduced, "without a language model");

        static Finding JudgeHeuristics(Dictionary<AuxiliarySource, Trial> olympiad, Dictionary<AuxiliarySource, Trial> heldOut)
        {
            var (heuristic, uniform) = (olympiad[AuxiliarySource.Heuristic], olympiad[AuxiliarySource.Uniform]);
            return new(Heuristics, Invariant($"{Solved(heuristic)} against {Solved(uniform)} of {Problems(heuristic)} with {Budgets[^1]} attempts; {Solved(heldOut[AuxiliarySource.Heuristic])} against {Solved(heldOut[AuxiliarySource.Uniform])} of {Problems(heldOut[AuxiliarySource.Heuristic])} held-out theorems"),
                Solved(heuristic) > Solved(uniform) ? Verdict.Reproduced : Verdict.NotReproduced);
        }

        static Finding JudgeTheorems(Trial theorems)
        {
            var (rate, share, again) = (theorems.Values["theorems a second"], theorems.Values["share with auxiliary points"], theorems.Values["proved again"]);
            return new(Theorems, Invariant($"{rate:N0} a second on {Environment.ProcessorCount} threads, {100 * share:F1} % with auxiliary points; {theorems.Values["with auxiliary points a second, where only those are looked for"]:F0} a second where only those are looked for; {100 * again:F0} % of 200 proved again in new diagrams"),
                again < 0.98 || share == 0 ? Verdict.NotReproduced : share >= 0.05 ? Verdict.Reproduced : Verdict.Partly,
                "a point counts as auxiliary here only if the goal does not follow without it, which the paper does not ask");
        }

        static Finding JudgeLearned(Dictionary<AuxiliarySource, Trial> olympiad, Dictionary<AuxiliarySource, Trial> heldOut)
        {
            if (!olympiad.TryGetValue(AuxiliarySource.Model, out var model)) return new(Learned, "not measured: there was no model", Verdict.NotReproduced);
            var better = (IsBetter(heldOut), IsBetter(olympiad));
            return new(Learned, Invariant($"within {string.Join(", ", Budgets)} attempts, of {Problems(heldOut[AuxiliarySource.Model])} held-out theorems: {Text(heldOut)}; of {Problems(model)} olympiad problems: {Text(olympiad)}"),
                better is (true, true) ? Verdict.Reproduced : better is (true, false) or (false, true) ? Verdict.Partly : Verdict.NotReproduced,
                "a model of two million weights on twelve thousand theorems; the paper's has 151 million, on 100 million theorems. Heuristics try single points first, the others sets of points");

            static string Text(Dictionary<AuxiliarySource, Trial> trials) => string.Join("; ", Sources.Select(source => Invariant($"{Word(source)} {string.Join(", ", Budgets.Select(budget => At(trials, source, budget)))}")));
        }

        /// <summary>The model proves as many as the heuristics with every number of attempts, and more with one of them.</summary>
        static bool IsBetter(Dictionary<AuxiliarySource, Trial> trials)
        {
            var lead = Budgets.Select(budget => At(trials, AuxiliarySource.Model, budget) - At(trials, AuxiliarySource.Heuristic, budget)).ToList();
            return lead.Min() >= 0 && lead.Max() > 0;
        }

        static double At(Dictionary<AuxiliarySource, Trial> trials, AuxiliarySource source, int attempts) => trials[source].Values[Within(attempts)];

        static Finding JudgeAlgebra(Trial wu)
        {
            var (certified, either) = (wu.Values["certified"], wu.Values["certified or proved by closure"]);
            return new(Algebra, Invariant($"{certified} of {Problems(wu)}; {either} with deduction"), certified >= 15 && either >= 21 ? Verdict.Reproduced : certified >= 10 ? Verdict.Partly : Verdict.NotReproduced);
        }

        static int Solved(Trial trial) => (int)trial.Values["solved"];

        static int Problems(Trial trial) => (int)trial.Values["problems"];

        static string Word(AuxiliarySource source) => source.ToString().ToLowerInvariant();

        static ResultTable BudgetTable(string title, Dictionary<AuxiliarySource, Trial> trials, int problems) => new(title, ["points", .. Budgets.Select(Within), "of"],
            [.. trials.Select(trial => (IReadOnlyList<string>)[Word(trial.Key), .. Budgets.Select(budget => Invariant($"{trial.Value.Values[Within(budget)]}")), Invariant($"{problems}")])]);

        static ResultPlot TimePlot(Trial olympiad, Trial textbook) => new("time", "Problems proved within a time", "seconds", "share of the problems", [TimeCurve("IMO-AG-30", olympiad), TimeCurve("JGEX-AG-231", textbook)]) { LogX = true, Rises = true };

        static PlotCurve TimeCurve(string name, Trial trial) =>
            new(name, [.. trial.Curves["seconds"].Select(point => new CurvePoint(Math.Max(point.X, 1e-3), point.Y / Problems(trial)))]) { Style = CurveStyle.Line };

        /// <summary>Steps: the number proved within each number of attempts.</summary>
        static ResultPlot AttemptPlot(string name, string title, Dictionary<AuxiliarySource, Trial> trials) => new(name, title, "attempts", "proved",
            [.. trials.Select(trial => new PlotCurve(Word(trial.Key), [.. Enumerable.Range(0, Budgets[^1] + 1).Select(attempts => new CurvePoint(attempts, trial.Value.Curves["attempts"].Count(point => point.X <= attempts)))]) { Style = CurveStyle.Line })])
        { Rises = true };

        string Setup(ProposalModel? model) => Invariant($"""
            Problems of IMO-AG-30 and JGEX-AG-231 as published. "Proved" is a proof that the independent checker accepts. Closures: no auxiliary points, one core, the second of two passes. Attempts: sets of auxiliary points, tried with a closure for each point;
            uniform draws from the places that the heuristics weigh. Held-out theorems: the first {HeldOut} of `tern prove generate --auxiliary --seed {HeldOutSeed}`, without their auxiliary points, which the model was not trained on.
            Model: {model?.Name ?? "none"} (recipes/geometry-proposals.yaml). Theorems: random figures of 5 to 9 points. Wu's method has {(experiment.IsFull ? 10 : 2)} s for a problem.
            """);
    }
}
