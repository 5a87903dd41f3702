using System.CommandLine;
using System.Globalization;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Geometry.Benchmark;

namespace Tern.Cli.Verbs.Prove;

/// <summary>Many problems, with a row for each.</summary>
sealed class ProveBenchVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly ProblemFlags _problems = new();
    readonly SearchFlags _search = new();
    readonly Flag<int> _seeds = new("--seeds", [], "Run all problems this often, with --seed, --seed + 1, ...", 1, "n", fromEnvironment: false);
    readonly Flag<string?> _out = new("--out", ["-o"], "Where results, proofs, table and plot go (default: runs/prove-NAME)", null, "folder", fromEnvironment: false);
    readonly Option<bool> _resume = new("--resume") { Description = "Go on with the results of the folder: what they have with the same options is not run again" };
    readonly Option<bool> _json = new("--json") { Description = "Print the results as one JSON object" };

    public ProveBenchVerb(CancellationToken cancellation) : base("bench", "Proves the problems of a file one after the other: a table, a plot of solved against time, and every proof, kept after each problem.")
    {
        _cancellation = cancellation;
        _problems.AddTo(this);
        _search.AddTo(this);
        foreach (var option in (Option[])[_seeds, _out, _resume, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern prove bench imo_ag_30.txt --aux none -o closures",
        "tern prove bench imo_ag_30.txt --time 5400 --seeds 5 -o imo --resume",
        "tern prove bench imo_ag_30.txt --time 5400 --aux uniform -o imo --resume",
    ];

    int Run(ParseResult result)
    {
        var options = _search.Read(result);
        using var model = options.Model;
        var problems = _problems.Read(result, _cancellation);
        var source = _problems.Source(result);
        var folder = result.GetValue(_out) ?? Path.Combine("runs", "prove-" + Path.GetFileNameWithoutExtension(source));
        var request = new BenchmarkRequest(source, folder, options, Checked.Within(result.GetValue(_seeds), 1, 1000, _seeds.Name), result.GetValue(_resume));
        BenchmarkReport report;
        using (var line = new ProgressLine()) report = BenchmarkRunner.Run(problems, request, new Told<BenchmarkProgress>(at => Show(at, line)), _cancellation);
        if (result.GetValue(_json)) JsonOutput.Print(report);
        else Console.Out.Write(BenchmarkSummary.ToMarkdown(report));
        Console.Error.WriteLine($"written to {folder}");
        return 0;
    }

    static void Show(BenchmarkProgress at, ProgressLine line)
    {
        if (at.Ended is { } row)
        {
            line.Dispose();
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{at.Done}/{at.Total}  seed {row.Seed}  {row.Problem}: {BenchmarkSummary.Words(row.Outcome)} after {row.Seconds:F2} s{(row.Message is { } message ? $": {message}" : "")}"));
            return;
        }
        line.Show(() => string.Create(CultureInfo.InvariantCulture, $"{at.Done}/{at.Total}  seed {at.Seed}  {at.Problem ?? "closures"}{(at.Search is { } search ? $"  {Duration.Of(search.Elapsed)}  {search.Attempts:N0} attempts" : "")}"));
    }
}
