namespace Tern.Plan.Sweeps;

/// <summary>The shape of a Llama, as the model of a recipe says it: what is needed to count its weights and its work.</summary>
/// <param name="HiddenSize">Channels of the residual stream.</param>
/// <param name="IntermediateSize">Of the gated feed-forward.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Of queries.</param>
/// <param name="KeyValueHeads">Of keys and values.</param>
/// <param name="VocabSize">Entries of the embedding and of the head.</param>
/// <param name="TieEmbeddings">The head is the embedding.</param>
public sealed record LlamaShape(int HiddenSize, int IntermediateSize, int Layers, int Heads, int KeyValueHeads, int VocabSize, bool TieEmbeddings)
{
    long Embedding => (long)VocabSize * HiddenSize;

    /// <summary>q, k, v, o; gate, up, down.</summary>
    long MatricesOfLayer => 2L * HiddenSize * HiddenSize + 2L * HiddenSize * (HiddenSize / Heads * KeyValueHeads) + 3L * HiddenSize * IntermediateSize;

    /// <summary>Matrices and norms of the blocks, and the last norm: all weights but embedding and head.</summary>
    public long NonEmbeddingParameters => Layers * (MatricesOfLayer + 2L * HiddenSize) + HiddenSize;

    /// <summary>All weights; a tied embedding counts once.</summary>
    public long Parameters => NonEmbeddingParameters + (TieEmbeddings ? 1 : 2) * Embedding;

    /// <summary>Floating-point operations of forward and backward: 6 for each weight of a matrix that is multiplied by, and attention over the whole length. The embedding is looked up, not multiplied.</summary>
    /// <param name="length">Tokens of a sequence.</param>
    public double FlopsPerToken(int length) => 6.0 * (Layers * MatricesOfLayer + Embedding) + 12.0 * Layers * HiddenSize * length;
}
