using Tern.Models;
using Tern.Train.Architectures;
using Tern.Train.Data;
using Tern.Train.Noise;
using Tern.Train.Objectives;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Loop;

/// <summary>Takes gradients that are complete for a micro-batch, and drops them.</summary>
/// <param name="weights">Those of a layer, of the head, or of the embedding.</param>
/// <param name="isLast">No other micro-batch follows in this step.</param>
delegate void LayerGradients(IReadOnlyList<TrainedParameter> weights, bool isLast);

/// <summary>Forward and backward of one optimiser step: micro-batches, accumulated gradients, the norm and its limit. Nothing lives on but the gradients.</summary>
/// <param name="model">Its gradients are kept between steps and cleared here.</param>
/// <param name="computeType">Of matrix products.</param>
/// <param name="zLoss">See <see cref="CrossEntropy"/>.</param>
/// <param name="checkpointing">Keep only the input of each layer and compute the layer again in the backward pass (Chen et al. 2016, arXiv 1604.06174).</param>
/// <param name="kept">Made before the first step; bounds what malloc keeps of freed tensors. Null: it keeps all.</param>
sealed class GradientStep(CausalModel model, ScalarType computeType, double zLoss, bool checkpointing, Func<KeptMemory>? kept = null) : IDisposable
{
    KeptMemory? _kept;

