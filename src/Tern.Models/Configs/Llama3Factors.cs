namespace Tern.Models.Configs;

/// <summary>
/// The frequency divisors of Llama 3.1's rotary scaling ("NTK by parts"): wavelengths above original/low are divided by factor, those
/// below original/high are kept, between them the divisor is interpolated. GGUF stores the result; config.json the parameters.
/// </summary>
public static class Llama3Factors
{
    /// <summary>GGUF writes the divisors in single precision.</summary>
    const double Tolerance = 1e-4;

    const int UsualOriginalLength = 8192;

    /// <summary>The divisor of each frequency [headDim / 2].</summary>
    public static double[] Of(RopeScaling scaling, double ropeTheta, int headDim)
    {
        var original = scaling.OriginalMaxPositionEmbeddings ?? UsualOriginalLength;
        var divisors = new double[headDim / 2];
        for (var i = 0; i < divisors.Length; i++)
        {
            var wavelength = 2 * Math.PI * Math.Pow(ropeTheta, 2.0 * i / headDim);
            var turns = original / wavelength; // within the original context
            divisors[i] = turns < scaling.LowFreqFactor ? scaling.Factor
                : turns > scaling.HighFreqFactor ? 1
                : 1 / Smooth((turns - scaling.LowFreqFactor) / (scaling.HighFreqFactor - scaling.LowFreqFactor), scaling.Factor);
        }
        return divisors;
    }

    /// <summary>Finds the parameters whose divisors are those of <see cref="RopeScaling.FrequencyFactors"/>.</summary>
    /// <exception cref="TernException">There are none: the divisors were made in some other way.</exception>
    public static RopeScaling Explain(ModelConfig config, RopeScaling scaling)
    {
        var factors = scaling.FrequencyFactors!;
        var candidate = scaling with { Type = "llama3", Factor = factors.Max(), FrequencyFactors = null };
        foreach (var original in (int[])[scaling.OriginalMaxPositionEmbeddings ?? UsualOriginalLength, UsualOriginalLength])
        {
            candidate = candidate with { OriginalMaxPositionEmbeddings = original };
            var expected = Of(candidate, config.RopeTheta, config.HeadDim);
            if (expected.Length == factors.Count && expected.Zip(factors).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance * pair.First)) return candidate;
        }
        throw new TernException("the rotary frequency factors of this model are not those of Llama 3, so config.json cannot express them; keep the model in GGUF.");
    }

    static double Smooth(double share, double factor) => (1 - share) / factor + share;
}
