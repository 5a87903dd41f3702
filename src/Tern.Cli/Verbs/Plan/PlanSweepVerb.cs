using System.CommandLine;
using System.Globalization;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Plan.Sweeps;

namespace Tern.Cli.Verbs.Plan;

/// <summary>Many small runs, for a law of one's own.</summary>
sealed class PlanSweepVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly Argument<string> _sweep = new("sweep") { Description = "A YAML file: a recipe that all runs share, sizes, and grids of what differs" };
    readonly Option<int> _jobs = new("--jobs") { Description = "Runs at a time, each with one thread; 1: a run has all threads", DefaultValueFactory = _ => 1 };
    readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print the runs and what they cost, without running them" };
    readonly Option<double?> _rate = new("--rate") { Description = "FLOP per second of a run, for --dry-run where no run is finished yet" };
    readonly Option<string?> _output = new("--output") { Description = "The folder of runs and table, in place of that in the file" };
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object at the end" };

    public PlanSweepVerb(CancellationToken cancellation) : base("sweep", "Trains a grid of small models and collects a table of runs, and fits laws to it; goes on where it was stopped.")
    {
        _cancellation = cancellation;
        Add(_sweep);
        foreach (var option in (Option[])[_jobs, _dryRun, _rate, _output, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern plan sweep sweep.yaml --dry-run",
        "tern plan sweep sweep.yaml --jobs 2",
    ];

    int Run(ParseResult result)
    {
        var jobs = result.GetValue(_jobs);
        if (jobs < 1) throw new WrongUseException("--jobs must be at least 1");
        var sweep = Sweep.Read(result.GetValue(_sweep)!, result.GetValue(_output));
        if (result.GetValue(_dryRun)) return Print(SweepForecast.Of(sweep, jobs, result.GetValue(_rate)), result.GetValue(_json));
        var outcome = Sweeping.Run(sweep, TrainProcess.OfTern(), jobs, Show, _cancellation);
        IReadOnlyList<PartFit> fits = outcome.Interrupted ? [] : SweepFits.Fit(sweep, _cancellation);
        if (result.GetValue(_json)) JsonOutput.Print(new { outcome.Runs, outcome.Done, outcome.Diverged, outcome.Failures, outcome.Table, outcome.Interrupted, fits = fits.Select(fit => new { fit.Part, fit.Law, fit.File, fit.Problem }) });
        else Print(outcome, fits);
        return outcome.Interrupted ? TernCommand.Interrupted : outcome.Failures.Count > 0 ? TernCommand.Failed : 0;
    }

    static void Print(SweepOutcome outcome, IReadOnlyList<PartFit> fits)
    {
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.Done} of {outcome.Runs} runs done ({outcome.Diverged} diverged, {outcome.Failures.Count} failed): {outcome.Table}"));
        foreach (var fit in fits)
        {
            Console.Out.WriteLine();
            Console.Out.WriteLine(fit.Problem is { } problem ? $"{fit.Part}: no fit: {problem}" : $"{fit.Part}: {fit.File}");
            if (fit.Fit is { } law) Console.Out.Write(FitText.Table(law));
        }
    }

    static void Show(SweepProgress at)
    {
        if (at.Ended is { } ended) Console.Error.WriteLine(ended);
        var left = at.SecondsLeft is { } seconds ? $"  left about {Duration.OfSeconds(seconds)}" : "";
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{at.Done}/{at.Total} done{(at.Failed > 0 ? $", {at.Failed} failed" : "")}{left}  running: {(at.Running.Count > 0 ? string.Join(", ", at.Running) : "nothing")}"));
    }

    static int Print(SweepForecast forecast, bool json)
    {
        if (json)
        {
            JsonOutput.Print(forecast);
            return 0;
        }
        foreach (var line in forecast.Runs)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Name,-48} {line.Part,-20} N {line.NParams,10:N0} ({line.NParamsNonEmbedding,10:N0})  D {line.NTokens,12:N0}  D/N {(double)line.NTokens / line.NParams,7:F1}  steps {line.Steps,7:N0}  6ND {line.Flop:E2}  FLOP {line.ExactFlop:E2}{(line.Done ? "  done" : "")}"));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{forecast.Runs.Count} runs, {forecast.Runs.Count(run => run.Done)} done; {forecast.Flop:E2} FLOP, {forecast.FlopLeft:E2} left"));
        Console.Out.WriteLine(forecast.SecondsLeft is { } seconds
            ? $"about {Duration.OfSeconds(seconds)} with {forecast.Jobs} at a time"
            : "how long is not known before a run is finished here; --rate gives a speed");
        return 0;
    }
}
