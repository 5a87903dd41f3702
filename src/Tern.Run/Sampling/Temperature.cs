using Tern.Models;

namespace Tern.Run.Sampling;

/// <summary>
/// Dynamic temperature: T = low + (high - low) (H / ln n)^exponent with low = max(0, temperature - range) and
/// high = temperature + range, H the entropy of the n candidates. kalomaze and l3utterfly 2023-24, llama.cpp pull request 4972.
/// </summary>
public sealed record DynaTemp
{
    /// <summary>Half the width of the range of temperatures; 0 is off.</summary>
    public double Range { get; init; }

    public double Exponent { get; init; } = 1;

    /// <exception cref="TernException">An option is out of its range.</exception>
    public void Validate()
    {
        SamplingOptions.Require(Range >= 0 && double.IsFinite(Range), "DynaTemp.Range", Range, "0 (off) or more");
        SamplingOptions.Require(Exponent > 0 && double.IsFinite(Exponent), "DynaTemp.Exponent", Exponent, "above 0");
    }
}

/// <summary>Temperature: p proportional to exp(l / T). Ackley, Hinton and Sejnowski 1985, "A Learning Algorithm for Boltzmann Machines".</summary>
static class Temperature
{
    /// <summary>Divides the logits by the temperature, dynamic or not; a temperature of 0 keeps the best token only.</summary>
    public static void Apply(Candidates candidates, double temperature, DynaTemp dynamic)
    {
        if (dynamic.Range > 0) temperature = Dynamic(candidates, temperature, dynamic);
        if (temperature <= 0)
        {
            candidates.Sort();
            candidates.Keep(1);
        }
        else if (temperature != 1) candidates.Scale(temperature);
    }

    static double Dynamic(Candidates candidates, double temperature, DynaTemp dynamic)
    {
        if (candidates.Count <= 1) return 1;                   // nothing to choose
        var low = Math.Max(0, temperature - dynamic.Range);
        var high = temperature + dynamic.Range;
        var normalised = Math.Clamp(TypicalP.Entropy(candidates) / Math.Log(candidates.Count), 0, 1);
        return low + (high - low) * Math.Pow(normalised, dynamic.Exponent);
    }
}
