using System.Buffers;
using System.Text.Json;

namespace Tern.Train.Metrics;

/// <summary>How a line of metrics.jsonl is spelled.</summary>
static class MetricsJson
{
    const string Step = "step", Tokens = "tokens", Loss = "loss", Perplexity = "perplexity", LearningRate = "learning_rate", GradientNorm = "gradient_norm",
        TokensPerSecond = "tokens_per_second", FlopsPerSecond = "flops_per_second", Mfu = "mfu", HeldOutLoss = "held_out_loss", PostTrainingBits = "post_training_bits", PostTrainingLoss = "post_training_loss",
        NoiseScaleTokens = "noise_scale_tokens", NoiseScaleSequences = "noise_scale_sequences", NoiseTrace = "noise_trace", NoiseSquaredGradient = "noise_squared_gradient",
        AdamNoiseScaleTokens = "adam_noise_scale_tokens", AdamNoiseTrace = "adam_noise_trace", AdamNoiseSquaredGradient = "adam_noise_squared_gradient";

    /// <summary>The line in UTF-8, its end included.</summary>
    public static ReadOnlyMemory<byte> Write(MetricsLine line)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber(Step, line.Step);
            json.WriteNumber(Tokens, line.Tokens);
            foreach (var (name, value) in Values(line))
                if (double.IsFinite(value)) json.WriteNumber(name, value);
                else json.WriteNull(name);
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.WrittenMemory;
    }

    /// <summary>What the line says beside step and tokens. The names are the keys of the JSON and the tags of TensorBoard.</summary>
    public static IEnumerable<(string Name, double Value)> Values(MetricsLine line) => line switch
    {
        IntervalMetrics interval =>
        [
            (Loss, interval.Loss),
            (Perplexity, interval.Perplexity),
            (LearningRate, interval.LearningRate),
            (GradientNorm, interval.GradientNorm),
            (TokensPerSecond, interval.TokensPerSecond),
            (FlopsPerSecond, interval.FlopsPerSecond),
            .. interval.Mfu is { } mfu ? [(Mfu, mfu)] : Array.Empty<(string, double)>(),
            .. interval.Noise is { } noise ? Values(noise) : [],
        ],
        HeldOutMetrics evaluation => [(HeldOutLoss, evaluation.HeldOutLoss)],
        PostTrainingMetrics rounded => [(PostTrainingBits, rounded.Bits), (PostTrainingLoss, rounded.HeldOutLoss)],
        _ => throw new ArgumentException($"A line of type {line.GetType().Name} has no spelling.", nameof(line)),
    };

    /// <exception cref="JsonException">Not a line of metrics; the message says why.</exception>
    public static MetricsLine Read(string line)
    {
        using var document = JsonDocument.Parse(line);
        var json = document.RootElement;
        if (json.ValueKind != JsonValueKind.Object) throw new JsonException("a line is an object in braces");
        var (step, tokens) = (Count(json, Step), Count(json, Tokens));
        if (json.TryGetProperty(HeldOutLoss, out _)) return new HeldOutMetrics(step, tokens) { HeldOutLoss = Number(json, HeldOutLoss) };
        if (json.TryGetProperty(PostTrainingBits, out _)) return new PostTrainingMetrics(step, tokens) { Bits = (int)Count(json, PostTrainingBits), HeldOutLoss = Number(json, PostTrainingLoss) };
        return new IntervalMetrics(step, tokens)
        {
            Loss = Number(json, Loss),
            LearningRate = Number(json, LearningRate),
            GradientNorm = Number(json, GradientNorm),
            TokensPerSecond = Number(json, TokensPerSecond),
            FlopsPerSecond = Number(json, FlopsPerSecond),
            Mfu = json.TryGetProperty(Mfu, out _) ? Number(json, Mfu) : null,
            Noise = json.TryGetProperty(NoiseScaleTokens, out _) ? Noise(json) : null,
        };
    }

    static IEnumerable<(string Name, double Value)> Values(GradientNoiseMetrics noise) =>
    [
        (NoiseScaleTokens, noise.ScaleTokens),
        (NoiseScaleSequences, noise.ScaleSequences),
        (NoiseTrace, noise.Trace),
        (NoiseSquaredGradient, noise.SquaredGradient),
        .. noise.Adam is { } adam
            ? [(AdamNoiseScaleTokens, adam.ScaleTokens), (AdamNoiseTrace, adam.Trace), (AdamNoiseSquaredGradient, adam.SquaredGradient)]
            : Array.Empty<(string, double)>(),
    ];

    static GradientNoiseMetrics Noise(JsonElement json) => new()
    {
        ScaleTokens = Number(json, NoiseScaleTokens),
        ScaleSequences = Number(json, NoiseScaleSequences),
        Trace = Number(json, NoiseTrace),
        SquaredGradient = Number(json, NoiseSquaredGradient),
        Adam = json.TryGetProperty(AdamNoiseScaleTokens, out _)
            ? new AdamNoiseMetrics(Number(json, AdamNoiseScaleTokens), Number(json, AdamNoiseTrace), Number(json, AdamNoiseSquaredGradient))
            : null,
    };

    static long Count(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) && count >= 0
            ? count
            : throw new JsonException($"'{key}' must be a whole number");

    static double Number(JsonElement json, string key) => json.TryGetProperty(key, out var value) switch
    {
        true when value.ValueKind == JsonValueKind.Null => double.NaN,
        true when value.ValueKind == JsonValueKind.Number => value.GetDouble(),
        _ => throw new JsonException($"'{key}' must be a number"),
    };
}
