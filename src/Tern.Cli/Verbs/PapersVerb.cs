using System.CommandLine;
using Tern.Cli.Terminal;
using Tern.Papers;
using Tern.Papers.Results;

namespace Tern.Cli.Verbs;

/// <summary>The papers whose claims Tern checks.</summary>
sealed class PapersVerb : Verb
{
    readonly Option<bool> _markdown = new("--markdown") { Description = "Print docs/papers.md, made of the committed results" };
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public PapersVerb() : base("papers", "Lists the papers that can be reproduced.")
    {
        Add(_markdown);
        Add(_json);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples => ["tern papers", "tern papers --markdown > docs/papers.md"];

    int Run(ParseResult result)
    {
        if (result.GetValue(_markdown)) Console.Out.Write(PapersPage.ToMarkdown(Path.Combine("docs", "results")));
        else if (result.GetValue(_json)) JsonOutput.Print(PaperRegistry.All.Select(paper => new { paper.Name, paper.Title, paper.Citation, paper.Code, paper.Usage, paper.Claims }));
        else
            foreach (var paper in PaperRegistry.All) Console.Out.WriteLine($"{paper.Name,-12} {paper.Title} ({paper.Citation})");
        return 0;
    }
}
