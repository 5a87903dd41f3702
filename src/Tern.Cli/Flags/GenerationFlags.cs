using System.CommandLine;
using Tern.Models;
using Tern.Run;
using Tern.Run.Constraints;
using Tern.Run.Generation;

namespace Tern.Cli.Flags;

/// <summary>When a text ends and what it may be: the flags that run and chat share, those of sampling included.</summary>
sealed class GenerationFlags
{
    readonly SamplingFlags _sampling = new();
    readonly Flag<int> _predict = new("--n-predict", ["-n", "--predict"], "Most tokens to generate; -1 until the model ends or the context is full", -1, "n");
    readonly ListFlag _stop = new("--stop", ["-r", "--reverse-prompt"], "A text that ends the generation", "text");
    readonly Option<bool> _ignoreEos = new("--ignore-eos") { Description = "Go on where the model would end the text" };
    readonly Flag<int> _keep = new("--keep", [], "Tokens of the prompt that stay when the context is shifted; -1 for all", 0, "n");
    readonly Option<bool> _noContextShift = new("--no-context-shift") { Description = "Stop at the end of the context, whatever -n says" };
    readonly Flag<string?> _grammar = new("--grammar", [], "GBNF grammar that the text must follow", null, "gbnf", fromEnvironment: false);
    readonly Flag<string?> _grammarFile = new("--grammar-file", [], "File with the grammar", null, "path", fromEnvironment: false);
    readonly Flag<string?> _schema = new("--json-schema", ["-j"], "JSON schema that the text must fit; {} for any JSON", null, "json", fromEnvironment: false);
    readonly Flag<string?> _schemaFile = new("--json-schema-file", ["-jf"], "File with the schema", null, "path", fromEnvironment: false);
    readonly Option<bool> _special = new("--special") { Description = "Show control tokens" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_predict, _stop, _ignoreEos, _keep, _noContextShift, _grammar, _grammarFile, _schema, _schemaFile, _special]) command.Add(option);
        _sampling.AddTo(command);
    }

    /// <exception cref="TernException">The grammar cannot be read.</exception>
    public GenerationOptions Read(ParseResult result, CancellationToken cancellation, int? logProbs = null) => new()
    {
        Sampling = _sampling.Read(result, logProbs),
        MaxTokens = Checked.AtLeast(result.GetValue(_predict), -1, "--n-predict"),
        Stop = result.GetValue(_stop)!,
        IgnoreEos = result.GetValue(_ignoreEos),
        Keep = Checked.AtLeast(result.GetValue(_keep), -1, "--keep"),
        FullContext = result.GetValue(_noContextShift) ? FullContext.Stop : FullContext.Shift,
        Grammar = GrammarOf(result, cancellation),
        ShowSpecial = result.GetValue(_special),
    };

    Grammar? GrammarOf(ParseResult result, CancellationToken cancellation)
    {
        var sources = new (Flag<string?> Text, Flag<string?> File, Func<string, Grammar> Parse)[]
        {
            (_grammar, _grammarFile, Grammar.Parse),
            (_schema, _schemaFile, JsonSchemaGrammar.FromSchema),
        };
        var given = sources.SelectMany(source => (Flag<string?>[])[source.Text, source.File]).Where(flag => result.GetValue(flag) is not null).ToList();
        if (given.Count > 1) throw new WrongUseException($"a text follows one grammar or schema, not {given[0].Name} and {given[1].Name}");
        foreach (var source in sources)
        {
            if (result.GetValue(source.Text) is { } text) return source.Parse(text);
            if (result.GetValue(source.File) is { } path) return FromFile(path, source.Parse, cancellation);
        }
        return null;
    }

    static Grammar FromFile(string path, Func<string, Grammar> parse, CancellationToken cancellation)
    {
        var text = InputText.ReadFile(path, cancellation);
        try
        {
            return parse(text);
        }
        catch (TernException problem)
        {
            throw new TernException($"{path}: {problem.Message}", problem);
        }
    }
}
