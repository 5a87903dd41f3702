using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Models;
using Tern.Papers;
using Tern.Papers.Results;

namespace Tern.Cli.Verbs;

/// <summary>Runs a paper's experiment and prints our numbers beside the paper's.</summary>
sealed class ReproduceVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly Argument<string> _paper = new("paper") { Description = "Its name; tern papers lists them" };
    readonly Option<bool> _quick = new("--quick") { Description = "About two minutes: shows that everything runs (the default)" };
    readonly Option<bool> _full = new("--full") { Description = "The run whose result is committed" };
    readonly Flag<string?> _file = new("--file", ["-f"], "The text that models are trained on: a file, or a folder of .txt files (default: the held-out text of the model that comes with Tern)", null, "path", fromEnvironment: false);
    readonly Flag<string?> _output = new("--output", ["-o"], "Where the result goes; an interrupted run goes on there (default: runs/reproduce-NAME-quick or -full)", null, "folder", fromEnvironment: false);
    readonly Flag<int> _seed = new("--seed", [], "Of weights and the order of the data", 1, "n");
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public ReproduceVerb(CancellationToken cancellation) : base("reproduce", "Checks the claims of a paper by a small experiment.")
    {
        _cancellation = cancellation;
        Add(_paper);
        foreach (var option in (Option[])[_quick, _full, _file, _output, _seed, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples => ["tern reproduce soap", "tern reproduce soap --full -f tinyshakespeare.txt -o docs/results/soap"];

    int Run(ParseResult result)
    {
        if (result.GetValue(_quick) && result.GetValue(_full)) throw new WrongUseException("--quick and --full exclude each other");
        var paper = PaperRegistry.Find(result.GetValue(_paper)!);
        var reproduction = Reproducing.Run(paper, Request(result, paper), Console.Error.WriteLine, _cancellation);
        if (result.GetValue(_json)) JsonOutput.Print(reproduction);
        else Print(paper, reproduction, OutputOf(result, paper));
        return 0;
    }

    ReproductionRequest Request(ParseResult result, Paper paper)
    {
        var scale = result.GetValue(_full) ? ReproductionScale.Full : ReproductionScale.Quick;
        var file = result.GetValue(_file);
        var text = file ?? ShippedModel.HeldOutText() ?? throw new WrongUseException("name a text with -f: the model that comes with Tern was not found");
        var command = $"tern reproduce {paper.Name} --{scale.ToString().ToLowerInvariant()}{(file is null ? "" : $" -f {Path.GetFileName(Path.TrimEndingDirectorySeparator(file))}")} --seed {result.GetValue(_seed)}";
        return new ReproductionRequest(scale, text, OutputOf(result, paper), result.GetValue(_seed), command);
    }

    string OutputOf(ParseResult result, Paper paper) =>
        result.GetValue(_output) ?? Path.Combine("runs", $"reproduce-{paper.Name}-{(result.GetValue(_full) ? "full" : "quick")}");

    static void Print(Paper paper, Reproduction reproduction, string folder)
    {
        foreach (var (claim, finding) in paper.Claims.Zip(reproduction.Outcome.Findings))
        {
            Console.Out.WriteLine(claim.Text);
            Console.Out.WriteLine($"  paper  {claim.Figure}");
            Console.Out.WriteLine($"  here   {finding.Figure}");
            Console.Out.WriteLine($"  {PapersPage.Words(finding.Verdict)}{(finding.Remark is null ? "" : $": {finding.Remark}")}");
        }
        Console.Out.WriteLine($"written to {folder}");
    }
}
