using Tern.Models.Configs;
using Tern.Train.Adapters;
using Tern.Train.Noise;
using Tern.Train.Optimizers;
using Tern.Train.Precision;
using Tern.Train.Schedules;
using static TorchSharp.torch;

namespace Tern.Train.Recipes;

/// <summary>
/// A whole training run. In YAML the keys are those of the records in snake_case; a part of which there are several kinds names its kind with the key
/// <c>name</c> (<c>optimizer: { name: soap, learning_rate: 0.003 }</c>).
/// </summary>
public sealed record Recipe
{
    /// <summary>The folder of the run: checkpoints, metrics, the resolved recipe, the exported model.</summary>
    public required string Output { get; init; }

    public int Seed { get; init; } = 1;

    public required ModelChoice Model { get; init; }

    public required TokenizerChoice Tokenizer { get; init; }

    public required DataChoice Data { get; init; }

    public ObjectiveChoice Objective { get; init; } = new NextTokenObjective();

    /// <summary>What is trained in place of the weights; null: every weight.</summary>
    public AdapterChoice? Adapter { get; init; }

    public OptimizerChoice Optimizer { get; init; } = new AdamW();

    public ScheduleChoice Schedule { get; init; } = new CosineSchedule();

    public PrecisionChoice Precision { get; init; } = new BFloat16Precision();

    /// <summary>What the forward pass rounds to few bits; null: nothing.</summary>
    public FakeQuantization? Quantization { get; init; }

    public BatchChoice Batch { get; init; } = new();

    /// <summary>Optimiser steps of the run. Exactly one of <see cref="Steps"/>, <see cref="Tokens"/> and <see cref="Epochs"/> is given.</summary>
    public long? Steps { get; init; }

    /// <summary>Tokens to train on; rounded up to whole steps.</summary>
    public long? Tokens { get; init; }

    /// <summary>Passes over the training data; rounded up to whole steps.</summary>
    public double? Epochs { get; init; }

    /// <summary>The norm over all gradients is cut to this; 0 for never.</summary>
    public double ClipGradientNorm { get; init; } = 1;

    /// <summary>Decay of an exponential average of the weights, corrected for its beginning, which is evaluated and exported in their place; 0 for none.</summary>
    public double EmaDecay { get; init; }

    /// <summary>Keeps only the input of each layer and computes the rest again in the backward pass: a third more work for a fraction of the memory.</summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Changes the weights of a layer as soon as the backward pass has their gradients, and drops these. Layers are computed again as with <see cref="ActivationCheckpointing"/>.</summary>
    public bool PerLayerUpdates { get; init; }

    /// <summary>Measuring how noisy gradients are; null: not measured.</summary>
    public GradientNoiseChoice? GradientNoise { get; init; }

    public EvaluationChoice Evaluation { get; init; } = new();

    public CheckpointChoice Checkpoints { get; init; } = new();

    public LogChoice Log { get; init; } = new();

    /// <summary>Tokens that an optimiser step reads.</summary>
    internal long TokensPerStep => (long)Batch.Sequences * Data.SequenceLength;

    /// <summary>The backward pass computes each layer again.</summary>
    internal bool RecomputesLayers => ActivationCheckpointing || PerLayerUpdates;
}

/// <summary>What is trained.</summary>
public abstract record ModelChoice;

/// <summary>A Llama from random weights, N(0, <see cref="InitializerRange"/>), output projections of attention and feed-forward divided by sqrt(2 layers).</summary>
public sealed record LlamaChoice : ModelChoice
{
    public required int HiddenSize { get; init; }

    /// <summary>0: 8/3 of the hidden size, rounded up to a multiple of 64.</summary>
    public int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>0: as many as heads.</summary>
    public int KeyValueHeads { get; init; }

    public bool TieEmbeddings { get; init; }

    public double RopeTheta { get; init; } = 10_000;

    public double NormEps { get; init; } = 1e-5;

    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Of the outputs of attention and feed-forward, while training.</summary>
    public double Dropout { get; init; }

    /// <summary>The configuration of this Llama.</summary>
    /// <param name="vocabSize">Of the tokenizer.</param>
    /// <param name="length">Positions.</param>
    /// <param name="endOfText">The token between documents.</param>
    public LlamaConfig ConfigOf(int vocabSize, int length, int endOfText) => new()
    {
        VocabSize = vocabSize,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize > 0 ? IntermediateSize : (HiddenSize * 8 / 3 + 63) / 64 * 64,
        NumHiddenLayers = Layers,
        NumAttentionHeads = Heads,
        NumKeyValueHeads = KeyValueHeads > 0 ? KeyValueHeads : Heads,
        HeadDim = HiddenSize / Heads,
        MaxPositionEmbeddings = length,
        RmsNormEps = NormEps,
        RopeTheta = RopeTheta,
        TieWordEmbeddings = TieEmbeddings,
        BosTokenId = endOfText,
        EosTokenIds = [endOfText],
    };
}

/// <summary>A model on disk, trained further.</summary>
public sealed record PretrainedChoice : ModelChoice
{
    /// <summary>Any folder or file that Tern reads.</summary>
    public required string Path { get; init; }

    /// <summary>Of the outputs of attention and feed-forward, while training.</summary>
    public double Dropout { get; init; }
}

/// <summary>Where the tokenizer comes from.</summary>
public abstract record TokenizerChoice;

/// <summary>The tokenizer of a model folder or a tokenizer file.</summary>
public sealed record TokenizerFile : TokenizerChoice
{
    /// <summary>Null: that of the pretrained model.</summary>
    public string? Path { get; init; }
}

/// <summary>A byte-level BPE learned from the training text.</summary>
public sealed record TrainedBpe : TokenizerChoice
{
    public required int VocabSize { get; init; }

