using Tern.Models;
using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>Laws by what users write.</summary>
public static class LawSource
{
    /// <summary>The default: the constants of arXiv 2401.00448 and its code.</summary>
    public const string Default = "sardana";

    /// <summary>A published set of constants by its name.</summary>
    /// <exception cref="TernException">There is none.</exception>
    public static LawEstimate Named(string name) => LawEstimate.Of(PublishedLaw.Named(name));

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
