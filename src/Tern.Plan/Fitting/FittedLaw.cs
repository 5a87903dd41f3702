using System.Text.Json.Serialization;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>A constant of a law, or what follows from the constants.</summary>
/// <param name="Name">A, B, E, alpha, beta, gamma_w, ...</param>
/// <param name="Value">Fitted.</param>
/// <param name="Interval80">The middle 80 % of the bootstrap; null without one.</param>
/// <param name="Interval95">The middle 95 %.</param>
public sealed record FittedConstant(string Name, double Value, Interval? Interval80, Interval? Interval95);

/// <summary>Where a fit comes from.</summary>
/// <param name="File">Name of the table of runs; null for runs that came from no file.</param>
/// <param name="Sha256">Of the file, in hexadecimal; null for a folder.</param>
/// <param name="Runs">That were used.</param>
/// <param name="LeftOut">By the cutoff or the limit of the loss.</param>
/// <param name="Selection">In words, what was chosen from the table and what was not; empty: all of it was.</param>
public sealed record FitSource(string? File, string? Sha256, int Runs, int LeftOut, IReadOnlyList<string> Selection);

/// <summary>A fitted law with everything that tells how far to trust it: what <c>tern plan fit</c> writes and <c>tern plan --fit</c> reads.</summary>
public sealed record FittedLaw
{
    public required LawKind Law { get; init; }

    public required FitApproach Approach { get; init; }

    /// <summary>In the order of <see cref="Samples"/>.</summary>
    public required IReadOnlyList<FittedConstant> Constants { get; init; }

    /// <summary>What follows from the constants: the exponent of the optimum, N*(C), critical batches.</summary>
    public required IReadOnlyList<FittedConstant> Derived { get; init; }

    /// <summary>Constants of the replicates of the bootstrap.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Samples { get; init; } = [];

    /// <summary>Null for tables that do not say sizes and tokens.</summary>
    public FittedRange? Range { get; init; }

    public required FitSource Source { get; init; }

    /// <summary>Null where the approach predicts no loss.</summary>
    public FitQuality? Quality { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The command line that made the fit.</summary>
    public string? Command { get; init; }

    /// <summary>The value of a constant or of what follows from them; null where the fit has none of this name.</summary>
    public double? this[string name] => Constants.Concat(Derived).FirstOrDefault(constant => constant.Name == name)?.Value;

    /// <summary>L(N, D); null where the fit is none of losses. Of a fit of precision: the law at full precision.</summary>
    [JsonIgnore]
    public ChinchillaLaw? Chinchilla => ChinchillaOf([.. Constants.Select(constant => constant.Value)]);

    /// <summary>L(N, D) of each replicate, for intervals of whatever is computed from it.</summary>
    [JsonIgnore]
    public IEnumerable<ChinchillaLaw> ChinchillaSamples => Samples.Select(ChinchillaOf).OfType<ChinchillaLaw>();

    /// <summary>Null where the fit is none of precision.</summary>
    [JsonIgnore]
    public PrecisionLaw? Precision => PrecisionOf([.. Constants.Select(constant => constant.Value)]);

    /// <summary>Of each replicate.</summary>
    [JsonIgnore]
    public IEnumerable<PrecisionLaw> PrecisionSamples => Samples.Select(PrecisionOf).OfType<PrecisionLaw>();

    /// <summary>Null where the fit is none of over-training.</summary>
    [JsonIgnore]
    public OverTrainingLaw? Overtraining => Law == LawKind.Overtraining && Chinchilla is { } law ? OverTrainingLaw.Of(law) : null;

    /// <summary>The curve of batches, where the table holds one; null for several (see <see cref="Derived"/>) and for other laws. Where α is fitted, too, this is not the law.</summary>
    [JsonIgnore]
    public CriticalBatchLaw? CriticalBatch => Law == LawKind.CriticalBatch && Constants is [{ Name: "a" }, { Name: "b" }] ? new(Constants[0].Value, Constants[1].Value) : null;

    ChinchillaLaw? ChinchillaOf(IReadOnlyList<double> values) =>
        Law != LawKind.CriticalBatch && Of(values, "A") is { } a ? new(a, Of(values, "B")!.Value, Of(values, "E")!.Value, Of(values, "alpha")!.Value, Of(values, "beta") ?? Of(values, "alpha")!.Value) : null;

    PrecisionLaw? PrecisionOf(IReadOnlyList<double> values)
    {
        if (Law != LawKind.Precision || ChinchillaOf(values) is not { } law) return null;
        TrainingBits Bits(string name, double absent) => new(Of(values, name + "_w") ?? absent, Of(values, name + "_a") ?? absent, Of(values, name + "_kv") ?? absent);
        var robust = Constants.Any(constant => constant.Name.StartsWith("robustness", StringComparison.Ordinal));
        var damage = Of(values, "C_T") is { } scale
            ? new PostTrainingDamage(scale, Of(values, "gamma_D")!.Value, Of(values, "gamma_N")!.Value, Of(values, "gamma_post")!.Value, robust ? Bits("robustness", double.PositiveInfinity) : null)
            : null;
        return new(law, Bits("gamma", 0), damage) { Exponents = Bits("exponent", 1) };
    }

    double? Of(IReadOnlyList<double> values, string name)
    {
        for (var i = 0; i < Constants.Count; i++)
            if (Constants[i].Name == name) return values[i];
        return null;
    }
}
