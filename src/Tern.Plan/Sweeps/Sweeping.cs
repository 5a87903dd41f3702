using System.Globalization;
using System.Text.Json;
using Tern.Models;
using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Sweeps;

/// <summary>Where a sweep stands.</summary>
/// <param name="Total">Runs.</param>
/// <param name="Done">Finished or diverged, those of earlier calls included.</param>
/// <param name="Failed">In this call.</param>
/// <param name="Running">Names.</param>
/// <param name="SecondsLeft">By the rate of the runs so far; null where none has ended.</param>
/// <param name="Ended">What ended just now, in words; null where a run began.</param>
public sealed record SweepProgress(int Total, int Done, int Failed, IReadOnlyList<string> Running, double? SecondsLeft, string? Ended);

/// <summary>What a sweep came to.</summary>
/// <param name="Runs">Of the grid.</param>
/// <param name="Done">Finished, in this call or before.</param>
/// <param name="Diverged">Of those.</param>
/// <param name="Failures">Names and last messages.</param>
/// <param name="Table">runs.csv.</param>
/// <param name="Interrupted">Was asked to stop; the next call goes on.</param>
public sealed record SweepOutcome(int Runs, int Done, int Diverged, IReadOnlyDictionary<string, string> Failures, string Table, bool Interrupted);

/// <summary>Runs what is left of a sweep, some runs at a time, and collects the table.</summary>
public sealed class Sweeping
{
    const int Interrupted = 130;                                      // exit code of tern after Ctrl+C

    readonly Sweep _sweep;
    readonly IReadOnlyList<SweepRun> _runs;
    readonly ITrainProgram _program;
    readonly int _jobs;
    readonly Action<SweepProgress> _progress;
    readonly Lock _gate = new();
    readonly Dictionary<string, SweepResult> _results = [];
    readonly List<string> _running = [];
    readonly SweepRate _rate = new();
    string _tokenizer = "";

    Sweeping(Sweep sweep, IReadOnlyList<SweepRun> runs, ITrainProgram program, int jobs, Action<SweepProgress> progress) => (_sweep, _runs, _program, _jobs, _progress) = (sweep, runs, program, jobs, progress);

    string Tokens => Path.Combine(_sweep.Output, "tokens");

    /// <summary>Runs a sweep. Runs that are finished are not repeated; runs that were begun go on from their checkpoints; runs that failed are tried again.</summary>
    /// <param name="sweep">What to run.</param>
    /// <param name="program">Runs recipes.</param>
    /// <param name="jobs">Runs at a time.</param>
    /// <param name="progress">Told when a run begins or ends, by one thread at a time.</param>
    /// <param name="cancellationToken">Stops the runs, each with a checkpoint.</param>
    /// <exception cref="TernException">The first step, which learns the tokenizer and tokenises the text, failed.</exception>
    public static SweepOutcome Run(Sweep sweep, ITrainProgram program, int jobs, Action<SweepProgress> progress, CancellationToken cancellationToken = default)
    {
        var sweeping = new Sweeping(sweep, SweepGrid.Expand(sweep), program, jobs, progress);
        sweeping.ReadResults();
        if (sweeping._results.Count(result => result.Value.IsFinal) < sweeping._runs.Count)
        {
            sweeping.Prepare(cancellationToken);
            sweeping.RunAll(cancellationToken);
        }
        return sweeping.Collect(cancellationToken.IsCancellationRequested);
    }

    /// <summary>The results that lie in the folder of a sweep.</summary>
    public static IReadOnlyList<(SweepRun Run, SweepResult Result)> Results(Sweep sweep) =>
        [.. SweepGrid.Expand(sweep).Select(run => (Run: run, new RunFolder(sweep, run).Result)).Where(pair => pair.Result is { IsFinal: true }).Select(pair => (pair.Run, pair.Result!))];

    void ReadResults()
    {
        foreach (var run in _runs)
            if (new RunFolder(_sweep, run).Result is { IsFinal: true } result) Note(run, result);
    }

    /// <summary>Learns the tokenizer and tokenises the text, so that runs beside each other only read them: one step of the smallest model.</summary>
    void Prepare(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(_sweep.Output, "preparation");
        var recipe = SweepYaml.Copy(SweepGrid.Expand(_sweep with { Chosen = null }).MinBy(run => run.Parameters)!.Recipe);
        foreach (var key in (string[])["evaluation", "quantization", "log", "checkpoints", "schedule"]) recipe.Children.Remove(key);
        SweepYaml.Set(recipe, "steps", 1);
        SweepYaml.Set(recipe, "evaluation", new YamlMappingNode("every", "0", "sequences", "1"));
        var text = SweepYaml.Write(recipe);
        SweepYaml.Set(recipe, "output", folder);
        SweepYaml.Set(recipe, "data.cache", Tokens);
        _sweep.PlaceText(recipe);
        SweepYaml.Set(recipe, "log.tensor_board", SweepYaml.Plain("false"));
        _tokenizer = Path.Combine(folder, "model", "tokenizer.json");
        var done = Path.Combine(folder, "prepared.yaml");
        if (File.Exists(done) && File.Exists(_tokenizer) && File.ReadAllText(done) == text) return;
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "sweep-recipe.yaml");
        Models.Files.AtomicFile.WriteText(path, SweepYaml.Write(recipe), cancellationToken);
        _progress(new SweepProgress(_runs.Count, DoneCount, 0, ["tokenizer and tokens"], null, null));
        var end = _program.Run(new TrainOrder(path, Path.Combine(folder, "train.log"), Resume: false, SingleThread: false), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (end.ExitCode != 0) throw new TernException($"The first step of the sweep, which learns the tokenizer and tokenises the text, failed: {end.LastMessage} (recipe: {path})");
        Models.Files.AtomicFile.WriteText(done, text, cancellationToken);
    }

