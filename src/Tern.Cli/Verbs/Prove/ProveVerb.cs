using System.CommandLine;
using System.Globalization;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;
using Tern.Geometry.Search;

namespace Tern.Cli.Verbs.Prove;

/// <summary>Theorems of plane geometry.</summary>
sealed class ProveVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly ProblemFlags _problems = new();
    readonly SearchFlags _search = new();
    readonly Flag<string?> _out = new("--out", ["-o"], "Write each proof as text, LaTeX, JSON, figure (SVG, PNG) and page into this folder; of several problems, into a folder each", null, "folder", fromEnvironment: false);
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public ProveVerb(CancellationToken cancellation) : base("prove", "Proves theorems of plane geometry: deduction, then a search for auxiliary points; an independent checker accepts each proof or it is none.")
    {
        _cancellation = cancellation;
        Add(new ProveBenchVerb(cancellation));
        Add(new ProveCheckVerb(cancellation));
        Add(new ProveDrawVerb(cancellation));
        Add(new ProveGenerateVerb(cancellation));
        _problems.AddTo(this);
        _search.AddTo(this);
        foreach (var option in (Option[])[_out, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern prove --statement \"a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h b c\"",
        "tern prove imo_ag_30.txt --problem imo_2004_p5 --out proof",
        "tern prove imo_ag_30.txt --problem imo_2012_p5 --time 5400 --seed 1",
        "tern prove mine.txt --aux none --json",
    ];

    int Run(ParseResult result)
    {
        var options = _search.Read(result);
        using var model = options.Model;
        var problems = _problems.Read(result, _cancellation);
        var (out_, json) = (result.GetValue(_out), result.GetValue(_json));
        // A folder that cannot be written to is told before the search, not after.
        if (out_ is not null) ProofFolder.Create(out_);
        var told = new List<object>();
        var proved = 0;
        foreach (var problem in problems)
        {
            if (problems.Count > 1 && !json && told.Count > 0) Console.Out.WriteLine();
            var folder = out_ is null || problems.Count == 1 ? out_ : Path.Combine(out_, ProofFolder.NameOf(problem));
            if (Prove(problem, options, folder, json, told)) proved++;
            if (_cancellation.IsCancellationRequested) break;
        }
        if (json) JsonOutput.Print(new { proved, problems = told });
        else if (problems.Count > 1) Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{proved} of {problems.Count} problems proved{(told.Count < problems.Count ? $", {problems.Count - told.Count} not tried" : "")}."));
        return _cancellation.IsCancellationRequested ? TernCommand.Interrupted : proved == problems.Count ? 0 : TernCommand.Failed;
    }

    bool Prove(Problem problem, SearchOptions options, string? folder, bool json, List<object> told)
    {
        ProverResult result;
        try
        {
            using var line = new ProgressLine();
            line.Show(() => $"{problem.Name}: drawing and deducing");
            result = Prover.Prove(problem, options, new Told<SearchProgress>(at => line.Show(() => Progress(problem, at))), _cancellation);
        }
        catch (GeometryException mistake)
        {
            // One that is false or cannot be drawn does not keep the others from being tried.
            Console.Error.WriteLine($"prove: {mistake.Message}");
            told.Add(ProveJson.Of(problem, mistake));
            return false;
        }
        told.Add(ProveJson.Of(result));
        if (!json) Console.Out.Write(ProveText.Of(result, options));
        if (folder is not null)
        {
            foreach (var path in ProofFolder.Write(folder, result)) Console.Error.WriteLine($"written to {path}");
        }
        return result.IsProved;
    }

    static string Progress(Problem problem, SearchProgress at) => string.Create(CultureInfo.InvariantCulture,
        $"{problem.Name}: {Duration.Of(at.Elapsed)}  {at.Attempts:N0} attempts  {at.Closures / Math.Max(0.001, at.Elapsed.TotalSeconds):N0} closures/s  {at.Candidates} places  best gain {at.BestGain}");
}
