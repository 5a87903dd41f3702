using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Models;
using Tern.Run;
using Tern.Run.Evaluation;

namespace Tern.Cli.Verbs;

/// <summary>How good a model is, and how far from another.</summary>
sealed class EvalVerb : Verb
{
    public EvalVerb(CancellationToken cancellation) : base("eval", "Measures a model on a text: its perplexity, or its divergence from another model.")
    {
        Add(new PerplexityVerb(cancellation));
        Add(new KlVerb(cancellation));
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern eval perplexity -m model.gguf -f text.txt",
        "tern eval kl -m small.gguf --reference model -f text.txt",
    ];
}

/// <summary>The flags that all evaluations have.</summary>
sealed class EvaluationFlags
{
    readonly ModelFlags _model = new();
    readonly Flag<string?> _file = new("--file", ["-f"], "The text; - for stdin (default: the held-out text of the model that comes with Tern)", null, "path", fromEnvironment: false);
    readonly Flag<int> _context = new("--ctx-size", ["-c"], "Tokens that a window reads; 0 for 512, or less where the model was trained for less", 0, "n");
    readonly Flag<int> _stride = new("--stride", [], "Targets from one window to the next; 0 for windows that do not overlap", 0, "n", fromEnvironment: false);
    readonly Flag<int> _warm = new("--warm", [], "Also the loss at this position of a window and later; 0 for half a window", 0, "n", fromEnvironment: false);
    readonly Flag<int> _targets = new("--targets", ["-n"], "End after so many targets; 0 for the whole text", 0, "n", fromEnvironment: false);
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_model.Model, _file, _context, _stride, _warm, _targets, _model.Threads, _model.CacheType, _model.CheckTensors, _json]) command.Add(option);
    }

    public bool Json(ParseResult result) => result.GetValue(_json);

    public bool HasText(ParseResult result) => result.GetValue(_file) is not null;

    public EvaluationOptions Options(ParseResult result) => new()
    {
        Context = Checked.AtLeast(result.GetValue(_context), 0, "--ctx-size"),
        Stride = Checked.AtLeast(result.GetValue(_stride), 0, "--stride"),
        WarmFrom = Checked.AtLeast(result.GetValue(_warm), 0, "--warm"),
        MaxTargets = Checked.AtLeast(result.GetValue(_targets), 0, "--targets"),
        CacheType = _model.CacheTypeOf(result),
    };

    public LanguageModel Load(ParseResult result, CancellationToken cancellation) => Tell(result, _model.Load(result, cancellation));

    public LanguageModel Load(ParseResult result, string path, CancellationToken cancellation) => Tell(result, _model.Load(result, path, cancellation));

    LanguageModel Tell(ParseResult result, LanguageModel model)
    {
        if (result.GetValue(_context) > model.Config.MaxPositionEmbeddings)
            Console.Error.WriteLine($"{model.Files.Path}: trained for {model.Config.MaxPositionEmbeddings} positions; a window reads {result.GetValue(_context)}");
        return model;
    }

    public string Text(ParseResult result, CancellationToken cancellation) => result.GetValue(_file) is { } file ? InputText.ReadFile(file, cancellation) : HeldOut(result, cancellation);

    string HeldOut(ParseResult result, CancellationToken cancellation)
    {
        var shipped = ShippedModel.Find();
        if (shipped is not null && Path.GetFullPath(_model.PathOf(result)) == shipped && Path.Combine(shipped, "held-out.txt") is var text && File.Exists(text)) return InputText.ReadFile(text, cancellation);
        throw new WrongUseException("no text: name one with -f (only the model that comes with Tern has a text of its own)");
    }
}

sealed class PerplexityVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly EvaluationFlags _flags = new();
    readonly Flag<string?> _save = new("--save-logits", [], "Keep the logits in this file, for eval kl --reference-logits", null, "path", fromEnvironment: false);

    public PerplexityVerb(CancellationToken cancellation) : base("perplexity", "The perplexity of a text: how well the model predicts each token from those before it.")
    {
        _cancellation = cancellation;
        _flags.AddTo(this);
        Add(_save);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples => ["tern eval perplexity -m model.gguf -f text.txt -c 512 --stride 256", "tern eval perplexity --json"];

    int Run(ParseResult result)
    {
        var (options, text) = (_flags.Options(result), _flags.Text(result, _cancellation));
        using var model = _flags.Load(result, _cancellation);
        PerplexityReport report;
        using (var line = new ProgressLine())
        {
            var progress = new Told<EvaluationProgress>(at => line.Show(() => $"{at.Targets}/{at.TargetsTotal}  perplexity {at.Estimate:F3}"));
            report = result.GetValue(_save) is { } path
                ? ReferenceLogits.Save(path, model, text, options, progress, _cancellation)
                : Perplexity.Measure(model, text, options, progress, _cancellation);
        }
        if (_flags.Json(result)) JsonOutput.Print(report);
        else Console.Out.Write(report.ToText());
        return 0;
    }
}

sealed class KlVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly EvaluationFlags _flags = new();
    readonly Flag<string?> _reference = new("--reference", [], "The model to compare with, usually the one that -m was made from", null, "path", fromEnvironment: false);
    readonly Flag<string?> _logits = new("--reference-logits", [], "Its logits, saved before; text and windows are those of the file", null, "path", fromEnvironment: false);
    readonly Flag<string?> _save = new("--save-logits", [], "Keep the logits of --reference in this file (4 bytes x vocabulary x targets)", null, "path", fromEnvironment: false);

    public KlVerb(CancellationToken cancellation) : base("kl", "The divergence KL(P || Q) of a model Q from its reference P, token by token.")
    {
        _cancellation = cancellation;
        _flags.AddTo(this);
        foreach (var option in (Option[])[_reference, _logits, _save]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern eval kl -m small.gguf --reference models/gutenberg-2m -f text.txt --save-logits gutenberg.logits",
        "tern eval kl -m smaller.gguf --reference-logits gutenberg.logits",
    ];

    int Run(ParseResult result)
    {
        var (reference, logits, save) = (result.GetValue(_reference), result.GetValue(_logits), result.GetValue(_save));
        if (reference is null == logits is null) throw new WrongUseException("name the reference: --reference (a model), or --reference-logits (a file)");
        if (logits is not null && (_flags.HasText(result) || save is not null)) throw new WrongUseException("--reference-logits brings its own text and is saved already; leave -f and --save-logits away");
        var options = _flags.Options(result);
        var text = logits is null ? _flags.Text(result, _cancellation) : "";
        using var model = _flags.Load(result, _cancellation);
        KlReport report;
        using (var line = new ProgressLine())
        {
            var progress = new Told<EvaluationProgress>(at => line.Show(() => $"{at.Targets}/{at.TargetsTotal}  mean KL {at.Estimate:F6}"));
            report = logits is not null ? KlDivergence.Measure(model, logits, options, progress, _cancellation) : Compare(result, model, reference!, text, options, save, progress);
        }
        if (_flags.Json(result)) JsonOutput.Print(report);
        else Console.Out.Write(report.ToText());
        return 0;
    }

    KlReport Compare(ParseResult result, LanguageModel model, string path, string text, EvaluationOptions options, string? save, IProgress<EvaluationProgress> progress)
    {
        using var reference = _flags.Load(result, path, _cancellation);
        return KlDivergence.Measure(model, reference, text, options, save, progress, _cancellation);
    }
}
