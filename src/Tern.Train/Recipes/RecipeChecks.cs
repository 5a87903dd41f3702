using Tern.Models;
using Tern.Train.Adapters;
using Tern.Train.Optimizers;
using Tern.Train.Precision;
using Tern.Train.Schedules;

namespace Tern.Train.Recipes;

/// <summary>Something wrong with a value.</summary>
/// <param name="Key">Its path: "model.heads".</param>
/// <param name="Problem">What is wrong and what to do, to be read after the key.</param>
public sealed record RecipeProblem(string Key, string Problem)
{
    public override string ToString() => $"{Key} {Problem}";
}

/// <summary>Whether the values of a recipe make sense, alone and together, as far as that can be told without opening a file.</summary>
public static class RecipeChecks
{
    /// <exception cref="TernException">Something is wrong; the message has a line for each problem.</exception>
    public static void Check(Recipe recipe)
    {
        var problems = string.Join('\n', Problems(recipe));
        if (problems.Length > 0) throw new TernException(problems);
    }

    /// <summary>Everything that is wrong; empty for a good recipe.</summary>
    public static IEnumerable<RecipeProblem> Problems(Recipe recipe) =>
    [
        .. Run(recipe),
        .. Model(recipe.Model),
        .. Tokenizer(recipe),
        .. Data(recipe),
        .. Adapter(recipe),
        .. Optimization(recipe),
        .. Quantization(recipe),
        .. Noise(recipe),
        .. Batch(recipe.Batch),
        .. Reports(recipe),
    ];

    static IEnumerable<RecipeProblem> Run(Recipe recipe)
    {
        if (string.IsNullOrWhiteSpace(recipe.Output)) yield return new("output", "is empty; name the folder of the run.");
        var lengths = new[] { recipe.Steps is not null, recipe.Tokens is not null, recipe.Epochs is not null }.Count(given => given);
        if (lengths == 0) yield return new("steps", "is missing: say how long to train with one of steps, tokens and epochs.");
        if (lengths > 1) yield return new(recipe.Steps is null ? "tokens" : "steps", "is one length too many: give exactly one of steps, tokens and epochs.");
        if (recipe.Steps <= 0) yield return Positive("steps");
        if (recipe.Tokens <= 0) yield return Positive("tokens");
        if (recipe.Epochs is { } epochs && !(epochs > 0)) yield return Positive("epochs");
    }

    static IEnumerable<RecipeProblem> Model(ModelChoice model) => model switch
    {
        LlamaChoice llama => Llama(llama),
        PretrainedChoice pretrained => Pretrained(pretrained),
        _ => [],
    };

    static IEnumerable<RecipeProblem> Llama(LlamaChoice model)
    {
        if (model.HiddenSize <= 0) yield return Positive("model.hidden_size");
        if (model.Layers <= 0) yield return Positive("model.layers");
        if (model.Heads <= 0) yield return Positive("model.heads");
        if (model.IntermediateSize < 0) yield return NotNegative("model.intermediate_size");
        if (model.KeyValueHeads < 0) yield return NotNegative("model.key_value_heads");
        if (model.HiddenSize > 0 && model.Heads > 0)
        {
            if (model.HiddenSize % model.Heads != 0)
                yield return new("model.heads", $"must divide the hidden size: {model.HiddenSize} is not a multiple of {model.Heads}.");
            else if (model.HiddenSize / model.Heads % 2 != 0)
                yield return new("model.heads", $"makes heads of {model.HiddenSize / model.Heads} dimensions; rotary positions need an even number.");
        }
        if (model.Heads > 0 && model.KeyValueHeads > 0 && model.Heads % model.KeyValueHeads != 0)
            yield return new("model.key_value_heads", $"must divide the heads: {model.Heads} is not a multiple of {model.KeyValueHeads}.");
        if (!(model.RopeTheta > 0)) yield return Positive("model.rope_theta");
        if (!(model.NormEps > 0)) yield return Positive("model.norm_eps");
        if (!(model.InitializerRange > 0)) yield return Positive("model.initializer_range");
        if (!IsFraction(model.Dropout)) yield return Fraction("model.dropout");
    }

