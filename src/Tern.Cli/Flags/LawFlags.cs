using System.CommandLine;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;

namespace Tern.Cli.Flags;

/// <summary>Which law of the loss.</summary>
sealed class LawFlags
{
    readonly Flag<string> _fit = new("--fit", ["--law"], $"Law of the loss: a published one ({string.Join(", ", PublishedLaw.All.Select(law => law.Name))}) or a file of tern plan fit", LawSource.Default, "name|file");
    readonly Flag<double?> _a = new("--A", [], "Constant A of the law", null, "x", fromEnvironment: false);
    readonly Flag<double?> _b = new("--B", [], "Constant B of the law", null, "x", fromEnvironment: false);
    readonly Flag<double?> _e = new("--E", [], "Constant E of the law, nats per token", null, "x", fromEnvironment: false);
    readonly Flag<double?> _alpha = new("--alpha", [], "Exponent of the parameters", null, "x", fromEnvironment: false);
    readonly Flag<double?> _beta = new("--beta", [], "Exponent of the tokens", null, "x", fromEnvironment: false);

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_fit, _a, _b, _e, _alpha, _beta]) command.Add(option);
    }

    /// <summary>The law of precision, where the fit is one.</summary>
    public (PrecisionLaw Law, string Source)? Precision(ParseResult result) => LawSource.Precision(result.GetValue(_fit)!);

    public LawEstimate Read(ParseResult result) => LawSource.With(LawSource.Named(result.GetValue(_fit)!), result.GetValue(_a), result.GetValue(_b), result.GetValue(_e), result.GetValue(_alpha), result.GetValue(_beta));
}
