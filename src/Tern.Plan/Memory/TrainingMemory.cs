using System.Text.RegularExpressions;
using Tern.Models;

namespace Tern.Plan.Memory;

/// <summary>The memory of a model that Tern.Train trains, in bytes.</summary>
/// <param name="Weights">float32.</param>
/// <param name="Gradients">float32; of the largest layer, where each is updated by itself.</param>
/// <param name="Optimizer">Its state.</param>
/// <param name="Average">The exponential average of the weights.</param>
/// <param name="Activations">Of a micro-batch.</param>
/// <param name="Kept">Freed activations that malloc may keep; Tern.Train gives back what is beyond.</param>
/// <param name="Workspace">What the optimiser takes for the weight that needs most, when activations are gone; only where that is much (SOAP, Shampoo).</param>
/// <param name="Runtime">.NET, libtorch.</param>
public sealed partial record TrainingMemory(long Weights, long Gradients, long Optimizer, long Average, long Activations, long Kept, long Workspace, long Runtime)
{
    /// <summary>Of the activations: the bound that Tern.Train's KeptMemory has.</summary>
    public const double KeptShare = 0.1;

    /// <summary>The peak of tern train for a model of 119 thousand weights and one sequence of 32 tokens (bfloat16: 219.9 MB, float32: 210.7 MB), less its 2.7 MB; x64 Linux, .NET 10, libtorch for CPUs, 2026-11-26.</summary>
    public const long RuntimeBytes = 217_000_000;

    /// <summary>What stays from step to step.</summary>
    public long State => Weights + Gradients + Optimizer + Average;

    /// <summary>All of it.</summary>
    public long Total => State + Math.Max(Activations + Kept, Workspace) + Runtime;

    /// <summary>What training takes.</summary>
    /// <exception cref="TernException">The length or batch is not possible.</exception>
    public static TrainingMemory Of(PlannedModel model, TrainingSetup setup)
    {
        setup.Check(model);
        return At(model, setup);
    }

    /// <summary>The most sequences at once that fit; 0 where not even one does.</summary>
    public static int LargestMicroBatch(PlannedModel model, TrainingSetup setup, MemorySize memory) =>
        (int)LargestCount.Of(1 << 20, count => At(model, setup with { MicroBatch = (int)count }).Total <= memory.Bytes);

    static TrainingMemory At(PlannedModel model, TrainingSetup setup)
    {
        const int Float32 = sizeof(float);
        var weights = Float32 * model.Parameters;
        var activations = TrainingActivations.Of(model.Config, setup);
        return new TrainingMemory(weights, Float32 * GradientsOf(model, setup), model.Tensors.Sum(setup.Optimizer.StateBytes), setup.Average ? weights : 0, activations, (long)(KeptShare * activations), model.Tensors.Max(setup.Optimizer.WorkspaceBytes), RuntimeBytes);
    }

    /// <summary>Numbers. Of one layer at a time, that of a tied embedding begins in the head and ends with the first layer.</summary>
    static long GradientsOf(PlannedModel model, TrainingSetup setup)
    {
        if (setup.Recomputation != Recomputation.PerLayerUpdates || setup.Accumulates) return (setup.GradientNoise ? 2 : 1) * model.Parameters;
        var embedding = model.Tensors.First(tensor => tensor.IsEmbedding).Elements;
        var largest = model.Tensors.Where(tensor => !tensor.IsEmbedding).GroupBy(tensor => LayerNumber().Match(tensor.Name).Value).Max(layer => layer.Sum(tensor => tensor.Elements));
        return model.Config.TieWordEmbeddings ? embedding + largest : Math.Max(embedding, largest);
    }

    /// <summary>"layers.3." of "model.layers.3.mlp.up_proj.weight"; nothing in the names of the head.</summary>
    [GeneratedRegex(@"\blayers\.[0-9]+\.", RegexOptions.CultureInvariant)]
    private static partial Regex LayerNumber();
}
