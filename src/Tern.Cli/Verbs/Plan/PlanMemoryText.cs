using System.Globalization;
using Tern.Plan.Memory;

namespace Tern.Cli.Verbs.Plan;

/// <summary>Plans of memory as a person reads them.</summary>
static class PlanMemoryText
{
    public static void Print(ServingPlan plan)
    {
        var (memory, setup) = (plan.Memory, plan.Setup);
        Line("model", $"{plan.Model}: {Count(plan.Parameters)} parameters, stored {string.Join(", ", plan.Types)} in {new MemorySize(plan.FileBytes)}");
        Line("serving", $"{Count(setup.Batch)} x {Count(setup.Context)} tokens, keys and values {plan.CacheType}{(plan.CacheType == setup.CacheType ? "" : $" (heads are no multiple of 32 for {setup.CacheType})")}");
        Line("weights", Size(memory.Weights));
        Line("embeddings", $"{Size(memory.Embeddings)} (looked up in the file: what is not read takes nothing)");
        Line("keys, values", $"{Size(memory.KeysAndValues)}{(plan.WindowLayers > 0 ? $" ({plan.WindowLayers} layers read a window, Tern.Run keeps every position)" : "")}");
        Line("rotation", Size(memory.Rotary));
        Line("workspace", Size(memory.Workspace));
        Line("runtime", Size(memory.Runtime));
        Total(memory.Total, plan.AvailableBytes);
        Line("fit at most", plan switch
        {
            { LargestContext: 0, LargestBatch: 0 } => "nothing, not even one token; a --type of fewer bits takes less",
            _ => $"{Count(plan.LargestContext)} tokens of {Count(setup.Batch)} sequences (the model was made for {Count(plan.MaxContext)}), or {Count(plan.LargestBatch)} sequences of {Count(setup.Context)} tokens",
        });
    }

    public static void Print(TrainingPlan plan)
    {
        var (memory, setup) = (plan.Memory, plan.Setup);
        Line("model", $"{plan.Model}: {Count(plan.Parameters)} parameters");
        Line("training", $"{plan.Optimizer}, {Name(setup.Precision)}, {Count(setup.MicroBatch)} x {Count(setup.SequenceLength)} tokens at once{(setup.Recomputation == Recomputation.None ? "" : ", " + Name(setup.Recomputation))}");
        Line("weights", Size(memory.Weights));
        Line("gradients", Size(memory.Gradients));
        Line("optimizer", Size(memory.Optimizer));
        Line("average", Size(memory.Average));
        Line("activations", Size(memory.Activations));
        Line("kept by malloc", $"{Size(memory.Kept)} at most");
        if (memory.Workspace > 0) Line("or, afterwards", $"{Size(memory.Workspace)} of work of the optimizer");
        Line("runtime", Size(memory.Runtime));
        Total(memory.Total, plan.AvailableBytes);
        Line("fit at most", plan.LargestMicroBatch == 0 ? "nothing: not even one sequence at once" : $"{Count(plan.LargestMicroBatch)} sequences at once");
        PrintOptions(plan);
    }

    static void PrintOptions(TrainingPlan plan)
    {
        var ways = plan.Options.Select(option => (option.Precision, option.Recomputation)).Distinct().ToList();
        Console.Out.WriteLine();
        Console.Out.WriteLine("In GB (10^9 bytes), with * what does not fit:");
        Console.Out.WriteLine($"{"",-20}{string.Concat(ways.Select(way => $"{Name(way.Precision),12}"))}");
        Console.Out.WriteLine($"{"optimizer",-20}{string.Concat(ways.Select(way => $"{Short(way.Recomputation),12}"))}");
        foreach (var optimizer in plan.Options.GroupBy(option => option.Optimizer))
            Console.Out.WriteLine($"{optimizer.Key,-20}{string.Concat(optimizer.Select(option => string.Create(CultureInfo.InvariantCulture, $"{option.TotalBytes / 1e9,11:F3}{(option.Fits ? ' ' : '*')}")))}".TrimEnd());
    }

    static void Total(long total, long available)
    {
        Line("total", Size(total));
        var left = available - total;
        Line("available", Size(available));
        Line("verdict", left >= 0 ? $"fits, {Size(left)} to spare" : $"does not fit: {Size(-left)} too much");
    }

    static void Line(string label, string value) => Console.Out.WriteLine($"{label,-13} {value}");

    static string Size(long bytes) => new MemorySize(bytes).ToString();

    static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    static string Name(TrainingPrecision precision) => precision.ToString().ToLowerInvariant();

    static string Name(Recomputation recomputation) => recomputation == Recomputation.Checkpointing ? "checkpointing" : "per-layer updates";

    static string Short(Recomputation recomputation) => recomputation switch
    {
        Recomputation.None => "",
        Recomputation.Checkpointing => "checkpoint",
        _ => "per layer",
    };
}
