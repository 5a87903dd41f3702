using Tern.Models.Configs;
using Tern.Train.Adapters;
using Tern.Train.Layers;
using static TorchSharp.torch;

namespace Tern.Train.Architectures;

/// <summary>
/// A decoder-only language model with weights that can be trained, in pieces (embedding, layers, head), so that the trainer can run a layer again in
/// the backward pass and can say in which layer a number went wrong.
/// </summary>
public abstract class CausalModel : IDisposable
{
    /// <summary>As config.json will have it.</summary>
    public abstract ModelConfig Config { get; }

    /// <summary>Every weight once, in the order of the layers.</summary>
    public abstract IReadOnlyList<TrainedParameter> Parameters { get; }

    /// <summary>The matrix products that an adapter can change, in the order of the layers.</summary>
    public virtual IReadOnlyList<Linear> Linears => [];

    /// <summary>What is trained in place of the weights; null where the weights are.</summary>
    public LowRankAdapters? Adapters { get; internal set; }

    /// <summary>What the optimiser changes: every weight, or the adapters and what is trained beside them.</summary>
    public IReadOnlyList<TrainedParameter> Trained => Adapters?.Trained ?? Parameters;

    /// <summary>What a run changes, and so what a checkpoint holds.</summary>
    public IReadOnlyList<TrainedParameter> Changing => Adapters?.Changing ?? Parameters;

    public int LayerCount => Config.NumHiddenLayers;

    /// <summary>Token ids [sequences, length] int64 to the residual stream [sequences, length, hidden], float32.</summary>
    public abstract Tensor Embed(Tensor tokens);

    /// <summary>One layer: the residual stream before it to that after it.</summary>
    public abstract Tensor Layer(int index, Tensor residual, AttentionScope scope);

    /// <summary>The residual stream to logits [sequences, length, vocabulary], in the type of the computation.</summary>
    public abstract Tensor Head(Tensor residual);

    /// <summary>All of it: token ids [sequences, length] to logits [sequences, length, vocabulary].</summary>
    public Tensor Forward(Tensor tokens, AttentionScope scope)
    {
        var residual = Embed(tokens);
        for (var i = 0; i < LayerCount; i++) residual = Layer(i, residual, scope);
        return Head(residual);
    }

    /// <summary>As <see cref="Layer"/>, where no gradient is asked for: all that the layer computes on the way is given back. (Without that it stays until the scope of the caller ends.)</summary>
    internal Tensor LayerWithoutGradient(int index, Tensor residual, AttentionScope scope)
    {
        using var intermediate = NewDisposeScope();
        return Layer(index, residual, scope).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Forward"/>, where no gradient is asked for: the activations of one layer at a time.</summary>
    internal Tensor ForwardWithoutGradient(Tensor tokens, AttentionScope scope)
    {
        var residual = Embed(tokens);
        for (var i = 0; i < LayerCount; i++)
        {
            using var before = residual;
            residual = LayerWithoutGradient(i, before, scope);
        }
        return Head(residual);
    }

    /// <summary>Weights that matrix products read for each token (embeddings are looked up; the output matrix counts).</summary>
    public long ProductWeights => Products(Parameters).Sum(weight => weight.Value.numel());

    /// <summary>
    /// Floating-point operations of forward and backward for a token: 6 per weight, 4 where it is frozen, and 12 layers heads headDim length for attention (Chowdhery et al. 2022, arXiv 2204.02311,
    /// appendix B).
    /// </summary>
    public double FlopsPerToken(int length) => Products([.. Parameters, .. Adapters?.Factors ?? []]).Sum(weight => (weight.Value.requires_grad ? 6.0 : 4.0) * weight.Value.numel()) + 12.0 * LayerCount * Config.NumAttentionHeads * Config.HeadDim * length;

    IEnumerable<TrainedParameter> Products(IEnumerable<TrainedParameter> weights) =>
        weights.Where(weight => weight.Role is ParameterRole.Matrix or ParameterRole.Output || weight.Role == ParameterRole.Embedding && Config.TieWordEmbeddings);

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        Adapters?.Dispose();
        foreach (var weight in Parameters) weight.Value.Dispose();
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}

/// <summary>What attention may read, and whether dropout is on.</summary>
/// <param name="Mask">[sequences, 1, length, length] in the type of the computation, 0 or minus infinity; null: everything before a token.</param>
/// <param name="Training">Dropout is active.</param>
public readonly record struct AttentionScope(Tensor? Mask, bool Training)
{
    /// <summary>Causal, without dropout.</summary>
    public static AttentionScope Evaluation => new(null, false);

    /// <summary>Causal within documents. <paramref name="documents"/> [sequences, length] int64 numbers the documents of each row.</summary>
    public static AttentionScope Within(Tensor? documents, ScalarType type, bool training)
    {
        if (documents is not { } document) return new AttentionScope(null, training);
        var length = document.shape[1];
        var visible = document.unsqueeze(2).eq(document.unsqueeze(1)).logical_and(ones(length, length, ScalarType.Bool).tril()).unsqueeze(1);
        return new AttentionScope(zeros(visible.shape, type).masked_fill(visible.logical_not(), double.NegativeInfinity), training);
    }
}
