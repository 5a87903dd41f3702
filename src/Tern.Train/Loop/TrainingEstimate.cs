using System.Globalization;
using System.Text.RegularExpressions;
using Tern.Models;
using Tern.Train.Architectures;
using Tern.Train.Recipes;

namespace Tern.Train.Loop;

/// <summary>What a run costs, before it starts.</summary>
/// <param name="Parameters">Weights that are trained.</param>
/// <param name="Steps">Optimiser steps.</param>
/// <param name="Tokens">Read in all.</param>
/// <param name="Flops">Forward and backward of all of them.</param>
/// <param name="WeightBytes">float32, those of a frozen model included.</param>
/// <param name="GradientBytes">float32; of the largest layer, where each is updated by itself; twice, where their noise is measured.</param>
/// <param name="OptimizerBytes">State of the optimiser.</param>
/// <param name="AverageBytes">The exponential average of the weights.</param>
/// <param name="ActivationBytes">What the backward pass of a micro-batch needs: an estimate from the shapes.</param>
public sealed partial record TrainingEstimate(long Parameters, long Steps, long Tokens, double Flops, long WeightBytes, long GradientBytes, long OptimizerBytes, long AverageBytes, long ActivationBytes)
{
    /// <summary>Weights, gradients, optimiser, average: what stays from step to step.</summary>
    public long StateBytes => WeightBytes + GradientBytes + OptimizerBytes + AverageBytes;

    /// <summary>Freed activations that malloc may keep (<see cref="KeptMemory"/>).</summary>
    public long KeptBytes => (long)(KeptMemory.Share * ActivationBytes);

    /// <summary>What the optimiser takes for the weight that needs most, when activations are gone; only where that is much (SOAP, Shampoo).</summary>
    public long WorkspaceBytes { get; init; }

    /// <summary>.NET and libtorch: the peak of training 119 thousand weights on one sequence of 32 tokens (bfloat16: 219.9 MB, float32: 210.7 MB), less its 2.7 MB; x64 Linux, .NET 10, libtorch for CPUs, 2026-11-26.</summary>
    public long RuntimeBytes { get; } = 217_000_000;

    /// <summary>What the process needs at its fullest moment.</summary>
    public long TotalBytes => StateBytes + Math.Max(ActivationBytes + KeptBytes, WorkspaceBytes) + RuntimeBytes;

    /// <summary>16 for float32 with two moments; <see cref="ActivationBytes"/> not counted.</summary>
    public double StateBytesPerParameter => (double)StateBytes / Parameters;

    /// <summary>Floating-point operations per second of a matrix product on this machine; null where it was not measured.</summary>
    public double? PeakFlopsPerSecond { get; init; }

    /// <summary>The part of <see cref="PeakFlopsPerSecond"/> that small models reach, about.</summary>
    public const double ExpectedMfu = 1.0 / 3;

    /// <summary>How long all steps take at <see cref="ExpectedMfu"/>; null without <see cref="PeakFlopsPerSecond"/>.</summary>
    public double? Seconds => Flops / (PeakFlopsPerSecond * ExpectedMfu);

    internal static TrainingEstimate Of(Recipe recipe, CausalModel model, long steps)
    {
        long trained = model.Trained.Sum(weight => weight.Value.numel()), weights = model.Parameters.UnionBy(model.Trained, weight => weight.Name).Sum(weight => weight.Value.numel());
        var tokens = steps * recipe.TokensPerStep;
        return new TrainingEstimate(trained, steps, tokens, model.FlopsPerToken(recipe.Data.SequenceLength) * tokens, 4 * weights, Gradients(recipe, model),
            model.Trained.Sum(weight => recipe.Optimizer.StateBytes(weight.Shape, weight.Role)), recipe.EmaDecay > 0 ? 4 * trained : 0, ActivationEstimate.Of(recipe, model).Total)
        {
            WorkspaceBytes = model.Trained.Max(weight => recipe.Optimizer.WorkspaceBytes(weight.Shape, weight.Role)),
        };
    }

    /// <summary>All gradients; with per-layer updates those of one layer, and of tied embeddings, whose gradient begins in the head. New projections need whole sums over micro-batches.</summary>
    static long Gradients(Recipe recipe, CausalModel model)
    {
        if (!recipe.PerLayerUpdates || recipe.Batch.SequencesAtOnce < recipe.Batch.Sequences) return (recipe.GradientNoise is null ? 4 : 8) * model.Trained.Sum(weight => weight.Value.numel());
        var embedding = model.Trained.Where(weight => weight.Role == ParameterRole.Embedding).Sum(weight => weight.Value.numel());
        var largest = model.Trained.Where(weight => weight.Role != ParameterRole.Embedding).GroupBy(weight => LayerNumber().Match(weight.Name).Value).Max(layer => layer.Sum(weight => weight.Value.numel()));
        return 4 * (model.Config.TieWordEmbeddings ? embedding + largest : Math.Max(embedding, largest));
    }

    /// <summary>"layers.3." of "model.layers.3.mlp.up_proj.weight"; nothing in the names of the head.</summary>
    [GeneratedRegex(@"\blayers\.[0-9]+\.", RegexOptions.CultureInvariant)]
    private static partial Regex LayerNumber();

    /// <exception cref="TernException">More than the memory of this machine.</exception>
    internal void RequireMemory()
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (TotalBytes > available)
            throw new TernException(string.Create(CultureInfo.InvariantCulture, $"training: needs about {TotalBytes / 1e9:F1} GB ({WeightBytes / 1e9:F1} weights, {GradientBytes / 1e9:F1} gradients, {OptimizerBytes / 1e9:F1} optimiser, {ActivationBytes / 1e9:F1} activations), the machine has {available / 1e9:F1} GB. ")
                + "Make batch.micro_batch smaller, set activation_checkpointing, or take a smaller model.");
    }
}
