namespace Tern.Plan.Laws;

/// <summary>The constants of Kumar et al. 2024, arXiv 2411.04330, as far as they are known.</summary>
public static class PublishedPrecisionLaw
{
    /// <summary>Where they come from.</summary>
    public const string Source = "Kumar et al. 2024, arXiv 2411.04330";

    /// <summary>Printed wherever the constants are used.</summary>
    public const string Warning = "the constants of the precision law are from memory and give P* = 3.5 bits, where the paper reports 7 to 8: take them as start values, fit your own runs (tern plan fit)";

    /// <summary>Of the law, with α = β.</summary>
    public static PrecisionLaw Kumar { get; } = new(new(4.299e3, 1.806e4, 2.7648, 0.4965, 0.4965), new(2.6745, 2.2102, 0.9578), new(0.0598, 0.5068, 0.3439, 0.5907));

    /// <summary>The appendix's powers of the three factors.</summary>
    public static TrainingBits AppendixExponents { get; } = new(0.3037, 1.4072, 2.4185);

    /// <summary>The runs: 30M to 220M parameters, 1.5B to 26B tokens.</summary>
    public static FittedRange Fitted { get; } = new(new(30e6, 220e6), new(1.5e9, 26e9), FittedRange.AnyRatio);

    /// <summary>The same penalties of few bits over another law of the loss at full precision.</summary>
    public static PrecisionLaw Over(ChinchillaLaw law) => Kumar with { Base = law };
}
