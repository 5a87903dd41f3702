using Tern.Models.Configs;
using Tern.Train.Architectures;
using Tern.Train.Recipes;

namespace Tern.Train.Loop;

/// <summary>
/// What is alive at the fullest moment of a backward pass, from the shapes. Every tensor that the forward pass of a micro-batch makes stays until the step ends, read by the backward pass or not: a dispose
/// scope holds it. The terms are the lines of <see cref="Llama"/> one by one, in bytes for each token; they are within 2 % of what such a pass was measured to take (docs/plan.md, "Memory").
/// </summary>
/// <param name="Total">Bytes at that moment.</param>
/// <param name="Layer">Of them, what a layer takes by itself, its gradients included where it is computed again.</param>
/// <param name="Head">And the logits, the loss and their gradients.</param>
readonly record struct ActivationEstimate(long Total, long Layer, long Head)
{
    const int Float32 = 4;

    /// <summary>Of a micro-batch.</summary>
    public static ActivationEstimate Of(Recipe recipe, CausalModel model)
    {
        var config = model.Config;
        int layers = config.NumHiddenLayers, element = recipe.Precision is Float32Precision ? Float32 : 2;
        long tokens = (long)recipe.Batch.SequencesAtOnce * recipe.Data.SequenceLength, width = config.HiddenSize, vocabulary = config.VocabSize;
        var matrices = model.Parameters.Where(weight => weight.Role == ParameterRole.Matrix).Sum(weight => weight.Value.numel()) / layers;
        var layer = tokens * OfLayer(recipe, config, element) + CopyBytes(recipe, element) * matrices;
        var logits = tokens * vocabulary * (element == Float32 ? 2 * Float32 : element + 2 * Float32) + Copy(element) * vocabulary * width;       // as computed and in float32; their logarithms of the softmax
        var head = tokens * Norm(width, element) + logits;
        var kept = tokens * Float32 * width + (recipe.Data.MaskDocuments ? tokens * Mask(recipe, element) : 0);
        long ofLoss = tokens * vocabulary * 2 * Float32,                                                              // the gradients of logarithms and of logits
            ofHead = tokens * vocabulary * element + (Copy(element) + Float32) * vocabulary * width,                  // of the output matrix, as computed and in float32
            ofLayer = tokens * Math.Max(5L * element / 2 * config.IntermediateSize, 4 * Float32 * width) + (Copy(element) + Float32) * width * config.IntermediateSize;
        var headAtMost = head + Math.Max(ofLoss, ofHead);
        return recipe.RecomputesLayers
            ? new(kept + tokens * Float32 * width * layers + Math.Max(headAtMost, layer + ofLayer), layer + ofLayer, headAtMost)    // only the inputs of layers; the head is gone before they are computed again
            : new(kept + layers * layer + head + Math.Max(Math.Max(ofLoss, ofHead), ofLayer), layer, headAtMost);
    }

    /// <summary>Of a token in a layer.</summary>
    static long OfLayer(Recipe recipe, ModelConfig config, int element)
    {
        long width = config.HiddenSize, queries = (long)config.NumAttentionHeads * config.HeadDim, keys = (long)config.NumKeyValueHeads * config.HeadDim, inner = config.IntermediateSize;
        var residual = 2 * (Norm(width, element) + element * width + Float32 * width);                                // norm, output of a part, sum; twice
        var rotated = 2 * element + 3 * Float32 + Copy(element);                                                      // projected, rolled; two products, their sum, and that as computed
        var attention = rotated * (queries + keys) + element * (keys + queries);                                      // values, and what is read of them
        var repeated = queries > keys ? 2 * element * queries : 0;                                                    // keys and values for each query head
        var feedForward = 4 * element * inner;                                                                        // gate, its SiLU, up, their product
        var dropped = DropoutOf(recipe) > 0 ? 2 * 2 * element * width : 0;                                            // noise and product of two parts
        long rounding = element == Float32 ? Float32 : Float32 + element, read = 2 * width + queries + inner;
        var rounded = rounding * ((recipe.Quantization?.ActivationBits is null ? 0 : read) + (recipe.Quantization?.KvBits is null ? 0 : 2 * keys));
        return residual + attention + repeated + feedForward + dropped + rounded;
    }

    /// <summary>The square, the two products in float32, and the result as it is read.</summary>
    static long Norm(long width, int element) => (3 * Float32 + Copy(element)) * width;

    /// <summary>Who sees whom, for a token: three truth values, and two masks as attention reads them, for every position.</summary>
    static long Mask(Recipe recipe, int element) => (3L + 2 * element) * recipe.Data.SequenceLength;

    /// <summary>Of a weight: in the type of the products, where that is another one, and rounded to few bits.</summary>
    static int CopyBytes(Recipe recipe, int element) => Copy(element) + (recipe.Quantization?.WeightBits is null ? 0 : Float32);

    static int Copy(int element) => element == Float32 ? 0 : element;

    static double DropoutOf(Recipe recipe) => recipe.Model switch
    {
        LlamaChoice llama => llama.Dropout,
        PretrainedChoice pretrained => pretrained.Dropout,
        _ => 0,
    };
}
