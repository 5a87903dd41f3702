namespace Tern.Models.Configs;

/// <summary>Gemma 3 (text): Gemma 2 with norms on q and k, five sliding layers for each global one, two rotary bases, no soft caps.</summary>
public sealed record Gemma3Config : ModelConfig
{
    public override string ModelType => "gemma3_text";

    public double QueryPreAttnScalar { get; init; } = 256;

    public double? AttnLogitSoftcapping { get; init; }

    public double? FinalLogitSoftcapping { get; init; }

    public int SlidingWindow { get; init; } = 4096;

    /// <summary>Every n-th layer is global, the others slide; the global ones use <see cref="ModelConfig.RopeTheta"/>.</summary>
    public int SlidingWindowPattern { get; init; } = 6;

    /// <summary>Rotary base of the sliding layers.</summary>
    public double RopeLocalBaseFreq { get; init; } = 10_000;
}
