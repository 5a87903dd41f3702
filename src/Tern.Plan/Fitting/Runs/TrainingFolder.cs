using System.Text.Json;
using Tern.Models;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting.Runs;

/// <summary>
/// Finished runs of <c>tern train</c>: tokens and loss from metrics.jsonl, parameters from the model that was exported beside it. The training code and this one meet on disk only.
/// </summary>
static class TrainingFolder
{
    const string Metrics = "metrics.jsonl", Model = "model";

    /// <summary>Whether the path is the folder of a run, its metrics.jsonl, or a folder of runs.</summary>
    public static bool IsOne(string path) => Directory.Exists(path) || Path.GetFileName(path) == Metrics;

    /// <exception cref="TernException">No run is there, or one is unfinished.</exception>
    public static IReadOnlyList<TrainedModel> Read(string path)
    {
        if (!Directory.Exists(path)) path = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (File.Exists(Path.Combine(path, Metrics))) return [Run(path)];
        var runs = Directory.GetDirectories(path).Where(folder => File.Exists(Path.Combine(folder, Metrics))).Order(StringComparer.Ordinal).ToList();
        if (runs.Count == 0) throw new TernException($"{path}: no folder in it is a run of tern train ({Metrics} is missing). Name a table of runs, or the folder that holds the folders of runs.");
        return [.. runs.Select(Run)];
    }

    static TrainedModel Run(string folder)
    {
        var (tokens, loss) = End(Path.Combine(folder, Metrics));
        var model = Path.Combine(folder, Model);
        if (!Directory.Exists(model)) throw new TernException($"{folder}: the run is not finished: it has no folder '{Model}', from which parameters are counted. Finish it (tern train goes on where it stopped) or move it elsewhere.");
        using var exported = ModelOnDisk.Open(model);
        var parameters = exported.Weights.Tensors.Sum(tensor => Product(tensor.Shape));
        return new TrainedModel(new Allocation(parameters, tokens), loss) { Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) };
    }

    /// <summary>Tokens at the end, and the last loss on held-out text; without one the last loss of training.</summary>
    static (double Tokens, double Loss) End(string path)
    {
        var (tokens, training, heldOut, number) = (double.NaN, double.NaN, double.NaN, 0);
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var json = JsonDocument.Parse(line);
                (tokens, training, heldOut) = (Number(json, "tokens") ?? tokens, Number(json, "loss") ?? training, Number(json, "held_out_loss") ?? heldOut);
            }
            catch (Exception problem) when (problem is JsonException or InvalidOperationException)
            {
                throw new TernException($"{path}:{number}: this is not a line of metrics: {problem.Message}", problem);
            }
        }
        var loss = double.IsNaN(heldOut) ? training : heldOut;
        return tokens > 0 && loss > 0 ? (tokens, loss) : throw new TernException($"{path}: says no tokens and loss of a finished run.");
    }

    static double? Number(JsonDocument json, string key) => json.RootElement.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    static long Product(ReadOnlySpan<long> shape)
    {
        var product = 1L;
        foreach (var length in shape) product *= length;
        return product;
    }
}
