using Tern.Models.Configs;
using Tern.Models.Tokenizers;
using Tern.Testing;
using Tern.Train.Architectures;
using Tern.Train.Precision;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Architectures;

/// <summary>A Llama of a few thousand weights for tests.</summary>
static class TinyLlama
{
    public static LlamaConfig Config => new()
    {
        VocabSize = 280,
        HiddenSize = 32,
        IntermediateSize = 64,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 8,
        MaxPositionEmbeddings = 64,
        RmsNormEps = 1e-5,
    };

    /// <summary>Of as many entries as the model has embeddings.</summary>
    public static Tokenizer Tokenizer
    {
        get
        {
            using var folder = new TemporaryFolder();
            BpeTrainer.Train(["the cat sat on the mat and the hat sat on the cat that the mat had"], 280, ["<|endoftext|>"]).WriteTokenizerJson(folder["tokenizer.json"]);
            return TokenizerFiles.Load(folder["tokenizer.json"])!;
        }
    }

    /// <summary>Weights large enough that every part of the model shows in the logits.</summary>
    public static Llama Build(ScalarType computeType = ScalarType.Float32, double dropout = 0, LlamaConfig? config = null, FakeQuantization? quantization = null)
    {
        random.manual_seed(5);
        return new Llama(config ?? Config, 64, computeType, dropout, (name, shape, role) => role == Tern.Train.ParameterRole.Vector ? ones(shape) + randn(shape) * 0.1 : randn(shape) * 0.2, quantization);
    }
}