    static IEnumerable<RecipeProblem> Pretrained(PretrainedChoice model)
    {
        if (string.IsNullOrWhiteSpace(model.Path)) yield return new("model.path", "is empty; name a model folder or file.");
        if (!IsFraction(model.Dropout)) yield return Fraction("model.dropout");
    }

    static IEnumerable<RecipeProblem> Tokenizer(Recipe recipe)
    {
        if (recipe.Tokenizer is TokenizerFile { Path: null } && recipe.Model is not PretrainedChoice)
            yield return new("tokenizer.path", "is missing: only a pretrained model brings its tokenizer along.");
        if (recipe.Tokenizer is TokenizerFile { Path: { } path } && string.IsNullOrWhiteSpace(path)) yield return new("tokenizer.path", "is empty.");
        if (recipe.Tokenizer is not TrainedBpe bpe) yield break;
        if (bpe.SpecialTokens.Count == 0) yield return new("tokenizer.special_tokens", "is empty; the first one separates documents, so there must be one.");
        if (bpe.SpecialTokens.Any(string.IsNullOrEmpty)) yield return new("tokenizer.special_tokens", "has an empty one.");
        if (bpe.SpecialTokens.Distinct().Count() != bpe.SpecialTokens.Count) yield return new("tokenizer.special_tokens", "has one of them twice.");
        if (bpe.VocabSize < 256 + bpe.SpecialTokens.Count)
            yield return new("tokenizer.vocab_size", $"must be at least {256 + bpe.SpecialTokens.Count}: 256 bytes and the special tokens.");
    }

    static IEnumerable<RecipeProblem> Data(Recipe recipe)
    {
        var data = recipe.Data;
        if (data.Sources.Count == 0) yield return new("data.sources", "is empty; name the files to train on.");
        if (data.Sources.Any(source => source.Weight is null) && data.Sources.Any(source => source.Weight is not null))
            yield return new("data.sources", "have weights in part; give every source a weight, or none.");
        for (var i = 0; i < data.Sources.Count; i++)
            foreach (var problem in Source(data.Sources[i], $"data.sources.{i}")) yield return problem;
        if (data.SequenceLength <= 0) yield return Positive("data.sequence_length");
        if (recipe.Objective is ChatObjective)
            for (var i = 0; i < data.Sources.Count; i++)
                foreach (var problem in ChatSource(data.Sources[i], $"data.sources.{i}")) yield return problem;
        if (!(data.HeldOut is > 0 and < 0.5)) yield return new("data.held_out", "must be above 0 and below 0.5.");
    }

    static IEnumerable<RecipeProblem> Source(DataSource source, string key)
    {
        if (string.IsNullOrWhiteSpace(source.Path)) yield return new($"{key}.path", "is empty; name a file or a pattern such as books/*.txt.");
        if (source.Weight is { } weight && !(weight > 0)) yield return Positive($"{key}.weight");
        if (source.Format is not (null or "text" or "jsonl" or "parquet")) yield return new($"{key}.format", $"must be text, jsonl or parquet, not '{source.Format}'.");
    }

    static IEnumerable<RecipeProblem> ChatSource(DataSource source, string key)
    {
        if (source.Format is not (null or "jsonl")) yield return new($"{key}.format", $"must be jsonl for conversations, not '{source.Format}'.");
        if (source.Field is not null) yield return new($"{key}.field", "is for text; conversations have keys of their own.");
        if (source.DocumentSeparator is not null) yield return new($"{key}.document_separator", "is for text files; conversations stand one a line.");
    }

