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
        if (result.GetValue(_dryRun)) return PrintEstimate(run.EstimateWithTime(), result.GetValue(_json));
        var ended = Train(run, result.GetValue(_json));
        if (result.GetValue(_json)) JsonOutput.Print(ended);
        else if (ended.Model is { } model) Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"written to {model}{(ended.HeldOutLoss is { } loss ? $" (held-out loss {loss:F4}, perplexity {Math.Exp(loss):F2})" : "")}"));
        return ended.Interrupted ? TernCommand.Interrupted : 0;
    }

    /// <summary>A program that reads the JSON can tell a run that diverged from one that failed.</summary>
    TrainingResult Train(TrainingRun run, bool json)
    {
        try
        {
            return run.Run(TrainingDisplay.OnStandardError().Show, _cancellation);
        }
        catch (DivergenceException) when (json)
        {
            JsonOutput.Print(new { Diverged = true });
            throw;
        }
    }

    TrainingRun Prepare(Recipe recipe, bool resume)
    {
        using var line = new ProgressLine();
        return TrainingPreparation.Prepare(recipe, resume, new Told<DataProgress>(at => line.Show(() => $"tokens of {at.File} ({at.FileNumber} of {at.FileCount})  {at.Tokens:N0}")), _cancellation);
    }

    static int PrintEstimate(TrainingEstimate estimate, bool json)
    {
        if (json)
        {
            JsonOutput.Print(estimate);
            return 0;
        }
        string Line(string label, string value) => $"{label,-12} {value}";
        string Number(double value) => value.ToString("N1", CultureInfo.InvariantCulture);
        string Megabytes(long bytes) => $"{Number(bytes / 1e6)} MB";
        foreach (var line in (string[])
        [
            Line("parameters", estimate.Parameters.ToString("N0", CultureInfo.InvariantCulture)),
            Line("steps", estimate.Steps.ToString("N0", CultureInfo.InvariantCulture)),
            Line("tokens", estimate.Tokens.ToString("N0", CultureInfo.InvariantCulture)),
            Line("operations", string.Create(CultureInfo.InvariantCulture, $"{estimate.Flops:G3} FLOP")),
            Line("state", $"{Megabytes(estimate.StateBytes)}: weights {Megabytes(estimate.WeightBytes)}, gradients {Megabytes(estimate.GradientBytes)}, optimizer {Megabytes(estimate.OptimizerBytes)}, average {Megabytes(estimate.AverageBytes)}; {Number(estimate.StateBytesPerParameter)} bytes a parameter"),
            Line("activations", $"about {Megabytes(estimate.ActivationBytes)}"),
            Line("memory", $"about {Megabytes(estimate.TotalBytes)}, with {Megabytes(estimate.KeptBytes)} that malloc keeps and {Megabytes(estimate.RuntimeBytes)} of .NET and libtorch"),
            Line("time", string.Create(CultureInfo.InvariantCulture, $"about {Duration.OfSeconds(estimate.Seconds!.Value)} at a third of the {estimate.PeakFlopsPerSecond / 1e9:F0} GFLOP/s of a matrix product here")),
        ]) Console.Out.WriteLine(line);
        return 0;
    }
}
