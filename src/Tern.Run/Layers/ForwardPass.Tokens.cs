using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;
using Tern.Run.Weights;

namespace Tern.Run.Layers;

/// <content>The parallel loops over tokens, and over tiles of attention.</content>
sealed unsafe partial class ForwardPass
{
    struct NormaliseRows : IParallelBody
    {
        public ForwardPass Pass;
        public ParameterVector Norm;
        public ActivationForms Forms;

        public readonly void Run(int start, int end, int worker)
        {
            var space = Pass._space;
            for (var token = start; token < end; token++)
            {
                var offset = (long)token * space.HiddenSize;
                Pass._kernels.RmsNorm(
                    space.Residual + offset, Norm.Pointer, space.Normed.Values + offset, space.HiddenSize, (float)Pass.Model.Config.RmsNormEps);
            }
            Pass._kernels.Prepare(space.Normed, start, end, Forms);
        }
    }

    struct PrepareRows : IParallelBody
    {
        public VectorKernels Kernels;
        public Activations Input;
        public ActivationForms Forms;

        public readonly void Run(int start, int end, int worker) => Kernels.Prepare(Input, start, end, Forms);
    }

    struct AddToResidual : IParallelBody
    {
        public ForwardPass Pass;
        public Linear Linear;
        public ParameterVector? Norm;

        public readonly void Run(int start, int end, int worker)
        {
            var size = Pass._space.HiddenSize;
            for (var token = start; token < end; token++)
            {
                var projected = Pass._space.Projected + (long)token * size;
                if (Linear.Bias is { } bias) Pass._kernels.Add(projected, bias.Pointer, size);
                if (Norm is { } norm) Pass._kernels.RmsNorm(projected, norm.Pointer, projected, size, (float)Pass.Model.Config.RmsNormEps);
                Pass._kernels.Add(Pass._space.Residual + (long)token * size, projected, size);
            }
        }
    }

    struct Activate : IParallelBody
    {
        public ForwardPass Pass;
        public DecoderLayer Layer;

        public readonly void Run(int start, int end, int worker)
        {
            var size = Layer.Gate.Rows;
            for (var token = start; token < end; token++)
            {
                var offset = (long)token * size;
                float* gate = Pass._space.Gate + offset, up = Pass._space.Up + offset, result = Pass._space.Gated.Values + offset;
                if (Layer.Gate.Bias is { } gateBias) Pass._kernels.Add(gate, gateBias.Pointer, size);
                if (Layer.Up.Bias is { } upBias) Pass._kernels.Add(up, upBias.Pointer, size);
                if (Pass.Model.Activation == GateActivation.Silu) Pass._kernels.SwiGlu(gate, up, result, size);
                else Pass._kernels.GeGlu(gate, up, result, size);
            }
        }
    }

    /// <summary>Biases, head norms and rotation of queries and keys; keys and values into the caches.</summary>
    struct StoreKeys : IParallelBody
    {
        public ForwardPass Pass;
        public DecoderLayer Layer;
        public int Index;

        public readonly void Run(int start, int end, int worker)
        {
            var space = Pass._space;
            var config = Pass.Model.Config;
            for (var token = start; token < end; token++)
            {
                var slot = space.Slots[token];
                float* queries = space.Queries + (long)token * space.QuerySize;
                float* keys = space.Keys + (long)token * space.KeySize, values = space.Values + (long)token * space.KeySize;
                if (Layer.Query.Bias is { } queryBias) Pass._kernels.Add(queries, queryBias.Pointer, space.QuerySize);
                if (Layer.Key.Bias is { } keyBias) Pass._kernels.Add(keys, keyBias.Pointer, space.KeySize);
                if (Layer.Value.Bias is { } valueBias) Pass._kernels.Add(values, valueBias.Pointer, space.KeySize);

                for (var head = 0; head < config.NumAttentionHeads; head++) Rotate(queries + head * config.HeadDim, Layer.QueryNorm, slot);
                var cache = slot.Sequence.Cache(Index);
                for (var head = 0; head < config.NumKeyValueHeads; head++)
                {
                    Rotate(keys + head * config.HeadDim, Layer.KeyNorm, slot);
                    cache.StoreKey(head, slot.Position, keys + head * config.HeadDim);
                    cache.StoreValue(head, slot.Position, values + head * config.HeadDim);
                }
            }
        }

        readonly void Rotate(float* vector, ParameterVector? norm, TokenSlot slot)
        {
            var config = Pass.Model.Config;
            if (norm is not null) Pass._kernels.RmsNorm(vector, norm.Pointer, vector, config.HeadDim, (float)config.RmsNormEps);
            var table = slot.Sequence.Rotary(Index);
            Pass._kernels.Rotate(
                vector, table.Cosines(slot.Position), table.Sines(slot.Position), Layer.Rotary.RotaryDim, Layer.Rotary.Interleaved);
        }
    }

    DecoderModel Model => model;

    /// <summary>One loop over (run of tokens of one sequence, key/value head).</summary>
    void AttendAll(DecoderLayer layer, int index)
    {
        var attend = new AttendTiles { Pass = this, Layer = layer, Index = index };
        team.For(ref attend, CountTiles() * model.Config.NumKeyValueHeads, 1);
    }

    int CountTiles()
    {
        var tiles = 0;
        for (var token = 0; token < _tokens; token += TileLength(token)) tiles++;
        return tiles;
    }

    /// <summary>Rows from <paramref name="token"/> on that are consecutive positions of one sequence, at most a tile of them.</summary>
    int TileLength(int token)
    {
        var slots = _space.Slots;
        var length = 1;
        while (length < Workspace.TokensPerTile && token + length < _tokens && slots[token + length].Sequence == slots[token].Sequence) length++;
        return length;
    }

    struct AttendTiles : IParallelBody
    {
        public ForwardPass Pass;
        public DecoderLayer Layer;
        public int Index;

        public readonly void Run(int start, int end, int worker)
        {
            var config = Pass.Model.Config;
            var space = Pass._space;
            var heads = config.NumKeyValueHeads;
            var group = config.NumAttentionHeads / heads;
            for (var item = start; item < end; item++)
            {
                var token = 0;
                for (var tile = item / heads; tile > 0; tile--) token += Pass.TileLength(token);
                var head = item % heads;
                var offset = (long)token * space.QuerySize + (long)head * group * config.HeadDim;
                Pass._kernels.Attend(new AttentionTile
                {
                    Cache = space.Slots[token].Sequence.Cache(Index),
                    Scratch = space.Scratch[worker],
                    KeyValueHead = head,
                    Group = group,
                    Tokens = Pass.TileLength(token),
                    Position = space.Slots[token].Position,
                    Queries = space.Queries + offset,
                    Output = space.Attended.Values + offset,
                    Stride = space.QuerySize,
                    Scale = Pass.Model.AttentionScale,
                    Window = Layer.Window,
                    SoftCap = Pass.Model.AttentionSoftCap,
                });
            }
        }
    }
}
