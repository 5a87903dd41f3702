using Tern.Models;
using Tern.Models.Tokenizers;
using Tern.Numerics.Formats;
using Tern.Plan.Memory;
using Tern.Train;
using Tern.Train.Recipes;

namespace Tern.Cli.Verbs.Plan;

/// <summary>What a recipe of Tern.Train means to the planner, which does not know recipes.</summary>
static class RecipeTraining
{
    /// <summary>Where nothing is said: AdamW in bfloat16, as a recipe that says no more.</summary>
    public static TrainingSetup Usual => new() { Optimizer = OptimizerMemory.Named("adamw") };

    /// <summary>Its model, and how that is trained.</summary>
    /// <exception cref="TernException">The recipe or its model cannot be read, or an adapter is trained in place of the weights.</exception>
    public static (PlannedModel Model, TrainingSetup Setup) Read(string path)
    {
        var recipe = RecipeFile.Read(path);
        if (recipe.Adapter is not null) throw new TernException($"{path}: trains an adapter; tern train {path} --dry-run says what that takes.");
        var model = recipe.Model switch
        {
            PretrainedChoice pretrained => PlannedModel.Open(pretrained.Path),
            LlamaChoice llama => PlannedModel.Of(llama.ConfigOf(VocabularyOf(path, recipe.Tokenizer), recipe.Data.SequenceLength, endOfText: 0), TensorType.BF16, path),
            var other => throw new TernException($"{path}: a model of kind {other.GetType().Name} is not planned."),
        };
        return (model, SetupOf(recipe));
    }

    static int VocabularyOf(string path, TokenizerChoice choice) => choice switch
    {
        TrainedBpe bpe => bpe.VocabSize,
        TokenizerFile { Path: { } file } => (TokenizerFiles.Load(file) ?? throw new TernException($"{file}: there is no tokenizer.")).VocabSize,
        _ => throw new TernException($"{path}: tokenizer.path is missing."),
    };

    static TrainingSetup SetupOf(Recipe recipe) => new()
    {
        Optimizer = new OptimizerMemory(RecipeKinds.All.First(kind => kind.Type == recipe.Optimizer.GetType()).Name + " of the recipe", weight => recipe.Optimizer.StateBytes([.. weight.Shape], RoleOf(weight))) { WorkspaceBytes = weight => recipe.Optimizer.WorkspaceBytes([.. weight.Shape], RoleOf(weight)) },
        Precision = recipe.Precision is Float32Precision ? TrainingPrecision.Float32 : TrainingPrecision.BFloat16,
        SequenceLength = recipe.Data.SequenceLength,
        MicroBatch = recipe.Batch.MicroBatch > 0 ? recipe.Batch.MicroBatch : recipe.Batch.Sequences,
        Accumulates = recipe.Batch.MicroBatch > 0 && recipe.Batch.MicroBatch < recipe.Batch.Sequences,
        Recomputation = recipe.PerLayerUpdates ? Recomputation.PerLayerUpdates : recipe.ActivationCheckpointing ? Recomputation.Checkpointing : Recomputation.None,
        Average = recipe.EmaDecay > 0,
        GradientNoise = recipe.GradientNoise is not null,
        MaskDocuments = recipe.Data.MaskDocuments,
        Dropout = recipe.Model is LlamaChoice { Dropout: > 0 } or PretrainedChoice { Dropout: > 0 },
        RoundsWeights = recipe.Quantization?.WeightBits is not null,
        RoundsActivations = recipe.Quantization?.ActivationBits is not null,
        RoundsKeysAndValues = recipe.Quantization?.KvBits is not null,
    };

    static ParameterRole RoleOf(PlannedTensor weight) =>
        weight.Shape.Count < 2 ? ParameterRole.Vector : weight.IsEmbedding ? ParameterRole.Embedding : weight.IsTable ? ParameterRole.Output : ParameterRole.Matrix;
}
