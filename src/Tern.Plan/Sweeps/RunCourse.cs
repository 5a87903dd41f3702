using System.Text.Json;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Plan.Sweeps;

/// <summary>What metrics.jsonl says of a run.</summary>
/// <param name="HeldOut">By rising steps.</param>
/// <param name="PostTraining">Losses with rounded weights.</param>
/// <param name="Seconds">Of the steps, evaluations not counted.</param>
/// <param name="NoiseScaleTokens">The last gradient noise scale; null where none was measured.</param>
sealed record RunCourse(IReadOnlyList<HeldOutPoint> HeldOut, IReadOnlyList<PostTrainingLoss> PostTraining, double Seconds, double? NoiseScaleTokens)
{
    /// <summary>Reads a file; a missing one is an empty course. A last line that was cut off is left out, and of two lines about one step (a run that went on after its last step) the later one counts.</summary>
    /// <exception cref="TernException">A line is no JSON.</exception>
    public static RunCourse Read(string path)
    {
        var heldOut = new SortedDictionary<long, double>();
        var rounded = new SortedDictionary<int, double>();
        var (seconds, tokens, noise) = (0.0, 0L, (double?)null);
        foreach (var line in Lines(path))
        {
            if (NumberOf(line, "held_out_loss") is { } loss) heldOut[line.GetProperty("step").GetInt64()] = loss;
            if (NumberOf(line, "post_training_bits") is { } bits) rounded[(int)bits] = NumberOf(line, "post_training_loss") ?? double.PositiveInfinity;
            noise = NumberOf(line, "noise_scale_tokens") ?? noise;
            if (NumberOf(line, "tokens_per_second") is not (> 0 and var speed)) continue;
            var now = line.GetProperty("tokens").GetInt64();
            (seconds, tokens) = (seconds + (now - tokens) / speed, now);
        }
        return new RunCourse([.. heldOut.Select(point => new HeldOutPoint(point.Key, point.Value))], [.. rounded.Select(loss => new PostTrainingLoss(loss.Key, loss.Value))], seconds, noise);
    }

    public static double? NumberOf(JsonElement line, string key) => line.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    static IEnumerable<JsonElement> Lines(string path)
    {
        if (!File.Exists(path)) yield break;
        var text = DiskFile.ReadAllText(path);
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)) yield return Parse(line, path);
    }

    static JsonElement Parse(string line, string path)
    {
        try
        {
            return JsonElement.Parse(line);
        }
        catch (JsonException problem)
        {
            throw new TernException($"{path}: this is not a log of metrics: {problem.Message}", problem);
        }
    }
}
