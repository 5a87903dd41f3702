using System.Globalization;
using Tern.Papers.Results;
using Tern.Train.Loop;
using Tern.Train.Recipes;

namespace Tern.Papers.Training;

/// <summary>A training run as a trial.</summary>
static class TrainingTrial
{
    /// <summary>Names of the measured values.</summary>
    public const string HeldOutLoss = "held_out_loss", SecondsPerStep = "seconds_per_step", StateBytes = "state_bytes", PeakBytes = "peak_bytes", Diverged = "diverged";

    /// <summary>The name of the curve.</summary>
    public const string HeldOut = "held_out_loss";

    /// <summary>
    /// Trains by the recipe. A run whose loss is no longer finite is a result too: its loss is infinite. <see cref="PeakBytes"/> is what the process took at most above what it had before the run.
    /// </summary>
    /// <param name="experiment">Gives the text, the seed and the folder.</param>
    /// <param name="name">For people.</param>
    /// <param name="recipe">Its output and data sources are set here.</param>
    /// <param name="repetition">Tells runs of one recipe apart, where their speed is what counts.</param>
    public static Trial Run(Experiment experiment, string name, Recipe recipe, string repetition = "")
    {
        recipe = recipe with
        {
            Seed = experiment.Seed,
            Output = "trial",
            Data = recipe.Data with { Sources = [new DataSource { Path = Path.GetFileName(experiment.Text) }] },
        };
        return experiment.Trial(name, $"{RecipeFile.ToYaml(recipe)}\n{experiment.TextHash}\n{repetition}", folder => Train(
            recipe with { Output = folder, Data = recipe.Data with { Sources = [new DataSource { Path = experiment.Text }], Cache = Path.Combine(experiment.Folder, "tokens") } },
            experiment.Cancellation));
    }

    /// <summary>The runs, but for those whose names begin with a word.</summary>
    public static ResultTable Table(IEnumerable<Trial> trials, string except) => new("Runs", ["run", "held-out loss", "state, MB", "ms/step"],
        [.. trials.Where(trial => !trial.Name.StartsWith(except, StringComparison.Ordinal)).Select(trial => (IReadOnlyList<string>)
            [trial.Name, Number(trial.Values[HeldOutLoss], "F4"), Number(trial.Values[StateBytes] / 1e6, "F2"), Number(1000 * trial.Values[SecondsPerStep], "F0")])]);

    static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    static TrialNumbers Train(Recipe recipe, CancellationToken cancellation)
    {
        var curve = new List<CurvePoint>();
        var (seconds, diverged) = (0.0, false);
        var memory = PeakMemory.Start();
        using var run = TrainingPreparation.Prepare(recipe, resume: false, cancellationToken: cancellation);
        try
        {
            var before = 0L;
            run.Run(what =>
            {
                switch (what)
                {
                    case TrainingInterval { Metrics: var at }:
                        seconds += (at.Tokens - before) / at.TokensPerSecond;
                        before = at.Tokens;
                        break;
                    case HeldOutEvaluation { Metrics: var at }:
                        curve.Add(new CurvePoint(at.Step, at.HeldOutLoss));
                        break;
                }
            }, cancellation);
        }
        catch (DivergenceException)
        {
            diverged = true;
        }

        cancellation.ThrowIfCancellationRequested();
        return new TrialNumbers(
            new Dictionary<string, double>
            {
                [HeldOutLoss] = diverged ? double.PositiveInfinity : curve[^1].Y,
                [SecondsPerStep] = seconds / Math.Max(1, run.Step),
                [StateBytes] = run.OptimizerStateBytes,
                [PeakBytes] = memory.Bytes,
                [Diverged] = diverged ? 1 : 0,
            },
            new Dictionary<string, IReadOnlyList<CurvePoint>> { [HeldOut] = curve });
    }
}

/// <summary>A run and its learning rate.</summary>
sealed record Tuned(double Rate, Trial Trial)
{
    public double Loss => Trial.Values[TrainingTrial.HeldOutLoss];

    public PlotCurve Curve(string name) => new(name, Trial.Curves[TrainingTrial.HeldOut]);
}
