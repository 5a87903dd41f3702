using Tern.Train.Adapters;
using Tern.Train.Optimizers;
using Tern.Train.Schedules;

namespace Tern.Train.Recipes;

/// <summary>The registry: every kind of every part that a recipe chooses by the key <c>name</c>. A new kind is one more line in <see cref="All"/>.</summary>
public static class RecipeKinds
{
    public static IReadOnlyList<RecipeKind> All { get; } =
    [
        new("llama", typeof(LlamaChoice)),
        new("pretrained", typeof(PretrainedChoice)),

        new("file", typeof(TokenizerFile)),
        new("train_bpe", typeof(TrainedBpe)),

        new("next_token", typeof(NextTokenObjective)),
        new("chat", typeof(ChatObjective)),

        new("lora", typeof(Lora)),

        new("adamw", typeof(AdamW)),
        new("adafactor", typeof(Adafactor)),
        new("shampoo", typeof(Shampoo)),
        new("soap", typeof(Soap)),
        new("galore", typeof(GaLore)),
        new("muon", typeof(Muon)),

        new("cosine", typeof(CosineSchedule)),
        new("linear", typeof(LinearSchedule)),
        new("constant", typeof(ConstantSchedule)),
        new("wsd", typeof(WarmupStableDecaySchedule)),

        new("float32", typeof(Float32Precision)),
        new("bfloat16", typeof(BFloat16Precision)),
    ];

    /// <summary>The kinds of a part, such as <see cref="OptimizerChoice"/>.</summary>
    public static IReadOnlyList<RecipeKind> Of(Type part) => [.. All.Where(kind => part.IsAssignableFrom(kind.Type))];
}

/// <summary>A kind of a part of the recipe.</summary>
/// <param name="Name">What the key <c>name</c> says.</param>
/// <param name="Type">The record of its other keys; it has a constructor without parameters.</param>
public sealed record RecipeKind(string Name, Type Type);
