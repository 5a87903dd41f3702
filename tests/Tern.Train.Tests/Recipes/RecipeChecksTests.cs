using Tern.Models;
using Tern.Train.Adapters;
using Tern.Train.Optimizers;
using Tern.Train.Precision;
using Tern.Train.Recipes;
using Tern.Train.Schedules;

namespace Tern.Train.Tests.Recipes;

public class RecipeChecksTests
{
    static readonly Recipe Good = RecipeFile.Parse(RecipeTexts.Least, "r.yaml");

    static readonly LlamaChoice Llama = (LlamaChoice)Good.Model;

    static readonly Recipe Tokens = Good with { Steps = null, Tokens = 512 * 32 * 10 };

    public static TheoryData<string, Recipe> Bad { get; } = new()
    {
        { "output", Good with { Output = " " } },
        { "steps", Good with { Steps = null } },
        { "steps", Good with { Tokens = 5 } },
        { "tokens", Good with { Steps = null, Tokens = 5, Epochs = 1 } },
        { "steps", Good with { Steps = 0 } },
        { "tokens", Good with { Steps = null, Tokens = -1 } },
        { "epochs", Good with { Steps = null, Epochs = double.NaN } },
        { "model.hidden_size", Good with { Model = Llama with { HiddenSize = 0 } } },
        { "model.layers", Good with { Model = Llama with { Layers = 0 } } },
        { "model.heads", Good with { Model = Llama with { Heads = -1 } } },
        { "model.heads", Good with { Model = Llama with { Heads = 64 } } },
        { "model.key_value_heads", Good with { Model = Llama with { KeyValueHeads = 3 } } },
        { "model.key_value_heads", Good with { Model = Llama with { KeyValueHeads = 8 } } },
        { "model.dropout", Good with { Model = Llama with { Dropout = 1 } } },
        { "model.rope_theta", Good with { Model = Llama with { RopeTheta = 0 } } },
        { "model.path", Good with { Model = new PretrainedChoice { Path = "" } } },
        { "tokenizer.path", Good with { Tokenizer = new TokenizerFile() } },
        { "tokenizer.vocab_size", Good with { Tokenizer = new TrainedBpe { VocabSize = 256 } } },
        { "tokenizer.special_tokens", Good with { Tokenizer = new TrainedBpe { VocabSize = 512, SpecialTokens = ["a", "a"] } } },
        { "tokenizer.special_tokens", Good with { Tokenizer = new TrainedBpe { VocabSize = 512, SpecialTokens = [] } } },
        { "data.sources", Good with { Data = new DataChoice { Sources = [] } } },
        { "data.sources", Good with { Data = new DataChoice { Sources = [new() { Path = "a", Weight = 1 }, new() { Path = "b" }] } } },
        { "data.sources.0.weight", Good with { Data = new DataChoice { Sources = [new() { Path = "a", Weight = 0 }] } } },
        { "data.sources.0.format", Good with { Data = new DataChoice { Sources = [new() { Path = "a", Format = "csv" }] } } },
        { "data.sequence_length", Good with { Data = Good.Data with { SequenceLength = 0 } } },
        { "data.held_out", Good with { Data = Good.Data with { HeldOut = 0 } } },
        { "data.held_out", Good with { Data = Good.Data with { HeldOut = 0.5 } } },
        { "optimizer.learning_rate", Good with { Optimizer = new AdamW { LearningRate = 0 } } },
        { "optimizer.weight_decay", Good with { Optimizer = new AdamW { WeightDecay = -1 } } },
        { "objective.z_loss", Good with { Objective = new NextTokenObjective { ZLoss = -1 } } },
        { "schedule.warmup_steps", Good with { Schedule = new ConstantSchedule { WarmupSteps = 100 } } },
        { "schedule.warmup_steps", Tokens with { Schedule = new ConstantSchedule { WarmupSteps = 10 } } },
        { "schedule.warmup_from", Good with { Schedule = new ConstantSchedule { WarmupFrom = 1.1 } } },
        { "schedule.final", Good with { Schedule = new LinearSchedule { Final = 2 } } },
        { "schedule.decay_fraction", Good with { Schedule = new WarmupStableDecaySchedule { DecayFraction = 0 } } },
        { "clip_gradient_norm", Good with { ClipGradientNorm = -1 } },
        { "clip_gradient_norm", Good with { PerLayerUpdates = true } },
        { "batch.micro_batch", Good with { PerLayerUpdates = true, ClipGradientNorm = 0, Batch = new() { Sequences = 32, MicroBatch = 8 } } },
        { "ema_decay", Good with { EmaDecay = 1 } },
        { "quantization.weight_bits", Good with { Quantization = new FakeQuantization { WeightBits = 0 } } },
        { "quantization.activation_bits", Good with { Quantization = new FakeQuantization { ActivationBits = 17 } } },
        { "quantization.kv_bits", Good with { Quantization = new FakeQuantization { KvBits = -1 } } },
        { "quantization", Good with { Quantization = new FakeQuantization { WeightBits = 4 }, Adapter = new Lora() } },
        { "gradient_noise", Good with { GradientNoise = new() } },
        { "gradient_noise", Good with { GradientNoise = new(), Batch = new() { Sequences = 32, MicroBatch = 32 } } },
        { "gradient_noise.every", Good with { GradientNoise = new() { Every = 0 }, Batch = new() { Sequences = 32, MicroBatch = 16 } } },
        { "gradient_noise", Good with { GradientNoise = new(), Batch = new() { Sequences = 32, MicroBatch = 8 }, PerLayerUpdates = true, ClipGradientNorm = 0, Optimizer = new GaLore() } },
        { "batch.sequences", Good with { Batch = new() { Sequences = 0 } } },
        { "batch.micro_batch", Good with { Batch = new() { Sequences = 32, MicroBatch = 5 } } },
        { "evaluation.every", Good with { Evaluation = new() { Every = -1 } } },
        { "evaluation.patience", Good with { Evaluation = new() { Every = 0, Patience = 1 } } },
        { "evaluation.stop_below", Good with { Evaluation = new() { StopBelow = 0 } } },
        { "evaluation.stop_below", Good with { Evaluation = new() { Every = 0, StopBelow = 3 } } },
        { "evaluation.post_training_bits.1", Good with { Evaluation = new() { PostTrainingBits = [2, 0] } } },
        { "evaluation.post_training_bits", Good with { Evaluation = new() { PostTrainingBits = [2, 2] } } },
        { "evaluation.post_training_bits", Good with { Evaluation = new() { PostTrainingBits = [2] }, Adapter = new Lora() } },
        { "checkpoints.keep", Good with { Checkpoints = new() { Keep = 0 } } },
        { "log.every", Good with { Log = new() { Every = 0 } } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_value_that_makes_no_sense_is_named(string key, Recipe recipe)
    {
        Assert.Equal(key, Assert.Single(RecipeChecks.Problems(recipe)).Key);
        Assert.StartsWith(key + " ", Assert.Throws<TernException>(() => RecipeChecks.Check(recipe)).Message);
    }

    [Fact]
    public void Good_recipes_pass()
    {
        RecipeChecks.Check(Good);
        RecipeChecks.Check(Tokens with { Schedule = new ConstantSchedule { WarmupSteps = 9 } });
        RecipeChecks.Check(Tokens with { Tokens = Tokens.Tokens + 1, Schedule = new ConstantSchedule { WarmupSteps = 10 } });   // 11 steps: the last one is rounded up
        RecipeChecks.Check(Good with { Model = new PretrainedChoice { Path = "m" }, Tokenizer = new TokenizerFile() });
        RecipeChecks.Check(Good with { Batch = new() { Sequences = 32, MicroBatch = 8 } });
        RecipeChecks.Check(Good with { PerLayerUpdates = true, ClipGradientNorm = 0 });
        RecipeChecks.Check(Good with { PerLayerUpdates = true, ClipGradientNorm = 0, Batch = new() { Sequences = 32, MicroBatch = 8 }, Optimizer = new GaLore() });
    }
}
