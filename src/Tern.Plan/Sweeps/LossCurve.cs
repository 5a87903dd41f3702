using System.Text.Json;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Plan.Sweeps;

/// <summary>A look at held-out text.</summary>
/// <param name="Step">Optimiser steps that were done.</param>
/// <param name="Loss">Nats per token.</param>
public sealed record HeldOutPoint(double Step, double Loss);

/// <summary>The held-out loss over a run, as metrics.jsonl has it.</summary>
public static class LossCurve
{
    /// <summary>Where the loss first falls to a target: on the straight line between the two evaluations around it. Null where it never does; the first evaluation, where that is below already.</summary>
    /// <param name="curve">By rising steps.</param>
    /// <param name="target">Nats per token.</param>
    public static double? Crossing(IReadOnlyList<HeldOutPoint> curve, double target)
    {
        for (var i = 0; i < curve.Count; i++)
        {
            if (!(curve[i].Loss <= target)) continue;
            if (i == 0) return curve[0].Step;
            var (before, after) = (curve[i - 1], curve[i]);
            return before.Step + (after.Step - before.Step) * (before.Loss - target) / (before.Loss - after.Loss);
        }
        return null;
    }

    /// <summary>The loss at a step, on the straight line between the evaluations around it; that of the first or last evaluation outside of them.</summary>
    public static double At(IReadOnlyList<HeldOutPoint> curve, double step)
    {
        var after = curve.TakeWhile(point => point.Step < step).Count();
        if (after == 0) return curve[0].Loss;
        if (after == curve.Count) return curve[^1].Loss;
        var (left, right) = (curve[after - 1], curve[after]);
        return left.Loss + (right.Loss - left.Loss) * (step - left.Step) / (right.Step - left.Step);
    }

    /// <summary>Reads the evaluations of a run, and the seconds that its steps took, evaluations not counted. A last line that was cut off is left out.</summary>
    /// <exception cref="TernException">A line is no JSON.</exception>
    internal static (IReadOnlyList<HeldOutPoint> Curve, double Seconds) Read(string path)
    {
        var curve = new List<HeldOutPoint>();
        var (seconds, tokens) = (0.0, 0L);
        foreach (var line in Lines(path))
        {
            if (NumberOf(line, "held_out_loss") is { } loss) curve.Add(new HeldOutPoint(line.GetProperty("step").GetInt64(), loss));
            if (NumberOf(line, "tokens_per_second") is not (> 0 and var speed)) continue;
            var now = line.GetProperty("tokens").GetInt64();
            (seconds, tokens) = (seconds + (now - tokens) / speed, now);
        }
        return (curve, seconds);
    }

    internal static IEnumerable<JsonElement> Lines(string path)
    {
        if (!File.Exists(path)) yield break;
        var text = DiskFile.ReadAllText(path);
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)) yield return Parse(line, path);
    }

    internal static double? NumberOf(JsonElement line, string key) => line.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

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