    static IEnumerable<RecipeProblem> Adapter(Recipe recipe)
    {
        if (recipe.Adapter is not Lora lora) yield break;
        if (lora.Rank <= 0) yield return Positive("adapter.rank");
        if (!(lora.Alpha > 0)) yield return Positive("adapter.alpha");
        if (!IsFraction(lora.Dropout)) yield return Fraction("adapter.dropout");
        if (lora.Targets.Names is [] || lora.Targets.Names?.Any(string.IsNullOrWhiteSpace) == true || lora.Targets.Pattern is "")
            yield return new("adapter.targets", "is empty; name modules such as q_proj, or all-linear.");
        if (lora.ModulesToSave.Any(string.IsNullOrWhiteSpace)) yield return new("adapter.modules_to_save", "has an empty name.");
        if (lora.RestartEvery < 0) yield return NotNegative("adapter.restart_every");
        if (lora.RestartWarmup < 0) yield return NotNegative("adapter.restart_warmup");
        if (lora.RestartWarmup > 0 && lora.RestartWarmup >= lora.RestartEvery)
            yield return new("adapter.restart_warmup", $"must be fewer than the {lora.RestartEvery} steps of restart_every, not {lora.RestartWarmup}.");
        if (lora.RestartEvery > 0 && recipe.EmaDecay > 0) yield return new("ema_decay", "averages weights that adapter.restart_every begins anew; leave one of the two out.");
    }

    static IEnumerable<RecipeProblem> Optimization(Recipe recipe)
    {
        if (!(recipe.Optimizer.LearningRate > 0)) yield return Positive("optimizer.learning_rate");
        if (!(recipe.Optimizer.WeightDecay >= 0)) yield return NotNegative("optimizer.weight_decay");
        if (!(recipe.Objective.ZLoss >= 0)) yield return NotNegative("objective.z_loss");
        if (!(recipe.ClipGradientNorm >= 0)) yield return NotNegative("clip_gradient_norm");
        if (recipe.PerLayerUpdates && recipe.ClipGradientNorm > 0)
            yield return new("clip_gradient_norm", "must be 0 with per_layer_updates: the first weights change before the norm over all gradients is known.");
        if (recipe.PerLayerUpdates && recipe.Batch.SequencesAtOnce < recipe.Batch.Sequences && recipe.Optimizer is not GaLore)
            yield return new("batch.micro_batch", "must be 0 with per_layer_updates: of the optimisers only galore adds up the gradients of micro-batches in less memory than they take.");
        if (recipe.PerLayerUpdates && recipe.Adapter is not null) yield return new("per_layer_updates", "must be left out with an adapter, whose gradients are few.");
        if (!IsFraction(recipe.EmaDecay)) yield return Fraction("ema_decay");

        if (recipe.Schedule.WarmupSteps < 0) yield return NotNegative("schedule.warmup_steps");
        if (recipe.Schedule.Steps <= recipe.Schedule.WarmupSteps) yield return new("schedule.steps", $"must be more than the {recipe.Schedule.WarmupSteps} steps of warmup_steps, not {recipe.Schedule.Steps}.");
        if (KnownSteps(recipe) is { } steps && recipe.Schedule.WarmupSteps >= steps)
            yield return new("schedule.warmup_steps", $"must be fewer than the {steps} steps of the run, not {recipe.Schedule.WarmupSteps}.");
        if (recipe.Schedule.WarmupFrom is { } from && !(from is >= 0 and <= 1)) yield return new("schedule.warmup_from", "must be between 0 and 1: it is a part of the peak learning rate.");
        double final = recipe.Schedule switch
        {
            LinearSchedule linear => linear.Final,
            CosineSchedule cosine => cosine.Final,
            WarmupStableDecaySchedule stable => stable.Final,
            _ => 0,
        };
        if (!(final is >= 0 and <= 1)) yield return new("schedule.final", "must be between 0 and 1: it is a part of the peak learning rate.");
        if (recipe.Schedule is WarmupStableDecaySchedule wsd && !(wsd.DecayFraction is > 0 and <= 1))
            yield return new("schedule.decay_fraction", "must be above 0 and at most 1.");
    }

    /// <summary>Steps of the run where they do not depend on the size of the data.</summary>
    static long? KnownSteps(Recipe recipe)
    {
        if (recipe.Steps is > 0) return recipe.Steps;
        return recipe is { Tokens: > 0 and var tokens, TokensPerStep: > 0 and var perStep } ? (tokens - 1) / perStep + 1 : null;
    }

