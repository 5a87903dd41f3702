using Tern.Train.Optimizers;
using Tern.Train.Recipes;
using Tern.Train.Schedules;

namespace Tern.Papers.Training;

/// <summary>The language model that optimisers are compared on: a Llama with a vocabulary of its own, tied embeddings, cosine to a tenth after a tenth of warm-up, no decay, clipping at 1.</summary>
sealed record SmallModel(int HiddenSize, int Layers, int VocabSize, int SequenceLength, int Sequences, int Steps)
{
    const int HeldOutSequences = 96;

    public int TokensPerStep => Sequences * SequenceLength;

    public Recipe Recipe(OptimizerChoice optimizer) => new()
    {
        Output = "",
        Model = new LlamaChoice { HiddenSize = HiddenSize, Layers = Layers, Heads = HiddenSize / 32, TieEmbeddings = true },
        Tokenizer = new TrainedBpe { VocabSize = VocabSize },
        Data = new DataChoice { Sources = [], SequenceLength = SequenceLength, HeldOut = 0.1, MaskDocuments = false },
        Optimizer = optimizer,
        Schedule = new CosineSchedule { WarmupSteps = Steps / 10 },
        Batch = new BatchChoice { Sequences = Sequences },
        Steps = Steps,
        Precision = new Float32Precision(),
        Evaluation = new EvaluationChoice { Every = Math.Max(1, Steps / 10), Sequences = HeldOutSequences },
        Checkpoints = new CheckpointChoice { Every = 0 },
        Log = new LogChoice { Every = Math.Max(1, Steps / 10), TensorBoard = false },
    };
}
