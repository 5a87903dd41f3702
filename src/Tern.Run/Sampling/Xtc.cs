using Tern.Models;

namespace Tern.Run.Sampling;

/// <summary>
/// XTC, exclude top choices: with the given probability, all tokens of at least the threshold are removed but the least probable
/// of them. Philipp Emanuel Weidmann (p-e-w) 2024, text-generation-webui pull request 6335.
/// </summary>
public sealed record Xtc
{
    /// <summary>How often the step acts; 0 is off. In [0, 1].</summary>
    public double Probability { get; init; }

    /// <summary>Above 0.5 no two tokens can reach it, so the step never acts. In [0, 1].</summary>
    public double Threshold { get; init; } = 0.1;

    /// <exception cref="TernException">An option is out of its range.</exception>
    public void Validate()
    {
        SamplingOptions.Require(Probability is >= 0 and <= 1, "Xtc.Probability", Probability, "in [0, 1] (0 is off)");
        SamplingOptions.Require(Threshold is >= 0 and <= 1, "Xtc.Threshold", Threshold, "in [0, 1] (above 0.5 is off)");
    }

    internal void Apply(Candidates candidates, ref Xoshiro256 random)
    {
        if (Probability <= 0 || Threshold > 0.5 || candidates.Count < 2) return;
        if (random.NextDouble() >= Probability) return;
        candidates.Sort();
        var weights = candidates.Weights;
        var wanted = Threshold * candidates.Mass;
        var above = 0;
        while (above < weights.Length && weights[above] >= wanted) above++;
        if (above >= 2) candidates.Drop(above - 1);
    }
}