    static IEnumerable<RecipeProblem> Quantization(Recipe recipe)
    {
        if (recipe.Quantization is not { } rounding) yield break;
        if (IsNoGrid(rounding.WeightBits)) yield return Bits("quantization.weight_bits");
        if (IsNoGrid(rounding.ActivationBits)) yield return Bits("quantization.activation_bits");
        if (IsNoGrid(rounding.KvBits)) yield return Bits("quantization.kv_bits");
        if (recipe.Adapter is not null) yield return new("quantization", "rounds weights that an adapter leaves frozen; leave one of the two out.");
    }

    static IEnumerable<RecipeProblem> Noise(Recipe recipe)
    {
        if (recipe.GradientNoise is not { } noise) yield break;
        if (noise.Every <= 0) yield return Positive("gradient_noise.every");
        if (recipe.Batch is { Sequences: > 0, MicroBatch: >= 0 } batch && 2 * batch.SequencesAtOnce > batch.Sequences)
            yield return new("gradient_noise", "compares the gradients of micro-batches: set batch.micro_batch to half of batch.sequences or less.");
        if (recipe.PerLayerUpdates) yield return new("gradient_noise", "needs whole gradients, which per_layer_updates drops; leave one of the two out.");
    }

    static bool IsNoGrid(int? bits) => bits is < SymmetricGrid.MinBits or > SymmetricGrid.MaxBits;

    static RecipeProblem Bits(string key) => new(key, $"must be between {SymmetricGrid.MinBits} and {SymmetricGrid.MaxBits}.");

    static IEnumerable<RecipeProblem> Batch(BatchChoice batch)
    {
        if (batch.Sequences <= 0) yield return Positive("batch.sequences");
        if (batch.MicroBatch < 0) yield return NotNegative("batch.micro_batch");
        if (batch is { Sequences: > 0, MicroBatch: > 0 } && batch.Sequences % batch.MicroBatch != 0)
            yield return new("batch.micro_batch", $"must divide the batch: {batch.Sequences} sequences are not a multiple of {batch.MicroBatch}.");
    }

    static IEnumerable<RecipeProblem> Reports(Recipe recipe)
    {
        var evaluation = recipe.Evaluation;
        if (evaluation.Every < 0) yield return NotNegative("evaluation.every");
        if (evaluation.Sequences < 0) yield return NotNegative("evaluation.sequences");
        if (evaluation.SampleTokens <= 0) yield return Positive("evaluation.sample_tokens");
        if (evaluation.Patience < 0) yield return NotNegative("evaluation.patience");
        if (evaluation is { Every: 0, Patience: > 0 }) yield return new("evaluation.patience", "counts evaluations, but evaluation.every is 0.");
        if (evaluation.StopBelow is { } target && !(target > 0)) yield return Positive("evaluation.stop_below");
        if (evaluation is { Every: 0, StopBelow: not null }) yield return new("evaluation.stop_below", "is looked at in evaluations, but evaluation.every is 0.");
        for (var i = 0; i < evaluation.PostTrainingBits.Count; i++)
            if (IsNoGrid(evaluation.PostTrainingBits[i])) yield return Bits($"evaluation.post_training_bits.{i}");
        if (evaluation.PostTrainingBits.Distinct().Count() < evaluation.PostTrainingBits.Count) yield return new("evaluation.post_training_bits", "has a number twice.");
        if (evaluation.PostTrainingBits.Count > 0 && recipe.Adapter is not null)
            yield return new("evaluation.post_training_bits", "rounds weights, which an adapter leaves as they are; leave one of the two out.");
        if (recipe.Checkpoints.Every < 0) yield return NotNegative("checkpoints.every");
        if (recipe.Checkpoints.Keep <= 0) yield return Positive("checkpoints.keep");
        if (recipe.Log.Every <= 0) yield return Positive("log.every");
    }

    static bool IsFraction(double value) => value is >= 0 and < 1;

    static RecipeProblem Positive(string key) => new(key, "must be above 0.");

    static RecipeProblem NotNegative(string key) => new(key, "must not be negative.");

    static RecipeProblem Fraction(string key) => new(key, "must be at least 0 and below 1.");
}
