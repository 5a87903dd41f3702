using Tern.Models.Configs;

namespace Tern.Plan.Memory;

/// <summary>
/// What is alive at the fullest moment of a backward pass of Tern.Train, in bytes. Every tensor that the forward pass of a micro-batch makes stays until the step ends. Tests hold this beside the estimate of
/// tern train --dry-run and beside a measured pass.
/// </summary>
static class TrainingActivations
{
    const int Float32 = sizeof(float);

    public static long Of(ModelConfig config, TrainingSetup setup)
    {
        var element = setup.Precision == TrainingPrecision.Float32 ? Float32 : 2;
        var copy = element == Float32 ? 0 : element;                       // a weight or sum in the type of the products beside that in float32
        long tokens = (long)setup.MicroBatch * setup.SequenceLength, layers = config.NumHiddenLayers, width = config.HiddenSize, inner = config.IntermediateSize, table = config.VocabSize * width;
        var norm = (3 * Float32 + copy) * width;                           // square, two products; the result
        var layer = tokens * Layer(config, setup, norm, element, copy) + (copy + (setup.RoundsWeights ? Float32 : 0)) * MatricesOfLayer(config);
        var logits = tokens * config.VocabSize * (copy + 2 * Float32) + copy * table;
        var mask = setup.MaskDocuments ? tokens * setup.SequenceLength * (3 + 2 * element) : 0;
        var head = tokens * norm + logits;
        var kept = tokens * Float32 * width + mask;

        var gradientsOfHead = Math.Max(tokens * config.VocabSize * 2 * Float32, tokens * config.VocabSize * element + (copy + Float32) * table);
        var gradientsOfLayer = tokens * Math.Max(5L * element / 2 * inner, 4 * Float32 * width) + (copy + Float32) * width * inner;
        return setup.Recomputation == Recomputation.None
            ? kept + head + layers * layer + Math.Max(gradientsOfHead, gradientsOfLayer)
            : kept + tokens * Float32 * width * layers + Math.Max(head + gradientsOfHead, layer + gradientsOfLayer);       // the head is gone before layers are computed again
    }

    /// <summary>Of a token.</summary>
    static long Layer(ModelConfig config, TrainingSetup setup, long norm, int element, int copy)
    {
        long width = config.HiddenSize, queries = (long)config.NumAttentionHeads * config.HeadDim, keys = (long)config.NumKeyValueHeads * config.HeadDim, inner = config.IntermediateSize;
        var residual = 2 * (norm + (element + Float32) * width);           // norm, output, sum: before attention and before the feed-forward part
        var rotated = (2 * element + 3 * Float32 + copy) * (queries + keys);
        var attention = element * (keys + queries) + (queries > keys ? 2 * element * queries : 0);
        var feedForward = 4 * element * inner;
        var dropped = setup.Dropout ? 4 * element * width : 0;
        var rounded = (Float32 + copy) * ((setup.RoundsActivations ? 2 * width + queries + inner : 0) + (setup.RoundsKeysAndValues ? 2 * keys : 0));
        return residual + rotated + attention + feedForward + dropped + rounded;
    }

    /// <summary>Queries, keys, values, output; gate, up, down.</summary>
    static long MatricesOfLayer(ModelConfig config) =>
        (long)config.HiddenSize * (2L * config.NumAttentionHeads * config.HeadDim + 2L * config.NumKeyValueHeads * config.HeadDim + 3L * config.IntermediateSize);
}