    /// <summary>Their ids come first; the first one separates documents and ends texts.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];
}

/// <summary>The text, and how it becomes sequences.</summary>
public sealed record DataChoice
{
    public required IReadOnlyList<DataSource> Sources { get; init; }

    /// <summary>Tokens that a sequence has as input.</summary>
    public int SequenceLength { get; init; } = 512;

    /// <summary>Part of each source's documents (of its tokens, where documents are few) that is never trained on.</summary>
    public double HeldOut { get; init; } = 0.01;

    /// <summary>Sequences in a new order every epoch; false: in the order of the files.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Attention stays within a document; false: it reads whatever stands before.</summary>
    public bool MaskDocuments { get; init; } = true;

    /// <summary>Where tokenised shards are kept; null: &lt;output&gt;/tokens.</summary>
    public string? Cache { get; init; }
}

/// <summary>Files of one kind.</summary>
public sealed record DataSource
{
    /// <summary>A file, or a pattern such as <c>books/*.txt</c>.</summary>
    public required string Path { get; init; }

    /// <summary>How often its sequences are drawn, relative to the other sources; null for all: in proportion to their tokens.</summary>
    public double? Weight { get; init; }

    /// <summary>"text", "jsonl", "parquet"; null: by the ending of the file.</summary>
    public string? Format { get; init; }

    /// <summary>The key or column of JSONL and Parquet that holds the text.</summary>
    public string? Field { get; init; }

    /// <summary>Text files: the line or token that separates documents; null: a file is a document.</summary>
    public string? DocumentSeparator { get; init; }

    /// <summary>Text files: joins the lines of paragraphs that were broken at a fixed width, as Project Gutenberg's are; verse keeps its lines.</summary>
    public bool Unwrap { get; init; }
}

/// <summary>What the loss is.</summary>
public abstract record ObjectiveChoice
{
    /// <summary>Weight of the squared logarithm of the softmax's denominator (Chowdhery et al. 2022, arXiv 2204.02311).</summary>
    public double ZLoss { get; init; }
}

/// <summary>Cross-entropy of every next token.</summary>
public sealed record NextTokenObjective : ObjectiveChoice;

/// <summary>
/// Cross-entropy of the assistant's answers in conversations, with the mark that ends each of them (supervised fine-tuning). Sources are JSON lines with messages, conversations, prompt and completion, or
/// instruction and output.
/// </summary>
public sealed record ChatObjective : ObjectiveChoice
{
    /// <summary>A file with a chat template (Jinja); null: that of the pretrained model, or ChatML where its tokenizer has the marks.</summary>
    public string? Template { get; init; }
}

/// <summary>The types in which is computed. Weights, gradients and optimiser state are float32 throughout.</summary>
public abstract record PrecisionChoice
{
    /// <summary>Of matrix products and attention.</summary>
    public abstract ScalarType ComputeType { get; }
}

/// <summary>Everything in float32.</summary>
public sealed record Float32Precision : PrecisionChoice
{
    public override ScalarType ComputeType => ScalarType.Float32;
}

/// <summary>Matrix products and attention in bfloat16; norms, softmax of the loss and the master weights in float32.</summary>
public sealed record BFloat16Precision : PrecisionChoice
{
    public override ScalarType ComputeType => ScalarType.BFloat16;
}

/// <summary>How many sequences a step reads.</summary>
public sealed record BatchChoice
{
    /// <summary>Of an optimiser step.</summary>
    public int Sequences { get; init; } = 32;

    /// <summary>That pass through the model at once; gradients are accumulated. 0: all of the step.</summary>
    public int MicroBatch { get; init; }

    /// <summary>Sequences that pass through the model at once.</summary>
    internal int SequencesAtOnce => MicroBatch > 0 ? MicroBatch : Sequences;
}

/// <summary>Looking at held-out text, and at what the model says.</summary>
public sealed record EvaluationChoice
{
    /// <summary>Steps between evaluations; 0: only at the end.</summary>
    public int Every { get; init; } = 200;

    /// <summary>Held-out sequences that are read, from the beginning; 0: all.</summary>
    public int Sequences { get; init; } = 64;

    /// <summary>Continued at each evaluation.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>Tokens that each continuation has.</summary>
    public int SampleTokens { get; init; } = 48;

    /// <summary>Ends the run when the held-out loss has not improved for so many evaluations; 0: never. The best weights are exported.</summary>
    public int Patience { get; init; }

    /// <summary>Ends the run when the held-out loss is below this at an evaluation, in nats per target; null: never.</summary>
    public double? StopBelow { get; init; }

    /// <summary>At the end, the held-out loss is also taken with the matrices of attention and feed-forward rounded to each of these numbers of bits.</summary>
    public IReadOnlyList<int> PostTrainingBits { get; init; } = [];
}

/// <summary>What is kept to go on from.</summary>
public sealed record CheckpointChoice
{
    /// <summary>Steps between checkpoints; 0: only at the end and on Ctrl+C.</summary>
    public int Every { get; init; } = 200;

    /// <summary>Older ones are deleted.</summary>
    public int Keep { get; init; } = 2;
}

/// <summary>What is written while training.</summary>
public sealed record LogChoice
{
    /// <summary>Steps between lines.</summary>
    public int Every { get; init; } = 10;

    /// <summary>A TensorBoard event file beside metrics.jsonl.</summary>
    public bool TensorBoard { get; init; } = true;

    /// <summary>report.html, made anew at every evaluation.</summary>
    public bool Report { get; init; } = true;

    /// <summary>Measures at the start what a matrix product reaches on this machine, of which the speed is told as a part (mfu): up to a second.</summary>
    public bool Utilization { get; init; } = true;
}
