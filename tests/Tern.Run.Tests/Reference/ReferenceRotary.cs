using Tern.Models.Configs;

namespace Tern.Run.Tests.Reference;

/// <summary>The angles per position of rotary embeddings and their scalings, as transformers' modeling_rope_utils defines them.</summary>
static class ReferenceRotary
{
    public static double[] Plain(double theta, int width) => [.. Enumerable.Range(0, width / 2).Select(i => 1 / Math.Pow(theta, 2.0 * i / width))];

    /// <summary>[width / 2], and what cosine and sine are multiplied by.</summary>
    public static (double[] Frequencies, double Magnitude) Scaled(ModelConfig config, int width, int contextLength)
    {
        var plain = Plain(config.RopeTheta, width);
        if (config.RopeScaling is not { } scaling) return (plain, 1);
        var original = (double)(scaling.OriginalMaxPositionEmbeddings ?? config.MaxPositionEmbeddings);
        switch (scaling.Type)
        {
            case "linear":
                return ([.. plain.Select(f => f / scaling.Factor)], 1);
            case "dynamic":
                if (contextLength <= config.MaxPositionEmbeddings) return (plain, 1);
                var stretched = scaling.Factor * contextLength / config.MaxPositionEmbeddings - (scaling.Factor - 1);
                return (Plain(config.RopeTheta * Math.Pow(stretched, width / (width - 2.0)), width), 1);
            case "llama3":
                return ([.. plain.Select(f => Llama3(f, scaling, original))], 1);
            case "yarn":
                double DimensionOf(double turns) => width * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(config.RopeTheta));
                var from = Math.Max(Math.Floor(DimensionOf(scaling.BetaFast)), 0);
                var to = Math.Min(Math.Ceiling(DimensionOf(scaling.BetaSlow)), width - 1);
                if (from == to) to += 0.001;
                var magnitude = scaling.AttentionFactor ?? (scaling.Factor > 1 ? 0.1 * Math.Log(scaling.Factor) + 1 : 1);
                return ([.. plain.Select((f, i) =>
                {
                    var extrapolated = 1 - Math.Clamp((i - from) / (to - from), 0, 1);
                    return f / scaling.Factor * (1 - extrapolated) + f * extrapolated;
                })], magnitude);
            case "longrope":
                var factors = contextLength > original ? scaling.LongFactor! : scaling.ShortFactor!;
                var stretch = scaling.Factor > 1 ? scaling.Factor : config.MaxPositionEmbeddings / original;
                var attention = scaling.AttentionFactor ?? (stretch <= 1 ? 1 : Math.Sqrt(1 + Math.Log(stretch) / Math.Log(original)));
                return ([.. plain.Select((f, i) => f / factors[i])], attention);
            default:
                throw new NotSupportedException(scaling.Type);
        }
    }

    static double Llama3(double f, RopeScaling scaling, double original)
    {
        var wavelength = 2 * Math.PI / f;
        if (wavelength < original / scaling.HighFreqFactor) return f;
        if (wavelength > original / scaling.LowFreqFactor) return f / scaling.Factor;
        var smooth = (original / wavelength - scaling.LowFreqFactor) / (scaling.HighFreqFactor - scaling.LowFreqFactor);
        return (1 - smooth) * f / scaling.Factor + smooth * f;
    }
}
