using System.Globalization;
using System.Text;
using Tern.Plan.Budgets;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;

namespace Tern.Cli.Verbs.Plan;

/// <summary>A fit on a terminal.</summary>
static class FitText
{
    const int ShownOutliers = 8;

    public static string Table(FittedLaw fit)
    {
        var text = new StringBuilder();
        void Line(string label, string value) => text.Append(CultureInfo.InvariantCulture, $"{label,-12}{value}\n");
        Line("law", Law(fit));
        Line("runs", string.Create(CultureInfo.InvariantCulture, $"{fit.Source.Runs}{(fit.Source.File is { } file ? $" of {file}" : "")}{(fit.Source.LeftOut > 0 ? $", {fit.Source.LeftOut} left out by --cutoff or --max-loss" : "")}"));
        foreach (var note in fit.Source.Selection) Line("", note);
        if (fit.Range is { } range)
            Line("ranges", $"N {Between(range.Parameters, Quantity.Short)}, D {Between(range.Tokens, Quantity.Short)}, D/N {Between(range.TokensPerParameter, value => Number(value, 3))}");
        text.Append('\n');
        AddConstants(text, fit, "constants", fit.Constants);
        AddConstants(text, fit, "what follows", fit.Derived);
        if (fit.Quality is { } quality) AddQuality(text, Line, quality);
        foreach (var warning in fit.Warnings) text.Append("warning: ").Append(warning).Append('\n');
        return text.ToString();
    }

    static string Law(FittedLaw fit) => fit switch
    {
        { Law: LawKind.CriticalBatch } => "cbs: steps(B) = a + b B^-alpha, least squares of log steps; batches in the unit of the table",
        { Law: LawKind.Precision } => "precision: L = A N_eff^-alpha + B D^-beta + E, N_eff = N (1 - e^(-P/gamma)), and damage of rounding",
        { Law: LawKind.Overtraining } => $"overtraining: L = E + (a M^eta + b M^-eta) C^-eta, M = D/N, approach {FitNames.Of(fit.Approach)}",
        { Approach: FitApproach.Envelope } => "chinchilla: N*(C) by approach 1, the envelope of curves",
        { Approach: FitApproach.IsoFlop } => "chinchilla: N*(C) by approach 2, parabolas of equal operations",
        { Approach: FitApproach.VariableProjection } => "chinchilla: L = E + A N^-alpha + B D^-beta, by least squares (variable projection)",
        _ => "chinchilla: L = E + A N^-alpha + B D^-beta, approach 3 (Huber's loss of log loss)",
    };

    static void AddConstants(StringBuilder text, FittedLaw fit, string title, IReadOnlyList<FittedConstant> constants)
    {
        if (constants.Count == 0) return;
        var width = Math.Max(16, constants.Max(constant => Name(constant.Name).Length) + 2);
        text.Append(title.PadRight(width)).Append(CultureInfo.InvariantCulture, $"{"value",12}   {(fit.Samples.Count > 0 ? $"{"80 %",-24} 95 %" : "(no intervals)")}\n");
        foreach (var constant in constants)
            text.Append(string.Create(CultureInfo.InvariantCulture, $"{("  " + Name(constant.Name)).PadRight(width)}{Number(constant.Value, 5),12}   {Interval(constant.Interval80),-24} {Interval(constant.Interval95)}").TrimEnd()).Append('\n');
        text.Append('\n');
    }

    static void AddQuality(StringBuilder text, Action<string, string> line, FitQuality quality)
    {
        line("goodness", string.Create(CultureInfo.InvariantCulture, $"scatter {100 * quality.RootMeanSquareLog:G3} %, R2 {quality.RSquared:F5}{(quality.LeaveOneSizeOut is { } left ? $", a size that was left out {100 * left:G3} %" : "")}{(quality.ConditionNumber is { } condition ? $", condition {condition:0.#e0}" : "")}"));
        var outliers = quality.Outliers.ToList();
        if (outliers.Count > 0) line("outliers", string.Create(CultureInfo.InvariantCulture, $"{outliers.Count} of {quality.Residuals.Count} runs lie more than 3.5 robust standard deviations off, the furthest:"));
        foreach (var outlier in outliers.Take(ShownOutliers))
            line("", string.Create(CultureInfo.InvariantCulture, $"{outlier.Run}: N {Quantity.Short(outlier.Parameters)}, D {Quantity.Short(outlier.Tokens)}, measured {outlier.Measured:F4}, law {outlier.Predicted:F4} ({100 * (Math.Exp(outlier.Log) - 1):+0.00;-0.00} %)"));
    }

    /// <summary>The exponents of the optimum by the letters of the papers.</summary>
    static string Name(string name) => name switch
    {
        "parameters_exponent" => "a, N* ~ C^a",
        "tokens_exponent" => "b, D* ~ C^b",
        _ => name,
    };

    static string Interval(Interval? interval) => interval is not { } known ? "" : Between(known, value => Number(value, 4));

    static string Between(Interval range, Func<double, string> shown) => $"{shown(range.Low)} to {shown(range.High)}";

    /// <summary>Nothing is smaller.</summary>
    const double Nothing = 1e-99;

    static string Number(double value, int digits) => double.IsNaN(value) ? "none" : Math.Abs(value) < Nothing ? "0" : Math.Abs(value) is >= 1e5 or (< 1e-3 and > 0)
        ? value.ToString("0." + new string('#', digits - 1) + "e+0", CultureInfo.InvariantCulture)
        : value.ToString("G" + digits, CultureInfo.InvariantCulture);
}
