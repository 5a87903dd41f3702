using System.Globalization;
using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>A plan as a recipe of tern train.</summary>
public static class TrainingRecipe
{
    /// <summary>Learning rate by size: 0.003239 - 0.0001395 ln N (Kaplan et al. 2020, arXiv 2001.08361, appendix D.6, from memory), which ends near ten billion parameters; never below the least.</summary>
    const double LearningRateIntercept = 0.003239, LearningRateSlope = 0.0001395, LeastLearningRate = 1e-4;

    /// <summary>Steps of warm-up: a hundredth of all, between these.</summary>
    const long LeastWarmUp = 10, MostWarmUp = 2000, WarmUpShare = 100;

    /// <summary>Tokens that pass through the model at once, at most.</summary>
    const long MicroBatchTokens = 4096;

    /// <summary>Significant bits of bfloat16, the hidden one included.</summary>
    const int MantissaBits = 8;

    /// <summary>Evaluations and checkpoints of a run.</summary>
    const long Looks = 50;

    /// <summary>YAML, with the plan's numbers beside what follows from them. Steps are D over the tokens of a step, as the batch of the plan is one.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="dataPath">Text to train on, such as text/*.txt.</param>
    public static string ToYaml(PlanAnswer plan, string dataPath)
    {
        var (shape, batch) = (plan.Shape, plan.Batch);
        var every = Math.Max(1, batch.Steps / Looks);
        var rate = Math.Max(LeastLearningRate, LearningRateIntercept - (LearningRateSlope * Math.Log(shape.Parameters)));
        var micro = MicroBatch(batch.Sequences, batch.SequenceTokens);
        return string.Create(CultureInfo.InvariantCulture, $"""
            # By tern plan: {plan.Question}.
            # {plan.Parameters.Value:G4} parameters, {plan.Tokens.Value:G4} tokens, {plan.TokensPerParameter.Value:G4} for each parameter; predicted loss {plan.Loss.Value:F4} nats per token by the law {plan.Law.Name}.
            # tern train this.yaml --set data.sources.0.path=text.txt
            output: runs/plan
            seed: 1
            model:
              name: llama
              hidden_size: {shape.HiddenSize}      # {shape.Parameters:N0} parameters with these shapes
              layers: {shape.Layers}
              heads: {shape.Heads}
              tie_embeddings: {(shape.TiedEmbeddings ? "true" : "false")}
            tokenizer:
              name: train_bpe
              vocab_size: {shape.VocabularySize}
            data:
              sequence_length: {batch.SequenceTokens}
              held_out: 0.01
              sources:
                - path: {Quoted(dataPath)}
            optimizer:
              name: adamw
              learning_rate: {rate:G3}
              beta2: 0.95
              weight_decay: 0.1
            schedule:
              name: cosine
              warmup_steps: {Math.Min(batch.Steps, Math.Clamp(batch.Steps / WarmUpShare, LeastWarmUp, MostWarmUp))}
            batch:
              sequences: {batch.Sequences}      # {batch.Sequences * batch.SequenceTokens:N0} tokens; the critical batch is {batch.CriticalBatchTokens:N0}
              micro_batch: {micro}
            steps: {batch.Steps}
            {Precision(plan.Precision)}
            evaluation:
              every: {every}{PostTraining(plan.Precision)}
            checkpoints:
              every: {every}

            """).ReplaceLineEndings("\n");
    }

    /// <summary>Matrix products in bfloat16, unless the grid of the bits is finer than its 8; with the rounding of the forward pass where bits of training were chosen.</summary>
    static string Precision(PrecisionPlan plan)
    {
        if (plan.TrainingBits is not { } bits || bits >= PrecisionOptimum.FullBits) return "precision: { name: bfloat16 }";
        var whole = (int)Math.Round(bits);
        return string.Create(CultureInfo.InvariantCulture, $$"""
            precision: { name: {{(whole > MantissaBits ? "float32" : "bfloat16")}} }
            quantization: { weight_bits: {{whole}}, activation_bits: {{whole}}, kv_bits: {{whole}} }
            """).ReplaceLineEndings("\n");
    }

    /// <summary>The held-out loss of the weights in the bits in which they are served.</summary>
    static string PostTraining(PrecisionPlan plan) => plan.ServingBits is { } bits && bits < (plan.TrainingBits ?? PrecisionOptimum.FullBits)
        ? string.Create(CultureInfo.InvariantCulture, $"\n  post_training_bits: [{(int)Math.Round(bits)}]")
        : "";

    /// <summary>The largest power of two of sequences that has no more tokens, at least one; it divides the batch, which is one, too.</summary>
    static long MicroBatch(long sequences, int sequenceTokens) =>
        Math.Min(sequences, (long)Math.Pow(2, Math.Floor(Math.Log2(Math.Max(1, MicroBatchTokens / sequenceTokens)))));

    static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