    /// <summary>Leaves the gradient of the mean loss over all targets of the micro-batches in the parameters.</summary>
    /// <param name="microBatches">The parts of the step.</param>
    /// <param name="seedOf">The seed of dropout for a micro-batch.</param>
    /// <param name="take">Given each layer's gradients in the backward pass, which then computes layers again; null: all gradients stay.</param>
    /// <param name="noise">Measures the gradients of micro-batches; not together with <paramref name="take"/>.</param>
    /// <returns>Mean cross-entropy in nats per target.</returns>
    /// <exception cref="DivergenceException">The loss is not finite; the message names the first bad tensor.</exception>
    public double Run(IReadOnlyList<TokenBatch> microBatches, Func<int, long> seedOf, LayerGradients? take = null, GradientNoiseProbe? noise = null)
    {
        _kept ??= kept?.Invoke();
        ClearGradients(stay: take is null);
        long targets = microBatches.Sum(batch => (long)batch.TargetCount);
        if (targets == 0) throw new TernException("training: a whole step has no token to learn from; are all of them masked?");
        var nats = 0.0;
        for (var i = 0; i < microBatches.Count; i++)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(seedOf(i));
            var (tokens, labels, documents) = ToTensors(microBatches[i]);
            var attention = AttentionScope.Within(documents, computeType, training: true);
            var isLast = i == microBatches.Count - 1;
            var loss = checkpointing || take is not null
                ? BackwardByLayers(tokens, labels, attention, targets, take is null ? null : weights => take(weights, isLast))
                : Backward(tokens, labels, attention, targets);
            if (!double.IsFinite(loss)) throw NotFinite(tokens, attention, loss);
            nats += loss;
            noise?.Take(microBatches[i].TargetCount);
        }
        noise?.Finish();
        return nats / targets;
    }

    /// <summary>The norm over all gradients; all of them are scaled so that it is at most <paramref name="limit"/> (0: no limit).</summary>
    /// <exception cref="DivergenceException">A gradient is not finite; the message names the first one.</exception>
    public double Clip(double limit)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var norm = GradientNorm.Of(model.Trained, "Lower the learning rate, lengthen the warm-up, or clip gradients");
        if (limit > 0 && norm > limit)
            foreach (var weight in model.Trained) weight.Gradient?.mul_(limit / norm);
        return norm;
    }

    /// <summary>Called before all weights are changed: see <see cref="KeptMemory"/>.</summary>
    public void BeforeUpdate() => _kept?.BeforeUpdate();

    /// <summary>Mean nats per target over batches, without dropout or gradients.</summary>
    public double Evaluate(IEnumerable<TokenBatch> batches)
    {
        using var frozen = no_grad();
        var (nats, targets) = (0.0, 0L);
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var (tokens, labels, documents) = ToTensors(batch);
            _kept?.BeforeHead();
            var logits = model.ForwardWithoutGradient(tokens, AttentionScope.Within(documents, computeType, training: false));
            nats += CrossEntropy.Sum(logits, labels, 0).Nats.item<float>();
            targets += batch.TargetCount;
        }
        return nats / Math.Max(1, targets);
    }

    /// <summary>
    /// Zeros. Those that stay from step to step are made here before the first forward pass: made in the backward pass, they would lie between activations, and malloc would find no room for the large ones of
    /// the next step in the holes that they leave.
    /// </summary>
    /// <param name="stay">Gradients are not taken layer by layer.</param>
    void ClearGradients(bool stay)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var weight in model.Trained)
        {
            if (weight.Gradient is { } gradient) gradient.zero_();
            else if (stay) weight.Value.grad = zeros_like(weight.Value).DetachFromDisposeScope();
        }
    }

    double Backward(Tensor tokens, Tensor labels, AttentionScope attention, long targets)
    {
        var residual = model.Embed(tokens);
        for (var i = 0; i < model.LayerCount; i++)
        {
            _kept?.BeforeLayer();
            residual = model.Layer(i, residual, attention);
        }
        _kept?.BeforeHead();
        var (objective, nats) = CrossEntropy.Sum(model.Head(residual), labels, zLoss);
        (objective / targets).backward();
        return nats.item<float>();
    }

    /// <summary>The same gradients with the activations of one layer at a time. Nothing is taken where the loss is not finite.</summary>
    double BackwardByLayers(Tensor tokens, Tensor labels, AttentionScope attention, long targets, Action<IReadOnlyList<TrainedParameter>>? take)
    {
        var inputs = new Tensor[model.LayerCount + 1];
        var seeds = new long[model.LayerCount];
        using (no_grad())
        {
            inputs[0] = model.Embed(tokens);
            for (var i = 0; i < model.LayerCount; i++)
            {
                seeds[i] = random.initial_seed() + 1 + i;
                random.manual_seed(seeds[i]);
                _kept?.BeforeLayer();
                inputs[i + 1] = model.LayerWithoutGradient(i, inputs[i], attention);
            }
        }
        _kept?.BeforeHead();
        var (loss, gradient) = BackwardOfHead(inputs[^1], labels, targets);
        if (take is not null && !double.IsFinite(loss)) return loss;
        if (take is not null) Give(take, isEmbedding: false);
        for (var i = model.LayerCount - 1; i >= 0; i--)
        {
            using var scope = NewDisposeScope();
            _kept?.BeforeLayer();
            var input = inputs[i].detach().requires_grad_();
            random.manual_seed(seeds[i]);
            model.Layer(i, input, attention).backward([gradient]);
            gradient.Dispose();
            inputs[i + 1].Dispose();
            gradient = input.grad!.MoveToOuterDisposeScope();
            if (take is not null) Give(take, isEmbedding: false);
        }
        var embedded = model.Embed(tokens);
        if (embedded.requires_grad) embedded.backward([gradient]);               // not where the embeddings are frozen
        if (take is not null) Give(take, isEmbedding: true);
        return loss;
    }

    /// <summary>The loss in nats, and its gradient by the residual stream. The logits and what was made of them are given back before layers are computed again.</summary>
    (double Nats, Tensor Gradient) BackwardOfHead(Tensor residual, Tensor labels, long targets)
    {
        using var scope = NewDisposeScope();
        var last = residual.detach().requires_grad_();
        var (objective, nats) = CrossEntropy.Sum(model.Head(last), labels, zLoss);
        (objective / targets).backward();
        return (nats.item<float>(), last.grad!.MoveToOuterDisposeScope());
    }

    /// <summary>Gives the gradients that are there. A weight belongs to one layer, but for the embedding, which may be the output, too.</summary>
    void Give(Action<IReadOnlyList<TrainedParameter>> take, bool isEmbedding)
    {
        using var scope = NewDisposeScope();
        take([.. model.Trained.Where(weight => (isEmbedding || weight.Role != ParameterRole.Embedding) && weight.Gradient is not null)]);
    }

    static (Tensor Tokens, Tensor Labels, Tensor? Documents) ToTensors(TokenBatch batch)
    {
        Tensor Of(int[] values) => tensor(values, [batch.Sequences, batch.Length]).to(ScalarType.Int64);
        return (Of(batch.Inputs), Of(batch.Targets), batch.Documents is { } documents ? Of(documents) : null);
    }

    public void Dispose() => _kept?.Dispose();

    DivergenceException NotFinite(Tensor tokens, AttentionScope attention, double loss)
    {
        using var frozen = no_grad();
        bool Bad(Tensor values) => !values.isfinite().all().item<bool>();
        string Where()
        {
            if (model.Parameters.Concat(model.Trained).FirstOrDefault(weight => Bad(weight.Value)) is { } weight) return $"the weight {weight.Name}";
            var residual = model.Embed(tokens);
            if (Bad(residual)) return "the embeddings of this batch";
            for (var i = 0; i < model.LayerCount; i++)
            {
                residual = model.Layer(i, residual, attention);
                if (Bad(residual)) return $"the output of layer {i}";
            }
            return Bad(model.Head(residual)) ? "the logits" : "the loss itself";
        }
        return new DivergenceException($"training: the loss is {loss}. The first tensor that is not finite is {Where()}. Lower the learning rate, lengthen the warm-up, or clip gradients; the last checkpoint is intact.");
    }
}
