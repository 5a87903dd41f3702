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
    readonly Option<bool> _special = new("--special") { Description = "Show control tokens" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_predict, _stop, _ignoreEos, _keep, _noContextShift, _grammar, _grammarFile, _special]) command.Add(option);
        _sampling.AddTo(command);
    }

    /// <exception cref="TernException">The grammar cannot be read.</exception>
    public GenerationOptions Read(ParseResult result, int? logProbs = null) => new()
    {
        Sampling = _sampling.Read(result, logProbs),
        MaxTokens = Checked.AtLeast(result.GetValue(_predict), -1, "--n-predict"),
        Stop = result.GetValue(_stop)!,
        IgnoreEos = result.GetValue(_ignoreEos),
        Keep = Checked.AtLeast(result.GetValue(_keep), -1, "--keep"),
        FullContext = result.GetValue(_noContextShift) ? FullContext.Stop : FullContext.Shift,
        Grammar = GrammarOf(result),
        ShowSpecial = result.GetValue(_special),
    };

    Grammar? GrammarOf(ParseResult result)
    {
        var (text, file) = (result.GetValue(_grammar), result.GetValue(_grammarFile));
        if (text is not null && file is not null) throw new WrongUseException("the grammar comes from --grammar or from --grammar-file, not from both");
        if (text is null && file is null) return null;
        try
        {
            return Grammar.Parse(text ?? InputText.ReadFile(file!));
        }
        catch (TernException problem) when (file is not null && !problem.Message.StartsWith(file, StringComparison.Ordinal))
        {
            throw new TernException($"{file}: {problem.Message}", problem);
        }
    }
}