    /// <summary>Long runs first, so that those that run last are short and end together.</summary>
    void RunAll(CancellationToken cancellationToken)
    {
        var left = new Queue<SweepRun>(_runs.Where(run => !_results.ContainsKey(run.Name)));
        var workers = Enumerable.Range(0, Math.Min(_jobs, left.Count)).Select(_ => Task.Factory.StartNew(() =>
        {
            while (!cancellationToken.IsCancellationRequested && Next(left) is { } run) RunOne(run, cancellationToken);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WhenAll(workers).GetAwaiter().GetResult();
    }

    SweepRun? Next(Queue<SweepRun> left)
    {
        lock (_gate)
        {
            if (!left.TryDequeue(out var run)) return null;
            _running.Add(run.Name);
            Tell(null);
            return run;
        }
    }

    void RunOne(SweepRun run, CancellationToken cancellationToken)
    {
        var folder = new RunFolder(_sweep, run);
        folder.WriteRecipe(_tokenizer, Tokens);
        var end = _program.Run(new TrainOrder(folder.RecipePath, folder.LogPath, folder.IsBegun, _jobs > 1), cancellationToken);
        var stopped = end.ExitCode == Interrupted || cancellationToken.IsCancellationRequested && end.ExitCode != 0;
        lock (_gate)
        {
            _running.Remove(run.Name);
            if (stopped)
            {
                Tell($"{run.Name}: stopped");
                return;
            }
            var result = ResultOf(run, folder, end);
            folder.Finish(result);
            Note(run, result);
            Tell(result switch
            {
                { Failure: { } failure } => $"{run.Name}: failed: {failure}",
                { Diverged: true } => $"{run.Name}: diverged",
                _ => string.Create(CultureInfo.InvariantCulture, $"{run.Name}: held-out loss {result.Loss:F4} after {result.Steps} steps, {result.Seconds:F1} s"),
            });
        }
    }

    static SweepResult ResultOf(SweepRun run, RunFolder folder, TrainEnd end)
    {
        var course = RunCourse.Read(folder.MetricsPath);
        var result = new SweepResult { RecipeHash = folder.RecipeHash, Steps = 0, Loss = double.NaN, Seconds = course.Seconds, HeldOut = course.HeldOut, PostTraining = course.PostTraining, NoiseScaleTokens = course.NoiseScaleTokens };
        if (ParseOutput(end.Output) is not { } said) return result with { Failure = end.LastMessage.Length > 0 ? end.LastMessage : string.Create(CultureInfo.InvariantCulture, $"exit code {end.ExitCode}") };
        if (said.TryGetProperty("diverged", out var diverged) && diverged.ValueKind == JsonValueKind.True) return result with { Diverged = true, Loss = double.PositiveInfinity, Steps = run.Steps };
        if (end.ExitCode != 0) return result with { Failure = end.LastMessage };
        return RunCourse.NumberOf(said, "held_out_loss") is { } loss
            ? result with { Loss = loss, Steps = said.GetProperty("steps").GetInt64() }
            : result with { Failure = "the run has no held-out loss: give base.data.held_out room for at least one sequence." };
    }

    static JsonElement? ParseOutput(string output)
    {
        try
        {
            return output.Trim() is { Length: > 0 } text ? JsonElement.Parse(text) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    int DoneCount => _results.Values.Count(result => result.IsFinal);

    void Note(SweepRun run, SweepResult result)
    {
        _results[run.Name] = result;
        if (result is { IsFinal: true, Diverged: false }) _rate.Add(run, result);
    }

    void Tell(string? ended) => _progress(new SweepProgress(_runs.Count, DoneCount, _results.Values.Count(result => !result.IsFinal), [.. _running], _rate.SecondsOf(_runs.Where(run => !_results.ContainsKey(run.Name))) / _jobs, ended));

    SweepOutcome Collect(bool interrupted)
    {
        Directory.CreateDirectory(_sweep.Output);
        SweepTables.Write(_sweep.Output, [.. _runs.Where(run => _results.ContainsKey(run.Name)).Select(run => (run, _results[run.Name]))]);
        return new SweepOutcome(_runs.Count, DoneCount, _results.Values.Count(result => result.Diverged), _results.Where(pair => !pair.Value.IsFinal).ToDictionary(pair => pair.Key, pair => pair.Value.Failure!),
            Path.Combine(_sweep.Output, SweepTables.FileName), interrupted && DoneCount < _runs.Count);
    }
}
