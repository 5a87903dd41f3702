using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Compress;
using Tern.Models;
using Tern.Run.Evaluation;

namespace Tern.Cli.Verbs;

/// <summary>A model made smaller, with a report of the damage.</summary>
sealed class CompressVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly Argument<string?> _source = new("source") { Description = "Folder or file of any readable model", Arity = ArgumentArity.ZeroOrOne };
    readonly Argument<string?> _target = new("target") { Description = "A name that ends in .gguf, or for int4 and int8 a folder", Arity = ArgumentArity.ZeroOrOne };
    readonly Flag<string?> _method = new("--method", [], "What to do; --list shows the methods", null, "name", fromEnvironment: false);
    readonly Flag<int?> _groupSize = new("--group-size", [], "int4, int8: weights that share a scale; 0 for one scale per row", null, "n", fromEnvironment: false);
    readonly Flag<string?> _outputType = new("--output-type", [], "GGUF: type of the output matrix, or of the embeddings that double as it (default: q6_k or better)", null, "type", fromEnvironment: false);
    readonly Flag<string?> _embeddingType = new("--embedding-type", [], "GGUF: type of the embeddings", null, "type", fromEnvironment: false);
    readonly Flag<string?> _text = new("--text", [], "Measure perplexity, divergence and speed before and after, on this file", null, "path", fromEnvironment: false);
    readonly Flag<int> _context = new("--ctx-size", ["-c"], "With --text: tokens that a window reads", 0, "n");
    readonly Flag<int> _targets = new("--targets", ["-n"], "With --text: end after so many targets; 0 for the whole text", 0, "n", fromEnvironment: false);
    readonly Flag<int> _threads = new("--threads", ["-t"], "Threads; 0 for one per core", 0, "n");
    readonly Flag<string?> _report = new("--report", [], "Write the report to this file, too (.html or .md)", null, "path", fromEnvironment: false);
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };
    readonly Option<bool> _list = new("--list") { Description = "List the methods" };

    public CompressVerb(CancellationToken cancellation) : base("compress", "Makes a model smaller and reports the damage.")
    {
        _cancellation = cancellation;
        Add(_source);
        Add(_target);
        foreach (var option in (Option[])[_method, _groupSize, _outputType, _embeddingType, _text, _context, _targets, _threads, _report, _json, _list]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern compress models/gutenberg-2m gutenberg-q4_k.gguf --method q4_k --text models/gutenberg-2m/held-out.txt",
        "tern compress model-folder model-int4 --method int4 --group-size 128 --report report.html",
        "tern compress --list",
    ];

    int Run(ParseResult result)
    {
        if (result.GetValue(_list)) return List(result);
        if (result.GetValue(_source) is not { } source || result.GetValue(_target) is not { } target) throw new WrongUseException("name the model and where the smaller one goes");
        ModelFlags.CheckIsa();
        var method = MethodOf(result);
        var page = result.GetValue(_report);
        if (page is not null) CompressionReportPage.CheckName(page);
        OutputPath.MustDifferFrom(target, source);
        CompressionReport report;
        using (var line = new ProgressLine())
        {
            report = Compression.Run(source, target, method, OptionsOf(result),
                new Told<CompressionProgress>(at => line.Show($"{at.Step}  {at.Detail}", at.Done, at.Total)), _cancellation);
        }
        if (page is not null) CompressionReportPage.Write(page, report);
        if (result.GetValue(_json)) JsonOutput.Print(report);
        else Console.Out.Write(CompressionReportPage.ToMarkdown(report));
        Console.Error.WriteLine($"written to {target}");
        return 0;
    }

    CompressionMethod MethodOf(ParseResult result)
    {
        if (result.GetValue(_method) is not { } name) throw new WrongUseException("--method is missing; tern compress --list shows the methods");
        var known = CompressionMethods.All.Select(method => method.Name).ToList();
        if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
            throw new WrongUseException($"--method: there is no method '{name}'{(EditDistance.Nearest(name, known) is { } near ? $"; did you mean '{near}'?" : ".")} Known are {string.Join(", ", known)}");
        return CompressionMethods.Parse(name).With(new MethodSettings
        {
            GroupSize = result.GetValue(_groupSize),
            OutputType = WeightType.Parse(result.GetValue(_outputType), "--output-type"),
            EmbeddingType = WeightType.Parse(result.GetValue(_embeddingType), "--embedding-type"),
        });
    }

    CompressionOptions OptionsOf(ParseResult result) => new()
    {
        Text = result.GetValue(_text) is { } file ? InputText.ReadFile(file, _cancellation) : null,
        Threads = Checked.AtLeast(result.GetValue(_threads), 0, "--threads"),
        Evaluation = new EvaluationOptions
        {
            Context = Checked.AtLeast(result.GetValue(_context), 0, "--ctx-size"),
            MaxTargets = Checked.AtLeast(result.GetValue(_targets), 0, "--targets"),
        },
    };

    int List(ParseResult result)
    {
        if (result.GetValue(_json)) JsonOutput.Print(CompressionMethods.All.Select(method => new { method.Name, method.Description, method.BitsPerWeight, method.WritesGguf }));
        else
        {
            Console.Out.WriteLine("| method | bits/weight | writes | what it is |");
            Console.Out.WriteLine("|---|--:|---|---|");
            foreach (var method in CompressionMethods.All)
                Console.Out.WriteLine($"| {method.Name} | {method.BitsPerWeight:F2} | {(method.WritesGguf ? "GGUF" : "Hugging Face folder")} | {method.Description} |");
        }
        return 0;
    }
}
