namespace Tern.Plan.Laws;

/// <summary>
/// Operations of a transformer counted product by product, attention included. Hoffmann et al. 2022, arXiv 2203.15556, appendix F. Two operations for each multiplication and addition; the backward pass is twice the forward
/// pass.
/// </summary>
/// <param name="Layers">l.</param>
/// <param name="Width">d, of the residual stream.</param>
/// <param name="AttentionWidth">k h: heads times their dimensions.</param>
/// <param name="AttentionHeads">h.</param>
/// <param name="FeedForwardWidth">f.</param>
/// <param name="FeedForwardMatrices">2 in the paper; 3 with a gate.</param>
/// <param name="VocabularySize">V.</param>
public readonly record struct TransformerFlop(double Layers, double Width, double AttentionWidth, double AttentionHeads, double FeedForwardWidth, int FeedForwardMatrices, double VocabularySize)
{
    /// <summary>Of the backward pass, in forward passes.</summary>
    const double BackwardPasses = 2;

    /// <summary>Softmax: three operations for each score and head.</summary>
    const double SoftmaxOperations = 3;

    /// <summary>Operations of a forward pass over one sequence.</summary>
    /// <param name="sequenceTokens">s.</param>
    public double ForwardPerSequence(double sequenceTokens)
    {
        var s = sequenceTokens;
        var embedding = 2 * s * VocabularySize * Width;
        var queriesKeysValues = 2 * 3 * s * Width * AttentionWidth;
        var scores = 2 * s * s * AttentionWidth;
        var softmax = SoftmaxOperations * AttentionHeads * s * s;
        var mixing = 2 * s * s * AttentionWidth;
        var output = 2 * s * AttentionWidth * Width;
        var feedForward = 2 * s * FeedForwardMatrices * Width * FeedForwardWidth;
        var logits = 2 * s * Width * VocabularySize;
        return embedding + (Layers * (queriesKeysValues + scores + softmax + mixing + output + feedForward)) + logits;
    }

    /// <summary>Operations of training for each token.</summary>
    public double TrainingPerToken(double sequenceTokens) => (1 + BackwardPasses) * ForwardPerToken(sequenceTokens);

    /// <summary>Operations of serving for each token of a text that long, on average.</summary>
    public double ForwardPerToken(double sequenceTokens) => ForwardPerSequence(sequenceTokens) / sequenceTokens;
}
