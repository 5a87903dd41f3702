using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Geometry.Checking;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Cli.Verbs.Prove;

/// <summary>Proofs from files, checked as if nobody knew where they come from.</summary>
sealed class ProveCheckVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly Argument<string[]> _files = new("proofs") { Description = "Files that tern prove --out or tern prove bench wrote: proof.json", Arity = ArgumentArity.OneOrMore };
    readonly Flag<string?> _of = new("--of", [], "Each proof must be of the problem of its name in this file; without, it may be of whatever it says", null, "problems.txt", fromEnvironment: false);
    readonly Flag<string?> _definitions = new("--definitions", [], "Constructions in place of those of Tern", null, "defs.txt", fromEnvironment: false);
    readonly Flag<int> _diagrams = new("--diagrams", [], "New diagrams in which every step must hold again", 3, "n", fromEnvironment: false);
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public ProveCheckVerb(CancellationToken cancellation) : base("check", "Checks proofs step by step, without the engine that found them. Exit code 1 where one is not right.")
    {
        _cancellation = cancellation;
        Add(_files);
        foreach (var option in (Option[])[_of, _definitions, _diagrams, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples => ["tern prove check proof/proof.json", "tern prove check imo/proofs/*.json --of imo_ag_30.txt"];

    int Run(ParseResult result)
    {
        var definitions = result.GetValue(_definitions) is { } path ? Definitions.Parse(InputText.ReadFile(path, _cancellation), path) : null;
        var diagrams = Checked.Within(result.GetValue(_diagrams), 0, 1000, _diagrams.Name);
        var of = result.GetValue(_of);
        var problems = of is null ? null : ProblemFile.Parse(InputText.ReadFile(of, _cancellation), of, definitions);
        var verdicts = new List<object>();
        var (right, files) = (0, result.GetValue(_files)!);
        foreach (var file in files)
        {
            _cancellation.ThrowIfCancellationRequested();
            var verdict = Check(file, definitions, problems, of, diagrams, result.GetValue(_json), verdicts);
            if (verdict) right++;
        }
        if (result.GetValue(_json)) JsonOutput.Print(new { right, proofs = verdicts });
        else if (files.Length > 1) Console.Out.WriteLine($"{right} of {files.Length} proofs are right.");
        return right == files.Length ? 0 : TernCommand.Failed;
    }

    bool Check(string file, Definitions? definitions, IReadOnlyList<Problem>? problems, string? of, int diagrams, bool json, List<object> verdicts)
    {
        try
        {
            var proof = ProofJson.Parse(InputText.ReadFile(file, _cancellation), file, definitions);
            var asked = problems is null ? null : ProblemFile.Find(problems, proof.Problem.Name, of!).WithRemarks(proof.Problem.AssertsRemarks);
            var check = ProofChecker.Check(proof, asked, diagrams);
            verdicts.Add(new { file, problem = proof.Problem.Name, goal = proof.Problem.TextOf(proof.Goal), steps = proof.Steps.Length, check = ProveJson.Check(check) });
            if (!json) Console.Out.WriteLine($"{file}: {proof.Problem.Name}: {proof.Problem.TextOf(proof.Goal)}: {check}{(check.IsRight ? "." : "")}");
            return check.IsRight;
        }
        catch (GeometryException mistake)
        {
            // One file that is none does not keep the others from being checked.
            Console.Error.WriteLine($"prove check: {mistake.Message}");
            verdicts.Add(new { file, message = mistake.Message });
            return false;
        }
    }
}
