using Tern.Models;

namespace Tern.Plan.Fitting;

/// <summary>Laws and approaches as users write them.</summary>
public static class FitNames
{
    static readonly (string Name, LawKind Law)[] Laws = [("chinchilla", LawKind.Chinchilla), ("overtraining", LawKind.Overtraining), ("precision", LawKind.Precision), ("cbs", LawKind.CriticalBatch)];

    static readonly (string Name, FitApproach Approach)[] Approaches = [("1", FitApproach.Envelope), ("2", FitApproach.IsoFlop), ("3", FitApproach.Surface), ("vpnls", FitApproach.VariableProjection)];

    /// <summary>"chinchilla", "overtraining", "precision" or "cbs".</summary>
    /// <exception cref="TernException">It is none of these.</exception>
    public static LawKind Law(string name) => Named(Laws, name, "law");

    /// <summary>"1", "2", "3" or "vpnls".</summary>
    /// <exception cref="TernException">It is none of these.</exception>
    public static FitApproach Approach(string name) => Named(Approaches, name, "approach");

    /// <summary>What <see cref="Law"/> reads.</summary>
    public static string Of(LawKind law) => Laws.First(known => known.Law == law).Name;

    /// <summary>What <see cref="Approach"/> reads.</summary>
    public static string Of(FitApproach approach) => Approaches.First(known => known.Approach == approach).Name;

    static T Named<T>((string Name, T Value)[] known, string name, string what)
    {
        foreach (var (candidate, value) in known)
            if (string.Equals(candidate, name, StringComparison.OrdinalIgnoreCase)) return value;
        var near = EditDistance.Nearest(name, known.Select(one => one.Name));
        throw new TernException($"there is no {what} '{name}'{(near is null ? "." : $"; did you mean '{near}'?")} Known are {string.Join(", ", known.Select(one => one.Name))}.");
    }
}
