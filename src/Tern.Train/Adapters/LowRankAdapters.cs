using Tern.Models;
using Tern.Train.Architectures;
using Tern.Train.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Adapters;

/// <summary>The adapters of a model, and the weights that are trained in full beside them. Everything else is frozen.</summary>
public sealed class LowRankAdapters : IDisposable
{
    readonly Lora _choice;
    readonly int _seed;

    LowRankAdapters(Lora choice, int seed, IReadOnlyList<TrainedParameter> saved, IReadOnlyList<LowRankAdapter> layers, IReadOnlyList<TrainedParameter> adapted)
    {
        (_choice, _seed, Saved, Layers, Adapted) = (choice, seed, saved, layers, adapted);
        Factors = [.. layers.SelectMany(layer => layer.Parameters)];
        Trained = [.. saved, .. Factors];
    }

    public Lora Choice => _choice;

    /// <summary>In the order of the model.</summary>
    public IReadOnlyList<LowRankAdapter> Layers { get; }

    /// <summary>A and B of all layers, and the magnitudes of DoRA.</summary>
    public IReadOnlyList<TrainedParameter> Factors { get; }

    /// <summary>Weights of the model that are trained in full (modules_to_save).</summary>
    public IReadOnlyList<TrainedParameter> Saved { get; }

    /// <summary>All that the optimiser changes.</summary>
    public IReadOnlyList<TrainedParameter> Trained { get; }

    /// <summary>The frozen matrices under the adapters.</summary>
    public IReadOnlyList<TrainedParameter> Adapted { get; }

    /// <summary>All that a run changes: with restarts, also the matrices that the adapters are merged into.</summary>
    public IReadOnlyList<TrainedParameter> Changing => _choice.RestartEvery > 0 ? [.. Trained, .. Adapted] : Trained;

    internal static LowRankAdapters Attach(Lora choice, CausalModel model, int seed)
    {
        using var scope = NewDisposeScope();
        var saved = SavedBy(choice, model);
        var layers = model.Linears.Where(layer => choice.Targets.Contains(layer.Name, layer.IsOutput)).ToList();
        if (layers.Count == 0)
            throw new TernException($"recipe: adapter.targets: no matrix of this model fits '{choice.Targets}'; it has {Ends(model.Linears.Select(layer => layer.Name))}, or {Models.Adapters.TargetModules.AllLinear}.");
        var adapted = layers.Select(layer => model.Parameters.First(weight => ReferenceEquals(weight.Value, layer.Weight))).ToList();
        if (saved.Find(adapted.Contains) is { } both)
            throw new TernException($"recipe: adapter: '{both.Name}' is in targets and in modules_to_save; it cannot be frozen and trained.");
        if (adapted.Find(weight => weight.Role == ParameterRole.Embedding) is not null)
            throw new TernException("recipe: adapter.targets names lm_head, but the output matrix of this model is its embedding; name embed_tokens in modules_to_save.");
        foreach (var weight in model.Parameters) weight.Value.requires_grad_(saved.Contains(weight));
        random.manual_seed(SeedOf(seed, 0));
        foreach (var layer in layers) layer.Adapter = new LowRankAdapter(layer, choice);
        return model.Adapters = new LowRankAdapters(choice, seed, saved, [.. layers.Select(layer => layer.Adapter!)], adapted);
    }

    /// <summary>ReLoRA: every adapter is merged into its matrix, and another begins. What it begins with follows from the seed and the step.</summary>
    internal void Restart(long step)
    {
        random.manual_seed(SeedOf(_seed, step));
        foreach (var layer in Layers) layer.Restart();
    }

    static long SeedOf(int seed, long step) => (long)SequenceOrder.Mix(SequenceOrder.Mix((ulong)seed) ^ (ulong)step);

    /// <summary>As PEFT: a name is that of every module that ends with it. Where the output matrix is the embedding, lm_head means both.</summary>
    static List<TrainedParameter> SavedBy(Lora choice, CausalModel model)
    {
        const string Output = "lm_head", Embedding = "model.embed_tokens";
        bool Fits(TrainedParameter weight, string name) =>
            ModuleOf(weight).EndsWith(name, StringComparison.Ordinal) || name == Output && model.Config.TieWordEmbeddings && ModuleOf(weight) == Embedding;
        if (choice.ModulesToSave.FirstOrDefault(name => !model.Parameters.Any(weight => Fits(weight, name))) is { } stranger)
            throw new TernException($"recipe: adapter.modules_to_save: this model has no module '{stranger}'; it has {Ends(model.Parameters.Select(ModuleOf))}.");
        return [.. model.Parameters.Where(weight => choice.ModulesToSave.Any(name => Fits(weight, name)))];
    }

    /// <summary>"model.norm" of "model.norm.weight".</summary>
    static string ModuleOf(TrainedParameter weight) => weight.Name[..weight.Name.LastIndexOf('.')];

    static string Ends(IEnumerable<string> modules) => string.Join(", ", modules.Select(module => module[(module.LastIndexOf('.') + 1)..]).Distinct());

    public void Dispose()
    {
        foreach (var layer in Layers) layer.Dispose();
    }
}
