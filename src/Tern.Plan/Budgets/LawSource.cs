using Tern.Models;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>Laws by what users write.</summary>
public static class LawSource
{
    /// <summary>The default: the constants of arXiv 2401.00448 and its code.</summary>
    public const string Default = "sardana";

    /// <summary>A published set of constants by its name, or a file of <c>tern plan fit</c> by its path.</summary>
    /// <exception cref="TernException">There is none, or the file is no fit of losses.</exception>
    public static LawEstimate Named(string name) => IsFile(name) ? Of(FittedLawFile.Read(name), name) : LawEstimate.Of(PublishedLaw.Named(name));

    /// <summary>The law of precision in a file of <c>tern plan fit</c>, and where it comes from; null for a published law or a fit of another kind.</summary>
    /// <exception cref="TernException">The file cannot be read.</exception>
    public static (PrecisionLaw Law, string Source)? Precision(string name)
    {
        if (!IsFile(name) || FittedLawFile.Read(name) is not { Precision: { } law } fit) return null;
        return (law, $"{SourceOf(fit)}{(law.PostTraining is null ? "; no run was rounded after training, so rounding costs nothing by this law" : "")}");
    }

    static bool IsFile(string name) => name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || File.Exists(name);

    /// <summary>A fit with its bootstrap and the range of its runs.</summary>
    /// <param name="fit">Of a loss surface.</param>
    /// <param name="path">Of its file; the name of the law.</param>
    /// <exception cref="TernException">It has no loss surface, or one without an optimum.</exception>
    public static LawEstimate Of(FittedLaw fit, string path)
    {
        if (fit.Chinchilla is not { } law)
            throw new TernException($"{path}: is a fit of {(fit.Law == LawKind.CriticalBatch ? "critical batches" : "N*(C) without a loss surface")}, from which no plan can be made. Give a fit of tern plan fit --law chinchilla, overtraining or precision, with --approach 3 or vpnls.");
        if (!HasOptimum(law)) throw new TernException($"{path}: has a constant that is not above 0 (A {law.A:G3}, B {law.B:G3}, alpha {law.Alpha:G3}, beta {law.Beta:G3}): there is no optimum. Fit again with more runs.");
        var samples = fit.ChinchillaSamples.Where(HasOptimum).ToList();
        return new(Path.GetFileName(path), law, SourceOf(fit), samples, samples.Count > 0 ? $"a bootstrap of {samples.Count} draws of the runs" : "no interval: fitted without a bootstrap", fit.Range)
        {
            Warning = fit.Warnings.Count == 0 ? null : fit.Warnings[0] + (fit.Warnings.Count > 1 ? $" (and {fit.Warnings.Count - 1} more warnings in the file)" : ""),
        };
    }

    static bool HasOptimum(ChinchillaLaw law) => law is { A: > 0, B: > 0, E: >= 0, Alpha: > 0, Beta: > 0 } && double.IsFinite(law.A * law.B * law.G);

    static string SourceOf(FittedLaw fit) => $"{fit.Source.Runs} runs{(fit.Source.File is { } file ? $" of {file}" : "")}, fitted by tern plan fit --law {FitNames.Of(fit.Law)}";

    /// <summary>The same with some constants replaced. An interval is lost by this.</summary>
    public static LawEstimate With(LawEstimate law, double? a, double? b, double? e, double? alpha, double? beta)
    {
        if (a is null && b is null && e is null && alpha is null && beta is null) return law;
        foreach (var (name, value) in ((string, double?)[])[("A", a), ("B", b), ("alpha", alpha), ("beta", beta)])
            if (value is { } given && given is not (> 0 and < double.PositiveInfinity)) throw new TernException(FormattableString.Invariant($"{name} = {given} of the law must be above 0."));
        if (e is { } least && least is not (>= 0 and < double.PositiveInfinity)) throw new TernException(FormattableString.Invariant($"E = {least} of the law must not be negative."));
        var replaced = new ChinchillaLaw(a ?? law.Law.A, b ?? law.Law.B, e ?? law.Law.E, alpha ?? law.Law.Alpha, beta ?? law.Law.Beta);
        return new("given", replaced, $"constants given; the others of {law.Name}", [], "no interval: constants were given", null);
    }
}
