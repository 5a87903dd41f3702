namespace Tern.Models.Configs;

/// <summary>
/// The rotary settings of config.json in their three spellings: rope_theta with rope_scaling {"type"}, with rope_scaling
/// {"rope_type"}, and rope_parameters of transformers 5 (which Gemma 3 splits by layer type).
/// </summary>
static class RopeKeys
{
    const string Supported = "default, linear, dynamic, llama3, yarn, longrope";

    const double LocalBaseDefault = 10_000;

    public static double Theta(ConfigKeys keys, double missing) => Parameters(keys)?.NumberOrNull("rope_theta") ?? keys.Number("rope_theta", missing);

    /// <summary>Rotary base of the sliding layers of Gemma 3.</summary>
    public static double LocalBase(ConfigKeys keys) =>
        keys.Object("rope_parameters")?.Object("sliding_attention")?.NumberOrNull("rope_theta") ?? keys.Number("rope_local_base_freq", LocalBaseDefault);

    public static double PartialRotaryFactor(ConfigKeys keys)
    {
        var factor = Parameters(keys)?.NumberOrNull("partial_rotary_factor") ?? keys.Number("partial_rotary_factor", 1);
        return factor <= 1 ? factor : throw keys.Bad("partial_rotary_factor", $"is {factor}; it must not exceed 1");
    }

    /// <summary>Elements of a head that rotate.</summary>
    public static int RotaryWidth(int headDim, double partialRotaryFactor) => (int)(headDim * partialRotaryFactor);

    /// <summary>Null where the frequencies are not scaled.</summary>
    public static RopeScaling? Scaling(ConfigKeys keys, int rotaryWidth, int maxPositions)
    {
        if ((Parameters(keys) ?? keys.Object("rope_scaling")) is not { } rope) return null;
        var type = rope.Text("rope_type") ?? rope.Text("type") ?? "default";
        int? original = rope.IntOrNull("original_max_position_embeddings", int.MaxValue)
            ?? keys.IntOrNull("original_max_position_embeddings", int.MaxValue);
        switch (type)
        {
            case "default":
                return null;
            case "linear":
                return new RopeScaling { Type = type, Factor = Factor(rope) };
            case "dynamic":
                return new RopeScaling { Type = type, Factor = Factor(rope), OriginalMaxPositionEmbeddings = original ?? maxPositions };
            case "llama3":
                var llama3 = new RopeScaling
                {
                    Type = type,
                    Factor = Factor(rope),
                    LowFreqFactor = rope.Number("low_freq_factor", 1),
                    HighFreqFactor = rope.Number("high_freq_factor", 4),
                    OriginalMaxPositionEmbeddings = original ?? throw rope.Bad("original_max_position_embeddings", "is missing"),
                };
                return llama3.HighFreqFactor > llama3.LowFreqFactor ? llama3 : throw rope.Bad("high_freq_factor", "must be larger than low_freq_factor");
            case "yarn":
                return new RopeScaling
                {
                    Type = type,
                    Factor = Factor(rope),
                    OriginalMaxPositionEmbeddings = original ?? maxPositions,
                    AttentionFactor = rope.NumberOrNull("attention_factor") ?? YarnAttentionFactor(rope),
                    BetaFast = rope.Number("beta_fast", 32),
                    BetaSlow = rope.Number("beta_slow", 1),
                };
            case "longrope" or "su":
                var length = original ?? maxPositions;
                return new RopeScaling
                {
                    Type = "longrope",
                    Factor = rope.NumberOrNull("factor") ?? (double)maxPositions / length,
                    OriginalMaxPositionEmbeddings = length,
                    AttentionFactor = rope.NumberOrNull("attention_factor"),
                    ShortFactor = rope.Numbers("short_factor", rotaryWidth / 2) ?? throw rope.Bad("short_factor", "is missing"),
                    LongFactor = rope.Numbers("long_factor", rotaryWidth / 2) ?? throw rope.Bad("long_factor", "is missing"),
                };
            default:
                throw rope.Bad("rope_type", $"is '{type}'; supported are {Supported}");
        }
    }

    static double Factor(ConfigKeys rope)
    {
        var factor = rope.NumberOrNull("factor") ?? throw rope.Bad("factor", "is missing");
        return factor >= 1 ? factor : throw rope.Bad("factor", $"is {factor}; it must be at least 1");
    }

    /// <summary>With mscale and mscale_all_dim the attention factor is the quotient of their YaRN temperatures 0.1 m ln(s) + 1.</summary>
    static double? YarnAttentionFactor(ConfigKeys rope)
    {
        var (mscale, all) = (rope.Number("mscale", 0, min: 0), rope.Number("mscale_all_dim", 0, min: 0));
        if (mscale == 0 || all == 0) return null;
        var logFactor = Math.Log(Factor(rope));
        return (0.1 * mscale * logFactor + 1) / (0.1 * all * logFactor + 1);
    }

    /// <summary>rope_parameters, or its part for the global layers.</summary>
    static ConfigKeys? Parameters(ConfigKeys keys) =>
        keys.Object("rope_parameters") is { } parameters ? parameters.Object("full_attention") ?? parameters : null;
}
