using System.Globalization;
using System.Text.Json;
using Tern.Models;
using Tern.Models.Files;
using Tern.Train.Noise;
using Tern.Train.Optimizers;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Checkpoints;

/// <summary>Where a run stands, beside its tensors. Dropout and the order of the data are functions of the seed and the step, so they need no state.</summary>
/// <param name="Step">Optimiser steps done.</param>
/// <param name="BestLoss">The lowest held-out loss so far; null before the first evaluation.</param>
/// <param name="EvaluationsSinceBest">For early stopping.</param>
/// <param name="Run">What must not change when the run goes on: a hash of recipe, data and tokenizer.</param>
/// <param name="AwaitsEvaluation">The step is done, but not the look at held-out text that follows it.</param>
/// <param name="Noise">Averages of measured gradient noise; null where it is not measured.</param>
public sealed record TrainingPosition(long Step, double? BestLoss, int EvaluationsSinceBest, string Run, bool AwaitsEvaluation = false, GradientNoiseState? Noise = null);

/// <summary>
/// Checkpoints of a run: folders <c>step-00000200</c> with weights, optimiser, average and position. A folder appears complete under its name, or not at all, whenever
/// the process is killed; the oldest are deleted only after that.
/// </summary>
public sealed class TrainingCheckpoint(string folder, int keep)
{
    const string WeightsFile = "weights.safetensors", OptimizerFile = "optimizer.safetensors", AverageFile = "average.safetensors", PositionFile = "position.json", Prefix = "step-";

    /// <summary>Folders of complete checkpoints, oldest first.</summary>
    public IReadOnlyList<string> All => !Directory.Exists(folder) ? [] :
        [.. Directory.GetDirectories(folder, Prefix + "*").Where(name => long.TryParse(Path.GetFileName(name)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _)).Order(StringComparer.Ordinal)];

    /// <summary>Writes a checkpoint, then deletes the oldest beyond those that are kept.</summary>
    /// <exception cref="TernException">The disk is full or refuses; what was there is still there.</exception>
    public void Save(TrainingPosition position, IReadOnlyList<TrainedParameter> parameters, IOptimizer optimizer, IReadOnlyList<(string Name, Tensor Value)>? average)
    {
        var target = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{position.Step:D8}"));
        if (Directory.Exists(target)) return;                                          // resumed and stopped without a step between
        AtomicFolder.Write(target, temporary =>
        {
            TensorFile.Write(Path.Combine(temporary, WeightsFile), parameters.Select(weight => (weight.Name, weight.Value)));
            TensorFile.Write(Path.Combine(temporary, OptimizerFile), optimizer.State);
            if (average is not null) TensorFile.Write(Path.Combine(temporary, AverageFile), average);
            AtomicFile.WriteText(Path.Combine(temporary, PositionFile), JsonSerializer.Serialize(position));
        });
        foreach (var old in All.SkipLast(Math.Max(1, keep))) Directory.Delete(old, recursive: true);
    }

    /// <summary>Puts back the newest checkpoint.</summary>
    /// <returns>Its position; null where there is none.</returns>
    /// <exception cref="TernException">It is of another run, or damaged.</exception>
    public TrainingPosition? Restore(string run, IReadOnlyList<TrainedParameter> parameters, IOptimizer optimizer, IReadOnlyList<(string Name, Tensor Value)>? average)
    {
        if (All is not [.., var newest]) return null;
        var position = ReadPosition(Path.Combine(newest, PositionFile));
        if (position.Run != run)
            throw new TernException($"{newest}: was made by another recipe, other data or another tokenizer; resume with the recipe beside it ({Path.Combine(Path.GetDirectoryName(folder) ?? ".", "recipe.yaml")}), or choose another output folder.");
        Copy(Path.Combine(newest, WeightsFile), [.. parameters.Select(weight => (weight.Name, weight.Value))]);
        if (average is not null) Copy(Path.Combine(newest, AverageFile), average);
        var state = TensorFile.Read(Path.Combine(newest, OptimizerFile));
        optimizer.Restore(state);
        foreach (var value in state.Values) value.Dispose();
        return position;
    }

    static TrainingPosition ReadPosition(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingPosition>(File.ReadAllText(path)) ?? throw new JsonException("empty");
        }
        catch (Exception problem) when (problem is JsonException or IOException)
        {
            throw new TernException($"{path}: cannot be read ({problem.Message}); delete this checkpoint to go on from the one before it.", problem);
        }
    }

    /// <summary>Puts the tensors of a file into those of the same names.</summary>
    /// <exception cref="TernException">One is missing or has another shape.</exception>
    internal static void Copy(string path, IReadOnlyList<(string Name, Tensor Value)> targets)
    {
        var stored = TensorFile.Read(path);
        using var frozen = no_grad();
        foreach (var (name, value) in targets)
        {
            if (!stored.TryGetValue(name, out var from) || !from.shape.SequenceEqual(value.shape))
                throw new TernException($"{path}: has no tensor '{name}' of shape [{string.Join(", ", value.shape)}]; delete this checkpoint to go on from the one before it.");
            value.copy_(from);
        }
        foreach (var value in stored.Values) value.Dispose();
    }
}
