using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Plan.Laws;

namespace Tern.Plan.Memory;

/// <summary>Whether a model can be served.</summary>
/// <param name="Model">Where it was read.</param>
/// <param name="Parameters">Weights; tied embeddings once.</param>
/// <param name="FileBytes">Of its tensors as stored.</param>
/// <param name="Types">Of the weights, those with the most bytes first.</param>
/// <param name="MaxContext">Positions that the model was made for.</param>
/// <param name="WindowLayers">Layers whose attention reads a window only.</param>
/// <param name="Setup">How.</param>
/// <param name="Memory">What that takes.</param>
/// <param name="AvailableBytes">What there is.</param>
/// <param name="LargestContext">Of so many sequences; 0 where none fits.</param>
/// <param name="LargestBatch">Of this context; 0 where none fits.</param>
public sealed record ServingPlan(string Model, long Parameters, long FileBytes, IReadOnlyList<TensorType> Types, int MaxContext, int WindowLayers, ServingSetup Setup, ServingMemory Memory, long AvailableBytes, int LargestContext, int LargestBatch)
{
    /// <summary>It can.</summary>
    public bool Fits => Memory.Total <= AvailableBytes;

    /// <summary>How keys and values are kept; <see cref="CacheType.Q8_0"/> is not possible for every size of heads.</summary>
    public CacheType CacheType => Memory.CacheType;

    /// <summary>Of a model as it is.</summary>
    /// <exception cref="Tern.Models.TernException">The context or batch is not possible.</exception>
    public static ServingPlan Of(PlannedModel model, ServingSetup setup, MemorySize memory) => new(
        model.Path,
        model.Parameters,
        model.StoredBytes,
        [.. model.Tensors.GroupBy(tensor => tensor.Type).OrderByDescending(type => type.Sum(tensor => tensor.StoredBytes)).Select(type => type.Key)],
        model.Config.MaxPositionEmbeddings,
        TransformerShape.Of(model.Config).Windows.Count(window => window > 0),
        setup,
        ServingMemory.Of(model, setup),
        memory.Bytes,
        ServingMemory.LargestContext(model, setup, memory),
        ServingMemory.LargestBatch(model, setup, memory));
}

/// <summary>A way to train, and what it takes.</summary>
public sealed record TrainingOption(string Optimizer, TrainingPrecision Precision, Recomputation Recomputation, long TotalBytes, bool Fits);

/// <summary>Whether a model can be trained, and what would make it fit.</summary>
/// <param name="Model">Where it was read.</param>
/// <param name="Parameters">Weights; tied embeddings once.</param>
/// <param name="Optimizer">Its name.</param>
/// <param name="Setup">How.</param>
/// <param name="Memory">What that takes.</param>
/// <param name="AvailableBytes">What there is.</param>
/// <param name="LargestMicroBatch">Sequences; 0 where not one fits.</param>
/// <param name="Options">Every optimiser with every precision and recomputation, all else equal.</param>
public sealed record TrainingPlan(string Model, long Parameters, string Optimizer, [property: System.Text.Json.Serialization.JsonIgnore] TrainingSetup Setup, TrainingMemory Memory, long AvailableBytes, int LargestMicroBatch, IReadOnlyList<TrainingOption> Options)
{
    /// <summary>It can.</summary>
    public bool Fits => Memory.Total <= AvailableBytes;

    /// <summary>Of a model.</summary>
    /// <param name="model">Trained from its weights, or from random ones.</param>
    /// <param name="setup">How.</param>
    /// <param name="memory">What there is.</param>
    /// <param name="rank">Of GaLore in <see cref="Options"/>.</param>
    /// <exception cref="Tern.Models.TernException">The length or batch is not possible.</exception>
    public static TrainingPlan Of(PlannedModel model, TrainingSetup setup, MemorySize memory, int rank = OptimizerMemory.UsualRank)
    {
        var all = OptimizerMemory.All(rank);
        if (all.All(known => known.Name != setup.Optimizer.Name)) all = [setup.Optimizer, .. all];
        var options =
            from optimizer in all
            from precision in Enum.GetValues<TrainingPrecision>()
            from recomputation in Enum.GetValues<Recomputation>()
            let total = TrainingMemory.Of(model, setup with { Optimizer = optimizer, Precision = precision, Recomputation = recomputation }).Total
            select new TrainingOption(optimizer.Name, precision, recomputation, total, total <= memory.Bytes);
        return new TrainingPlan(model.Path, model.Parameters, setup.Optimizer.Name, setup, TrainingMemory.Of(model, setup), memory.Bytes, TrainingMemory.LargestMicroBatch(model, setup, memory), [.. options]);
    }
}
