using Tern.Models.Configs;

namespace Tern.Models.Gguf;

/// <summary>The tensors in which GGUF keeps what Hugging Face computes from rope_scaling: each rotary frequency is divided by its factor.</summary>
static class GgufRotaryFactors
{
    /// <summary>Name and factors [rotaryDim / 2] of each tensor that the configuration needs.</summary>
    public static IEnumerable<(string Name, float[] Factors)> Of(ModelConfig config)
    {
        if (config.RopeScaling is not { } scaling) yield break;
        switch (scaling.Type)
        {
            case "llama3":
                yield return ("rope_freqs.weight", Singles(scaling.FrequencyFactors ?? Llama3(config, scaling)));
                break;
            case "longrope":
                yield return ("rope_factors_long.weight", Singles(Required(scaling.LongFactor, "long_factor")));
                yield return ("rope_factors_short.weight", Singles(Required(scaling.ShortFactor, "short_factor")));
                break;
        }
    }

    /// <summary>
    /// Llama 3.1's bands: wavelengths below originalContext / highFreqFactor stay, those above originalContext / lowFreqFactor are
    /// stretched by the factor, and between the two the frequency is interpolated.
    /// </summary>
    static double[] Llama3(ModelConfig config, RopeScaling scaling)
    {
        var original = scaling.OriginalMaxPositionEmbeddings
            ?? throw new TernException("rope_scaling of type llama3 lacks original_max_position_embeddings");
        var factors = new double[config.HeadDim / 2];
        for (var i = 0; i < factors.Length; i++)
        {
            var wavelength = 2 * Math.PI * Math.Pow(config.RopeTheta, 2.0 * i / config.HeadDim);
            var smooth = (original / wavelength - scaling.LowFreqFactor) / (scaling.HighFreqFactor - scaling.LowFreqFactor);
            if (wavelength < original / scaling.HighFreqFactor) factors[i] = 1;
            else if (wavelength > original / scaling.LowFreqFactor) factors[i] = scaling.Factor;
            else factors[i] = 1 / ((1 - smooth) / scaling.Factor + smooth);
        }

        return factors;
    }

    static IReadOnlyList<double> Required(IReadOnlyList<double>? factors, string key) =>
        factors ?? throw new TernException($"rope_scaling of type longrope lacks {key}");

    static float[] Singles(IReadOnlyList<double> factors) => [.. factors.Select(factor => (float)factor)];
}
