using Tern.Numerics;
using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;
using Tern.Run.Weights;

namespace Tern.Run.Layers;

/// <summary>
/// Runs a <see cref="DecoderModel"/> over a batch of tokens. Matrix products and attention are parallel over rows and heads, what lies between
/// them over tokens; a single token goes through the latter on the calling thread.
/// </summary>
sealed unsafe partial class ForwardPass(DecoderModel model, WorkerTeam team, IsaLevel level, int maxTokens) : IDisposable
{
    readonly Workspace _space = new(model, maxTokens, team.Threads);
    readonly VectorKernels _kernels = VectorKernels.For(level);
    int _tokens;

    public Workspace Space => _space;

    /// <summary>Runs the first <paramref name="count"/> slots; their tokens' embeddings come from <paramref name="tokens"/>.</summary>
    /// <param name="tokens">One for each slot.</param>
    /// <param name="count">Slots in use.</param>
    /// <param name="output">[rows, width] of the slots that want it: logits, or what goes into the head.</param>
    /// <param name="kind">Which of the two.</param>
    /// <returns>Rows written, in the order of the slots that want them.</returns>
    public int Run(ReadOnlySpan<int> tokens, int count, float* output, PassOutput kind = PassOutput.Logits)
    {
        _tokens = count;
        CutTiles();
        for (var token = 0; token < count; token++)
        {
            var row = _space.Residual + (long)token * _space.HiddenSize;
            model.Embedding.LookUp(tokens[token], row);
            if (model.EmbeddingScale != 1) _kernels.Scale(row, model.EmbeddingScale, _space.HiddenSize);
        }
        for (var index = 0; index < model.Layers.Count; index++)
        {
            Attention(index);
            FeedForward(model.Layers[index]);
        }
        var rows = FinalNorm();
        if (rows == 0) return 0;
        if (kind == PassOutput.Logits) Head(rows, output);
        else Buffer.MemoryCopy(_space.Normed.Values, output, (long)rows * _space.HiddenSize * sizeof(float), (long)rows * _space.HiddenSize * sizeof(float));
        return rows;
    }

    void Attention(int index)
    {
        var layer = model.Layers[index];
        Normalise(layer.InputNorm, Reads(layer.Query) | Reads(layer.Key) | Reads(layer.Value));
        MatrixProduct.Run(
            team, _space.Normed,
            layer.Query.Matrix, _space.Queries, layer.Key.Matrix, _space.Keys, layer.Value.Matrix, _space.Values);
        var store = new StoreKeys { Pass = this, Layer = layer, Index = index };
        team.For(ref store, _tokens);

        _space.Attended.Resize(_tokens, _space.QuerySize);
        AttendAll(layer, index);
        Prepare(_space.Attended, Reads(layer.Output));
        Project(layer.Output, _space.Attended, layer.PostAttentionNorm);
    }

    void FeedForward(DecoderLayer layer)
    {
        Normalise(layer.FeedForwardNorm, Reads(layer.Gate) | Reads(layer.Up));
        MatrixProduct.Run(team, _space.Normed, layer.Gate.Matrix, _space.Gate, layer.Up.Matrix, _space.Up);
        _space.Gated.Resize(_tokens, layer.Gate.Rows);
        var activate = new Activate { Pass = this, Layer = layer, Forms = Reads(layer.Down) };
        BatchTiles<Activate>.Run(team, activate, _tokens, layer.Gate.Rows);
        Project(layer.Down, _space.Gated, layer.PostFeedForwardNorm);
    }

    ActivationForms Reads(Linear linear) => linear.Matrix.Reads(_tokens);

    void Normalise(ParameterVector norm, ActivationForms forms)
    {
        _space.Normed.Resize(_tokens, _space.HiddenSize);
        var normalise = new NormaliseRows { Pass = this, Norm = norm };
        team.For(ref normalise, _tokens);
        Prepare(_space.Normed, forms);
    }

    void Prepare(Activations input, ActivationForms forms)
    {
        if (forms == ActivationForms.None) return;
        BatchTiles<PrepareTile>.Run(team, new PrepareTile { Kernels = _kernels, Input = input, Forms = forms }, _tokens, input.Columns);
    }

    /// <summary>residual += norm(linear(input)), whose input is prepared.</summary>
    void Project(Linear linear, Activations input, ParameterVector? norm)
    {
        MatrixProduct.Run(team, input, linear.Matrix, _space.Projected);
        var add = new AddToResidual { Pass = this, Linear = linear, Norm = norm };
        team.For(ref add, _tokens);
    }

    /// <summary>The residual stream of the slots that want output, normalised.</summary>
    int FinalNorm()
    {
        var rows = 0;
        for (var token = 0; token < _tokens; token++)
            if (_space.Slots[token].WantsLogits) rows++;
        if (rows == 0) return 0;

        _space.Normed.Resize(rows, _space.HiddenSize);
        var row = 0;
        for (var token = 0; token < _tokens; token++)
        {
            if (!_space.Slots[token].WantsLogits) continue;
            _kernels.RmsNorm(
                _space.Residual + (long)token * _space.HiddenSize, model.FinalNorm.Pointer,
                _space.Normed.Values + (long)row++ * _space.HiddenSize, _space.HiddenSize, (float)model.Config.RmsNormEps);
        }
        return rows;
    }

    void Head(int rows, float* logits)
    {
        var head = model.Head.Matrix;
        _kernels.Prepare(_space.Normed, 0, rows, head.Reads(rows));
        MatrixProduct.Run(team, _space.Normed, head, logits);
        for (var row = 0; row < rows; row++)
        {
            var scores = logits + (long)row * head.Rows;
            if (model.Head.Bias is { } bias) _kernels.Add(scores, bias.Pointer, head.Rows);
            if (model.FinalSoftCap > 0) _kernels.SoftCap(scores, model.FinalSoftCap, head.Rows);
        }
    }

    public void Dispose() => _space.Dispose();
}

/// <summary>What a pass gives for a token.</summary>
enum PassOutput
{
    /// <summary>[vocabSize].</summary>
    Logits,

    /// <summary>The output of the final norm, [hiddenSize].</summary>
    HiddenState,
}
