using System.CommandLine;
using System.Globalization;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Train.Data;
using Tern.Train.Loop;
using Tern.Train.Recipes;

namespace Tern.Cli.Verbs;

/// <summary>From text to a model, by a recipe.</summary>
sealed class TrainVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly Argument<string> _recipe = new("recipe") { Description = "A YAML file: model, data, tokenizer, optimizer, schedule, ..." };
    readonly Option<string[]> _set = new("--set") { Description = "Changes a value of the recipe: --set optimizer.learning_rate=1e-3; may be repeated", HelpName = "key=value", AllowMultipleArgumentsPerToken = false };
    readonly Option<bool> _dryRun = new("--dry-run") { Description = "Prepare the run and print what it costs, without training" };
    readonly Option<bool> _resume = new("--resume") { Description = "Go on from the newest checkpoint of the recipe's output folder" };
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object at the end" };

    public TrainVerb(CancellationToken cancellation) : base("train", "Trains a model by a recipe.")
    {
        _cancellation = cancellation;
        Add(_recipe);
        foreach (var option in (Option[])[_set, _dryRun, _resume, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern train recipes/shakespeare.yaml --dry-run",
        "tern train recipes/shakespeare.yaml --set steps=500 --set optimizer.learning_rate=1e-3",
        "tern train recipes/shakespeare.yaml --resume",
        "tern run -m runs/shakespeare/model -p \"ROMEO:\"",
    ];

    int Run(ParseResult result)
    {
        var recipe = RecipeFile.Read(result.GetValue(_recipe)!, result.GetValue(_set));
        using var run = Prepare(recipe, result.GetValue(_resume));
        if (result.GetValue(_dryRun)) return PrintEstimate(run, recipe, result.GetValue(_json));
        var ended = run.Run(Tell, _cancellation);
        if (result.GetValue(_json)) JsonOutput.Print(ended);
        else if (ended.Model is { } model) Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"written to {model}{(ended.HeldOutLoss is { } loss ? $" (held-out loss {loss:F4}, perplexity {Math.Exp(loss):F2})" : "")}"));
        return ended.Interrupted ? TernCommand.Interrupted : 0;
    }

    TrainingRun Prepare(Recipe recipe, bool resume)
    {
        using var line = new ProgressLine();
        return TrainingPreparation.Prepare(recipe, resume, new Told<DataProgress>(at => line.Show(() => $"tokens of {at.File} ({at.FileNumber} of {at.FileCount})  {at.Tokens:N0}")), _cancellation);
    }

    static void Tell(TrainingEvent what)
    {
        switch (what)
        {
            case TrainingInterval { Metrics: var at, Steps: var steps }:
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"step {at.Step}/{steps}  loss {at.Loss:F4}  ppl {at.Perplexity:F2}  lr {at.LearningRate:G3}  norm {at.GradientNorm:F2}  {at.TokensPerSecond:F0} tok/s  {at.FlopsPerSecond / 1e9:F0} GFLOP/s  mfu {at.Mfu:P0}"));
                break;
            case HeldOutEvaluation at:
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {at.Metrics.Step}  held-out loss {at.Metrics.HeldOutLoss:F4}  ppl {Math.Exp(at.Metrics.HeldOutLoss):F2}{(at.IsBest ? "  (best)" : "")}"));
                foreach (var sample in at.Samples) Console.Error.WriteLine("  | " + sample.ReplaceLineEndings("\n  | "));
                break;
            case TrainingNote note:
                Console.Error.WriteLine(note.Text);
                break;
        }
    }

    static int PrintEstimate(TrainingRun run, Recipe recipe, bool json)
    {
        var estimate = run.Estimate;
        if (json)
        {
            JsonOutput.Print(estimate);
            return 0;
        }
        var peak = GemmPeak.Measure(recipe.Precision.ComputeType);
        string Line(string label, string value) => $"{label,-12} {value}";
        string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB");
        foreach (var line in (string[])
        [
            Line("parameters", estimate.Parameters.ToString("N0", CultureInfo.InvariantCulture)),
            Line("steps", estimate.Steps.ToString("N0", CultureInfo.InvariantCulture)),
            Line("tokens", estimate.Tokens.ToString("N0", CultureInfo.InvariantCulture)),
            Line("operations", string.Create(CultureInfo.InvariantCulture, $"{estimate.Flops:G3} FLOP")),
            Line("state", $"{Megabytes(estimate.StateBytes)}: weights {Megabytes(estimate.WeightBytes)}, gradients {Megabytes(estimate.GradientBytes)}, optimizer {Megabytes(estimate.OptimizerBytes)}, average {Megabytes(estimate.AverageBytes)}"),
            Line("activations", $"about {Megabytes(estimate.ActivationBytes)}"),
            Line("time", string.Create(CultureInfo.InvariantCulture, $"about {TimeSpan.FromSeconds(estimate.SecondsAt(peak)):hh\\:mm\\:ss} at a third of the {peak / 1e9:F0} GFLOP/s of a matrix product here")),
        ]) Console.Out.WriteLine(line);
        return 0;
    }
}
