using Tern.Models.Configs;
using Tern.Train.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Loop;

/// <summary>The weights that a run begins with.</summary>
static class InitialWeights
{
    /// <summary>The configuration of a Llama that a recipe describes.</summary>
    public static LlamaConfig ConfigOf(LlamaChoice choice, int vocabSize, int length, int endOfText) => new()
    {
        VocabSize = vocabSize,
        HiddenSize = choice.HiddenSize,
        IntermediateSize = choice.IntermediateSize > 0 ? choice.IntermediateSize : (choice.HiddenSize * 8 / 3 + 63) / 64 * 64,
        NumHiddenLayers = choice.Layers,
        NumAttentionHeads = choice.Heads,
        NumKeyValueHeads = choice.KeyValueHeads > 0 ? choice.KeyValueHeads : choice.Heads,
        HeadDim = choice.HiddenSize / choice.Heads,
        MaxPositionEmbeddings = length,
        RmsNormEps = choice.NormEps,
        RopeTheta = choice.RopeTheta,
        TieWordEmbeddings = choice.TieEmbeddings,
        BosTokenId = endOfText,
        EosTokenIds = [endOfText],
    };

    /// <summary>
    /// Norms are 1; matrices are normal with the given deviation, those that write to the residual stream divided by sqrt(2 layers) (Radford et al. 2019, section 2.3). Draws from
    /// torch's generator, which the caller seeds.
    /// </summary>
    public static Func<string, long[], ParameterRole, Tensor> Random(double deviation, int layers) => (name, shape, role) =>
    {
        if (role == ParameterRole.Vector) return ones(shape);
        var intoResidual = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
        return randn(shape) * (intoResidual ? deviation / Math.Sqrt(2.0 * layers) : deviation);
    };
}
